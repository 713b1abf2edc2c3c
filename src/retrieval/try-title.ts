import type { AskedTitle } from './asked-titles.ts';
import type { Pair } from './bands.ts';
import type { CorpusWords } from './build-keywords.ts';
import { linkedIssues } from './linked-issues.ts';
import { measureOf } from './scan-index.ts';
import { type Searcher, searchComments } from './searcher.ts';
import type { VectorIndex } from './vector-index.ts';

/** A title with what embedding it and its comments gave. */
export type TitleTrial = {
  readonly asked: AskedTitle;
  /** Of the title. */
  readonly vector: Float32Array;
  /** Of its comments, each alone, row by row. */
  readonly comments: Float32Array;
};

export type TriedTitle = {
  /** The first hits, one of each issue. */
  readonly pairs: readonly Pair[];
  /** How far apart, in score, the nearest and the farthest of the ranking are. */
  readonly spread: number;
  /** The nearest comment of another issue, as a score; undefined where there is none. */
  readonly nearestOther: number | undefined;
};

const SHOWN = 5;
const DEPTH = 50;

/**
 * Asks a title as everybody's questions are asked, but that its own issue stands in the index as comment text alone: no
 * title finds itself. Right is a hit of its own issue, or of one that either names as related.
 */
export async function tryTitle(searcher: Searcher, trial: TitleTrial, signal?: AbortSignal): Promise<TriedTitle> {
  const { asked, vector } = trial;
  const { vectors } = searcher;
  // Without waiting for them first, words would have no say in the first titles.
  const words = await searcher.keywords;
  if (!vectors) throw new Error('titles are tried on an index by meaning');
  const own = ownRows(trial);
  const among: Searcher = {
    ...searcher,
    vectors: withOwnVectors(vectors, trial, own),
    keywords: Promise.resolve(withOwnWords(words, asked, own)),
  };
  const found = await searchComments(among, { limit: DEPTH, depth: DEPTH, text: asked.title, vector }, signal);
  const linked = new Set([asked.issue, ...asked.linked]);
  const seen = new Set<string>();
  const pairs = found.comments.slice(0, SHOWN).flatMap(({ comment }, place): Pair[] => {
    const { issueUrl, text, body } = comment;
    const ahead = found.ranking[place]?.ahead;
    if (!ahead || seen.has(issueUrl)) return [];
    seen.add(issueUrl);
    return [{ ahead, right: linked.has(issueUrl) || linkedIssues(`${body}\n${text}`, issueUrl).has(asked.issue) }];
  });
  const nearness = (score: number) => (vectors.metric === 'ip' ? score : -score);
  const scores = found.comments.map(({ score }) => nearness(score));
  const others = found.comments.filter(({ comment }) => comment.issueUrl !== asked.issue);
  const nearest = Math.max(...others.map(({ score }) => nearness(score)));
  return {
    pairs,
    spread: scores.length > 0 ? Math.max(...scores) - Math.min(...scores) : 0,
    nearestOther: others.length > 0 ? nearness(nearest) : undefined,
  };
}

/** Of each row of the issue, where its vector begins; -1 for those that are left out. */
function ownRows({ asked, vector }: TitleTrial): ReadonlyMap<number, number> {
  return new Map([
    ...asked.comments.map(({ row }, place) => [row, place * vector.length] as const),
    ...asked.others.map((row) => [row, -1] as const),
  ]);
}

type Scored = { readonly row: number; readonly score: number };

function withOwnVectors(vectors: VectorIndex, { comments }: TitleTrial, own: ReadonlyMap<number, number>): VectorIndex {
  const measure = measureOf(vectors.metric);
  const scoreOf = (vector: Float32Array, start: number) =>
    start < 0 ? Number.NaN : Math.fround(measure(comments, start, vector));
  return {
    ...vectors,
    size: vectors.size,
    dimensions: vectors.dimensions,
    metric: vectors.metric,
    search(vector, limit, filter) {
      const near = vectors.search(vector, limit + own.size, filter);
      const mine = [...own].map(([row, start]) => ({ row, score: scoreOf(vector, start) }));
      return merged(near, mine, own, { limit, filter, lessIsBetter: vectors.metric === 'l2' });
    },
    scores(vector, rows) {
      const known = vectors.scores(vector, rows);
      return rows.map((row, place) => {
        const start = own.get(row);
        return start === undefined ? (known[place] as number) : scoreOf(vector, start);
      });
    },
    close() {},
  };
}

function withOwnWords(words: CorpusWords, asked: AskedTitle, own: ReadonlyMap<number, number>): CorpusWords {
  return {
    ...words,
    size: words.size,
    search(question, limit, filter) {
      const matching = words.search(question, limit + own.size, filter);
      const mine = asked.comments.map(({ row, text }) => ({ row, score: words.scoreOf(text, question) }));
      const matched = mine.filter(({ score }) => score > 0);
      return { ...matching, ...merged(matching, matched, own, { limit, filter, lessIsBetter: false }) };
    },
  };
}

type MergeOptions = {
  readonly limit: number;
  readonly filter: ((row: number) => boolean) | undefined;
  readonly lessIsBetter: boolean;
};

/** A ranking with other scores for the rows of the issue. */
function merged(
  ranking: { readonly rows: readonly number[]; readonly scores: readonly number[] },
  mine: readonly Scored[],
  own: ReadonlyMap<number, number>,
  { limit, filter, lessIsBetter }: MergeOptions,
): { readonly rows: readonly number[]; readonly scores: readonly number[] } {
  const others = ranking.rows.map((row, place) => ({ row, score: ranking.scores[place] as number }));
  const sign = lessIsBetter ? -1 : 1;
  const all = [...others.filter(({ row }) => !own.has(row)), ...mine.filter(({ row }) => !filter || filter(row))]
    .filter(({ score }) => Number.isFinite(score))
    .sort((one, other) => sign * (other.score - one.score) || one.row - other.row)
    .slice(0, limit);
  return { rows: all.map(({ row }) => row), scores: all.map(({ score }) => score) };
}
