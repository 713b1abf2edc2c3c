import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { evaluate } from '../../src/evaluation/evaluate.ts';
import { keepEvaluation, readEvaluation, toKept, whyStale } from '../../src/evaluation/kept-evaluation.ts';
import { estimate, qualityOf } from '../../src/evaluation/metrics.ts';
import { readOwnRanking } from '../../src/evaluation/own-rankings.ts';
import type { EvaluatedIssue } from '../../src/evaluation/passages.ts';
import { plotEvaluations } from '../../src/evaluation/plot.ts';
import {
  duplicatesSet,
  duplicatesWithBodySet,
  linksSet,
  titlesSet,
  writtenSet,
} from '../../src/evaluation/query-sets.ts';
import { issuesOfFile, queriesOfFile } from '../../src/evaluation/read-inputs.ts';
import { renderMarkdown, renderTable } from '../../src/evaluation/table.ts';
import { cachedEmbed } from '../../src/evaluation/vector-cache.ts';
import type { Progress } from '../../src/progress.ts';
import { fakeEmbedder } from '../fakes/embedder.ts';

const url = (number: number) => `https://github.com/example/project/issues/${number}`;
const LONG = 'These are more than fifteen words, so that the comment is kept and can be found by whoever asks about it';

function anIssue(
  number: number,
  { title = `Title ${number}`, body = '', comments = [`${LONG} ${number}`] } = {},
): EvaluatedIssue {
  return { url: url(number), title, body, comments };
}

const ISSUES = [
  anIssue(1),
  anIssue(2, { body: 'Body 2', comments: ['Duplicate of #1', `${LONG} 2`] }),
  anIssue(3, { comments: ['See #2, and other/project#1, and #99'] }),
  anIssue(4, { comments: ['too short'] }),
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'evaluation-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('questions that are mined', () => {
  it('from links are titles of issues whose comments point to another one of the repository that has comments', () => {
    const { queries, layout, passages } = linksSet(ISSUES);
    expect(queries).toEqual([
      { text: 'Title 2', issues: new Set([url(1)]), leftOut: url(2) },
      { text: 'Title 3', issues: new Set([url(2)]), leftOut: url(3) },
    ]);
    expect(layout).toBe('document');
    expect(passages.map(({ issue, position }) => [issue, position])).toEqual([
      [url(1), 0],
      [url(2), 1],
    ]);
  });

  it('from duplicates are those alone that somebody called one', () => {
    expect(duplicatesSet(ISSUES).queries).toEqual([{ text: 'Title 2', issues: new Set([url(1)]), leftOut: url(2) }]);
    expect(duplicatesWithBodySet(ISSUES).queries.map(({ text }) => text)).toEqual(['Title 2\nBody 2']);
  });

  it('from titles ask for their own comments, which stand alone', () => {
    const { queries, layout } = titlesSet(ISSUES);
    expect(queries.map(({ text }) => text)).toEqual(['Title 1', 'Title 2']);
    expect(layout).toBe('comment');
  });
});

describe('questions of a file', () => {
  const file = async (name: string, ...lines: readonly string[]) => {
    await writeFile(path.join(folder, name), lines.join('\n'));
    return path.join(folder, name);
  };

  it('name issues by number or address, and what is to be left out', async () => {
    const queries = await queriesOfFile(
      await file(
        'q.jsonl',
        '{"question":"a","issues":[2]}',
        '{"question":"nobody knows","issues":[]}',
        '{"query_title":"b","relevant_issue":1,"query_issue":3}',
      ),
      ISSUES,
    );
    expect(queries).toEqual([
      { text: 'a', issues: new Set([url(2)]), leftOut: undefined },
      { text: 'b', issues: new Set([url(1)]), leftOut: url(3) },
    ]);
    expect(writtenSet('mine', ISSUES, [...queries, { text: 'c', issues: new Set([url(4)]) }]).queries).toEqual(queries);
  });

  it('are refused with file and line when one has no question, and when there are none', async () => {
    await expect(
      queriesOfFile(await file('w.jsonl', '{"question":"a","issues":[1]}', '{"issues":[1]}'), ISSUES),
    ).rejects.toThrow(/w\.jsonl, line 2: expected `question`/);
    await expect(queriesOfFile(await file('e.jsonl', ''), ISSUES)).rejects.toThrow(/nothing to evaluate/);
    await expect(queriesOfFile(path.join(folder, 'absent.jsonl'), ISSUES)).rejects.toThrow(/cannot be read/);
  });

  it('stand beside issues of a file, without its pull requests', async () => {
    const row = (number: number, isPullRequest: boolean) =>
      JSON.stringify({
        html_url: url(number),
        title: 't',
        body: null,
        comments: ['c'],
        is_pull_request: isPullRequest,
      });
    const issues = await issuesOfFile(await file('i.jsonl', row(1, false), row(2, true)));
    expect(issues).toEqual([{ url: url(1), title: 't', body: '', comments: ['c'] }]);
    await expect(issuesOfFile(await file('b.jsonl', '{"title":1}'))).rejects.toThrow(/line 1: expected an issue/);
  });
});

describe('the measures', () => {
  const passages = [1, 1, 2, 3, 4, 5].map((number, position) => ({
    issue: url(number),
    position,
    title: '',
    body: '',
    text: '',
  }));

  it('count an issue once, at its first hit', () => {
    const query = { text: '', issues: new Set([url(1), url(3)]) };
    const ndcg = (1 / Math.log2(3) + 1 / Math.log2(5)) / (1 + 1 / Math.log2(3));
    expect(qualityOf([2, 0, 1, 3, 4], query, passages)).toEqual({
      recall5: 1,
      commentRecall5: 1,
      ndcg5: expect.closeTo(ndcg, 10),
      mrr10: 0.5,
      answered: 1,
    });
  });

  it('are nothing where nothing that answers is among the first, and look no further than their rank', () => {
    const query = { text: '', issues: new Set([url(5)]) };
    const nothing = { recall5: 0, commentRecall5: 0, ndcg5: 0, mrr10: 0, answered: 0 };
    expect(qualityOf([0, 1, 2, 3, 4], query, passages)).toEqual(nothing);
    expect(qualityOf([0, 1, 2, 3, 4, 5], query, passages)).toEqual({ ...nothing, mrr10: 1 / 6 });
  });

  it('take the one comment alone where the question names one', () => {
    const query = { text: '', issues: new Set([url(1)]), position: 1 };
    expect(qualityOf([0], query, passages).recall5).toBe(0);
    expect(qualityOf([1], query, passages).recall5).toBe(1);
  });
});

describe('an interval', () => {
  it('holds the mean, is the same each time, and shrinks with more values', () => {
    const values = Array.from({ length: 400 }, (_, index) => index % 2);
    const { mean, low, high } = estimate(values);
    expect(mean).toBe(0.5);
    expect(low).toBeGreaterThan(0.44);
    expect(high).toBeLessThan(0.56);
    expect(low).toBeLessThan(0.47);
    expect(estimate(values)).toEqual(estimate(values));
    const few = estimate(values.slice(0, 20));
    expect(few.high - few.low).toBeGreaterThan(3 * (high - low));
  });

  it('of equal values is those values', () => {
    expect(estimate([1, 1, 1])).toEqual({ mean: 1, low: 1, high: 1 });
  });
});

describe('an evaluation', () => {
  const embedder = fakeEmbedder();
  const evaluated = (sets = [linksSet(ISSUES), titlesSet(ISSUES)]) => {
    const embed = cachedEmbed({ embedder, directory: path.join(folder, 'vectors') });
    return { sets, embed, identity: embedder.identity };
  };

  it('compares every variant on every set and on all, tells it in tables and a picture, and embeds nothing twice', async () => {
    const embedding = vi.spyOn(embedder, 'embed');
    const told: string[] = [];
    const onProgress = ({ what, done, total }: Progress) => told.push(`${what} ${done}/${total}`);
    const evaluations = await evaluate({ ...evaluated(), onProgress });
    expect(told.at(-1)).toMatch(/^ranking titles (\d+)\/\1$/);
    expect(evaluations.map(({ set, questions }) => [set, questions])).toEqual([
      ['links', 2],
      ['titles', 2],
      ['links + titles', 4],
    ]);
    const names = evaluations[0]?.variants.map(({ variant }) => variant) ?? [];
    expect(names.slice(0, 3)).toEqual(['seed', 'seed, by cosine', 'BM25']);
    expect(names.at(-1)).toMatch(/^precedent/);
    // Two passages, of which each question finds at least one.
    expect(evaluations[1]?.variants.at(-1)?.measures.recall5.mean).toBe(1);
    const table = renderTable(evaluations[0] as (typeof evaluations)[0]);
    expect(table).toMatch(
      /^links: 2 questions, 2 comments\n\n {2,}recall@5 +nDCG@5 +MRR@10 +answered +comments@5\nseed /,
    );
    expect(table).toMatch(/\n {2}than BM25 +[+-]/);
    expect(Math.max(...table.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(100);
    expect(renderMarkdown(evaluations[0] as (typeof evaluations)[0]).split('\n')).toHaveLength(names.length + 4);
    expect(plotEvaluations(evaluations)).toMatch(
      /^<svg [\s\S]*links \+ titles: recall@5 over 4 questions[\s\S]*<\/svg>\n$/,
    );
    const once = embedding.mock.calls.length;
    expect(once).toBeGreaterThan(0);
    expect(await evaluate(evaluated())).toEqual(evaluations);
    expect(embedding.mock.calls).toHaveLength(once);
  });

  it('counts a question of links that is also one of duplicates once for all together', async () => {
    const sets = [linksSet(ISSUES), titlesSet(ISSUES), duplicatesSet(ISSUES)];
    const evaluations = await evaluate(evaluated(sets));
    expect(evaluations.at(-1)).toMatchObject({ set: 'links + titles', questions: 4 });
    expect((await evaluate(evaluated(sets.slice(2)))).map(({ set }) => set)).toEqual(['duplicates']);
  });

  it('leaves cosine out where it is the inner product', async () => {
    const [links] = await evaluate({ ...evaluated(), identity: { ...embedder.identity, normalized: true } });
    expect(links?.variants[1]?.variant).toBe('BM25');
  });

  it('puts a ranking that something else made before the default, where it ranked every question', async () => {
    const file = path.join(folder, 'ranking.jsonl');
    const line = (question: string, hits: unknown) => JSON.stringify({ set: 'links', question, hits });
    const right = [line('Title 2', [{ issue: url(1), comment: 0 }]), line('Title 3', [{ issue: url(2) }])];
    await writeFile(file, right.join('\n'));
    const options = { ...evaluated(), ownRankings: [await readOwnRanking('mine', file)] };
    const [links, titles, together] = await evaluate(options);
    expect(links?.variants.at(-2)).toMatchObject({ variant: 'mine', measures: { recall5: { mean: 1 } } });
    for (const rest of [titles, together]) expect(rest?.variants.map(({ variant }) => variant)).not.toContain('mine');

    const refusal = async (lines: readonly string[]) => {
      await writeFile(file, lines.join('\n'));
      return evaluate({ ...options, ownRankings: [await readOwnRanking('mine', file)] });
    };
    await expect(refusal(right.slice(1))).rejects.toThrow(/has no hits for a question of links: "Title 2"/);
    await expect(refusal([line('Title 2', [{ issue: url(4), comment: 0 }])])).rejects.toThrow(
      /names a comment that can/,
    );
    await expect(refusal([line('Title 2', 'none')])).rejects.toThrow(/ranking\.jsonl, line 1: expected `set`/);
  });
});

describe('what was found is kept', () => {
  const identity = { model: 'a/model', precision: 'int8', maxTokens: 512 } as const;
  const kept = toKept({ identity, measuredAt: '2026-11-20T10:00:00Z', tookSeconds: 1, issues: 4, evaluations: [] });
  const served = { model: 'a/model', precision: 'int8', recipe: 'precedent' };

  it('and read again; what cannot be read is as if nothing was measured', async () => {
    const file = path.join(folder, 'new', 'evaluation.json');
    expect(await readEvaluation(file)).toBeUndefined();
    await keepEvaluation(file, kept);
    expect(await readEvaluation(file)).toEqual(kept);
    await writeFile(file, JSON.stringify({ ...kept, version: 99 }));
    expect(await readEvaluation(file)).toBeUndefined();
  });

  it('and is stale under another model, precision or recipe', () => {
    expect(whyStale(kept, served)).toBeUndefined();
    expect(whyStale(kept, { model: null, precision: null, recipe: null })).toBeUndefined();
    expect(whyStale(kept, { ...served, precision: 'fp32' })).toBe('questions are answered with a/model in fp32 now');
    expect(whyStale(kept, { ...served, recipe: 'seed' })).toMatch(/by the recipe seed now/);
    const before = { ...kept, recipe: { ...kept.recipe, meaningWeight: 0.9 } };
    expect(whyStale(before, served)).toMatch(/ranks otherwise since then/);
  });

  it('and under another cross-encoder, once one is loaded', () => {
    const reranking = { model: 'a/reader', precision: 'fp32' } as const;
    const stale = 'hits are re-ranked by a/reader in fp32 now';
    expect(whyStale(kept, { ...served, reranking })).toBe(stale);
    expect(whyStale(kept, { ...served, reranking: { ...reranking, precision: null } })).toBeUndefined();
    expect(whyStale({ ...kept, rerank: { ...reranking, precision: 'int8' } }, { ...served, reranking })).toBe(stale);
    expect(whyStale({ ...kept, rerank: reranking }, { ...served, reranking })).toBeUndefined();
    expect(whyStale({ ...kept, rerank: reranking }, served)).toBeUndefined();
  });
});
