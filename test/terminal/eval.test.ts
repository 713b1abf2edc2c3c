import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { TINY_CROSS_ENCODER } from '../embedding/tiny-model.ts';
import { type Environment, settings, terminal } from '../end-to-end/world.ts';
import { issues, writeRows } from '../fakes/issues.ts';

/** On the model in the box, which is always there. */
const onTheBox = () => settings({ MODEL: 'box' });

const fileIn = (environment: Environment, name: string) => path.join(environment.DATA_DIR as string, name);

describe('npm run eval', () => {
  it('puts every way to rank beside the default, on questions that were mined and on those of a file', async () => {
    const environment = { ...(await onTheBox()), RERANK: TINY_CROSS_ENCODER };
    const from = await writeRows(fileIn(environment, 'issues.jsonl'), issues(12));
    await terminal('index', ['--from', from], environment);
    const rows = (await readFile(from, 'utf8')).trimEnd().split('\n').slice(0, 2);
    const questions = rows.map((row) => JSON.parse(row) as { title: string; html_url: string });
    const queries = fileIn(environment, 'mine.jsonl');
    const lines = questions.map(({ title, html_url: url }) => JSON.stringify({ question: title, issues: [url] }));
    await writeFile(queries, lines.join('\n'));
    const ranking = fileIn(environment, 'ranking.jsonl');
    const hits = questions.map(({ title, html_url: issue }) =>
      JSON.stringify({ set: 'mine', question: title, hits: [{ issue }] }),
    );
    await writeFile(ranking, hits.join('\n'));
    const svg = fileIn(environment, 'plot.svg');
    const { code, stdout } = await terminal(
      'eval',
      ['--mine', 'titles', '--queries', queries, '--ranking', `my search=${ranking}`, '--svg', svg],
      environment,
    );
    expect(code).toBe(0);
    expect(stdout).toContain('titles: 12 questions, 24 comments');
    expect(stdout).toContain('mine: 2 questions, 24 comments');
    for (const variant of ['seed', 'BM25', 'precedent, re-ranked', 'precedent'])
      expect(stdout).toMatch(new RegExp(`^${variant} .*\\d`, 'm'));
    expect(stdout).toMatch(/^my search +1\.00 1\.0-1\.0 /m);
    expect(stdout).toMatch(/^box in \w+, \d+ tokens; re-ranked by bert-cross-tiny in fp32; .*; took \d+ s\n/);
    const kept = JSON.parse(await readFile(fileIn(environment, 'evaluation.json'), 'utf8'));
    expect(kept).toMatchObject({
      version: 1,
      model: 'box',
      rerank: { model: 'bert-cross-tiny', precision: 'fp32' },
      issues: 12,
      recipe: { name: 'precedent' },
    });
    expect(await readFile(svg, 'utf8')).toMatch(/^<svg /);
  });

  it.each([
    [['--bogus'], /--bogus is not known here\. Usage: npm run eval -- /],
    [['--ranking', 'mine.jsonl'], /--ranking is mine\.jsonl: expected NAME=FILE\.jsonl/],
    [['--from', 'no-such.jsonl'], /no-such\.jsonl cannot be read/],
    [[], /Nothing is indexed in .*: run `npm run index`, or name a file of issues, --from FILE\.jsonl\./],
  ])('says what is wrong with %j', async (args, message) => {
    await expect(terminal('eval', args, await onTheBox())).rejects.toThrow(message);
  });

  it('says which questions there are to choose from', async () => {
    const environment = await onTheBox();
    const from = await writeRows(fileIn(environment, 'issues.jsonl'), issues(2));
    await expect(terminal('eval', ['--from', from, '--mine', 'guesses'], environment)).rejects.toThrow(
      '--mine is guesses: expected links, titles, duplicates, duplicates-with-body.',
    );
    await expect(terminal('eval', ['--from', from, '--mine', 'links'], environment)).rejects.toThrow(
      /There are no questions to evaluate with/,
    );
  });
});
