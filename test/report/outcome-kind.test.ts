import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFINITIONS, KINDS, type KindFacts, kindOf } from '../../src/report/outcome-kind.ts';

const FACTS: KindFacts = {
  mode: 'auto',
  decision: 'spoke',
  verdict: undefined,
  judged: undefined,
  thumbs: 0,
  linked: false,
  replied: false,
  repliedWithIssue: false,
};

describe('the kind of a question', () => {
  it.each<[string, Partial<KindFacts>, string]>([
    [
      'solved, also where a person answered and others disliked it',
      { verdict: 'solved', thumbs: -1, replied: true },
      'success',
    ],
    ['removed, although its issue was linked', { verdict: 'removed', linked: true }, 'noise'],
    ['disliked by who asked', { verdict: 'not-helpful' }, 'noise'],
    ['unwanted in its thread', { verdict: 'not-here' }, 'noise'],
    ['dismissed by a helper', { mode: 'suggest', verdict: 'dismissed' }, 'noise'],
    ['disliked by more than liked it', { thumbs: -1, linked: true }, 'noise'],
    ['answered by a person all the same', { replied: true, repliedWithIssue: true }, 'noise'],
    ['liked by more than disliked it', { thumbs: 1, replied: true }, 'assist'],
    ['posted by a helper', { mode: 'suggest', verdict: 'posted' }, 'assist'],
    ['linked by a person who answered', { linked: true, replied: true, repliedWithIssue: true }, 'assist'],
    ['shown, and nothing more', {}, 'unknown'],
    ['suggested, and answered by a person: nobody knows who saw it', { mode: 'suggest', replied: true }, 'unknown'],
    ['judged right', { mode: 'shadow', judged: 'right' }, 'right'],
    ['judged wrong, although it was linked', { mode: 'shadow', judged: 'wrong', linked: true }, 'wrong'],
    ['linked under shadow', { mode: 'shadow', linked: true, replied: true }, 'linked'],
    ['answered by a person under shadow, which says nothing of it', { mode: 'shadow', replied: true }, 'unknown'],
    ['not posted because that failed', { decision: 'failed' }, 'missed'],
    ['too weak, and answered with an issue', { decision: 'weak', replied: true, repliedWithIssue: true }, 'missed'],
    ['too weak, and its issue was linked', { mode: 'shadow', decision: 'weak', linked: true }, 'missed'],
    ['held back, and answered with an issue', { decision: 'held', repliedWithIssue: true }, 'missed'],
    ['too weak', { decision: 'weak', replied: true }, 'weak'],
    ['held back', { decision: 'held' }, 'held'],
    ['answered by a person first', { decision: 'answered', linked: true }, 'answered'],
  ])('that was %s', (_what, facts, kind) => {
    expect(kindOf({ ...FACTS, ...facts })).toBe(kind);
  });

  it('is one of those that the docs define, in the same words', () => {
    expect(KINDS).toHaveLength(11);
    const page = readFileSync(path.join(import.meta.dirname, '../../docs/help-channels.md'), 'utf8');
    for (const kind of KINDS) expect(page).toContain(`| ${kind} | ${DEFINITIONS[kind]} |`);
  });
});
