import { describe, expect, it } from 'vitest';
import { bandText, nothingCloseText, sureScoreText } from '../src/band-text.ts';
import { renderAnswer as onDiscord } from '../src/discord/reply.ts';
import type { Band } from '../src/retrieval/answer.ts';
import { renderAnswer as onSlack } from '../src/slack/reply.ts';
import { renderAnswer as inTerminal } from '../src/terminal/reply.ts';
import { renderAnswer as onPage } from '../src/web/reply.ts';
import { aHit, anAnswer } from './fakes/answers.ts';

const answer = (name: Band, precision: number, more: { offset?: number } = {}) =>
  anAnswer({ band: name, hits: [aHit({ score: 24.6, band: { name, precision } })], ...more });

const everywhere = (shown: ReturnType<typeof answer>): readonly (readonly [string, string])[] => [
  ['Discord', JSON.stringify(onDiscord(shown, {}).components)],
  ['Slack', JSON.stringify(onSlack(shown, {}).blocks)],
  ['a notification of Slack', onSlack(shown, {}).text],
  ['the page', onPage(shown).html],
  ['the terminal', inTerminal(shown, 100)],
];

describe('how sure a hit is', () => {
  it.each([
    [0.87, '9 of 10 such hits were right'],
    [0.999, 'nearly 10 of 10 such hits were right'],
    [1, '10 of 10 such hits were right'],
    [0.1, '1 of 10 such hits was right'],
    [0.02, 'fewer than 1 of 10 such hits were right'],
  ])('is said in tens: %s', (precision, said) => {
    expect(bandText({ band: { name: 'strong', precision } })).toBe(`strong: ${said}`);
  });

  it('stands beside the score, which stands alone where nothing was measured', () => {
    const sure = aHit({ score: 24.6, band: { name: 'strong', precision: 0.9 } });
    expect(sureScoreText(sure, 'ip')).toBe('score 24.6, strong: 9 of 10 such hits were right');
    expect(sureScoreText(aHit({ score: 24.6 }), 'ip')).toBe('score 24.6');
  });

  it('shows on every platform', () => {
    for (const [where, text] of everywhere(answer('strong', 0.9))) {
      expect(text, where).toContain('24.6');
      expect(text, where).toContain('strong: 9 of 10 such hits were right');
      expect(text, where).not.toContain('Nothing close');
    }
  });

  it('is said above hits that are all weak, on the first page alone', () => {
    for (const [where, text] of everywhere(answer('weak', 0.1))) {
      expect(text.indexOf('Nothing close was found'), where).toBeGreaterThanOrEqual(0);
      expect(text.indexOf('Nothing close was found'), where).toBeLessThan(text.indexOf('Comment 1'));
    }
    expect(nothingCloseText(answer('weak', 0.1, { offset: 5 }))).toBeUndefined();
    expect(nothingCloseText(anAnswer({ band: 'weak', hits: [] }))).toBeUndefined();
  });
});
