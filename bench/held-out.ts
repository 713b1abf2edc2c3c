// Whether the default's weight, fusion and layout are good on questions that they were not chosen on: again and again the
// issues are split in two at random, the best of all settings is chosen on one half and measured on the other:
//   npx tsx bench/held-out.ts [--teacher FOLDER] [--issues FILE.jsonl] [--vectors FOLDER]
// `--vectors` names where `npm run eval` keeps its vectors, `DATA_DIR/evaluation`, so that nothing is embedded again.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { layoutOf } from '../src/corpus/layouts.ts';
import { type Quality, qualityOf } from '../src/evaluation/metrics.ts';
import { linksSet, type Query, type QuerySet, titlesSet } from '../src/evaluation/query-sets.ts';
import { createRandom } from '../src/evaluation/random.ts';
import { issuesOfFile } from '../src/evaluation/read-inputs.ts';
import { type Embed, indexOf, textsOf, wordsOf } from '../src/evaluation/variants.ts';
import { cachedEmbed } from '../src/evaluation/vector-cache.ts';
import type { CorpusWords } from '../src/retrieval/build-keywords.ts';
import { oneOfEachFirst } from '../src/retrieval/fuse-rankings.ts';
import { rankByBoth, rankByMeaning, rankByWords } from '../src/retrieval/rank.ts';
import { recipeOf } from '../src/retrieval/recipes.ts';
import type { VectorIndex } from '../src/retrieval/vector-index.ts';
import { type Row, report, round } from './harness.ts';
import { BOX_OPTIONS, here, openTeachers } from './local-models.ts';

const SPLITS = 200;
const WEIGHTS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
/** Of fusion by rank; 60 is the usual one. */
const CONSTANTS = [10, 20, 60];
const LAYOUTS = ['short-body', 'seed'] as const;
const FUSED = 100;
const DEFAULT = 'scores, weight 0.3, short-body';
/** What the choice is between; `seed` and `BM25` stand beside it. */
const isChoice = (name: string) => name !== 'seed' && name !== 'BM25';

const { values: options } = parseArgs({
  options: {
    teacher: BOX_OPTIONS.teacher,
    issues: BOX_OPTIONS.issues,
    vectors: { type: 'string', default: here('.cache/box-bench') },
  },
});

/** What one question got by one setting, and the issue that it is of: halves are halves of issues. */
type Judged = { readonly set: string; readonly issue: string; readonly quality: Quality };

const scratch = await mkdtemp(path.join(tmpdir(), 'precedent-held-out-'));
try {
  const judged = await judgeEverything();
  report('held-out', rowsOf(judged));
} finally {
  await rm(scratch, { recursive: true, force: true });
}

async function judgeEverything(): Promise<ReadonlyMap<string, readonly Judged[]>> {
  const issues = await issuesOfFile(options.issues);
  const { 'teacher at 256': shorter, 'teacher at 512': model } = await openTeachers(options.teacher, scratch);
  if (!model) throw new Error(`there is no model in ${options.teacher}: name one with --teacher FOLDER`);
  await shorter?.close();
  const embed = cachedEmbed({ embedder: model, directory: options.vectors });
  const judged = new Map<string, Judged[]>();
  for (const set of [linksSet(issues), titlesSet(issues)]) {
    const { ranked, done } = await settingsOf(set, embed, model.identity.dimensions);
    for (const [place, query] of set.queries.entries()) {
      const issue = query.leftOut ?? [...query.issues][0] ?? '';
      for (const [name, ranking] of ranked(query, place)) {
        const quality = qualityOf(ranking, query, set.passages);
        const all = judged.get(name) ?? [];
        judged.set(name, all);
        all.push({ set: set.name, issue, quality });
      }
      if (place % 200 === 0) console.error(`${set.name}: ${place} of ${set.queries.length} questions`);
    }
    done();
  }
  await model.close();
  return judged;
}

/** Every setting's ranking of a question. Copies stand where they are ranked: the comparison is of what is chosen. */
async function settingsOf(set: QuerySet, embed: Embed, dimensions: number) {
  const questions = await embed(set.queries.map(({ text }) => text));
  const words = wordsOf(set, textsOf(set));
  const indexes = new Map<string, VectorIndex>();
  for (const name of LAYOUTS) indexes.set(name, indexOf(await embed(textsOf(set, layoutOf(name))), dimensions));
  const [seed, precedent] = [recipeOf('seed'), recipeOf('precedent')];

  function* ranked({ text, leftOut }: Query, place: number): Iterable<readonly [string, readonly number[]]> {
    const vector = questions.subarray(place * dimensions, (place + 1) * dimensions);
    const filter = leftOut === undefined ? undefined : (at: number) => set.passages[at]?.issue !== leftOut;
    const once = { ...words, search: remember(words.search) };
    for (const [layout, index] of indexes) {
      const vectors = { ...index, search: remember(index.search), scores: index.scores };
      if (layout === 'seed') {
        yield ['seed', rankByMeaning(vectors, vector)(FUSED, filter).rows];
        yield ['BM25', rankByWords(once, text, seed)(FUSED, filter).rows];
      }
      for (const weight of WEIGHTS) {
        const rank = rankByBoth({ vectors, vector, words: once, text, recipe: precedent, weight });
        yield [`scores, weight ${weight}, ${layout}`, rank(FUSED, filter).rows];
      }
      const near = vectors.search(vector, FUSED, filter).rows;
      const matching = once.search(text, FUSED, filter).rows;
      for (const constant of CONSTANTS)
        yield [`ranks, ${constant}, ${layout}`, fuseRanks(near, matching, constant, words)];
    }
  }
  return {
    ranked,
    done: () => {
      for (const index of indexes.values()) index.close();
    },
  };
}

/** One question's settings all ask for the same. */
function remember<Arguments extends unknown[], Result>(search: (...args: Arguments) => Result) {
  let known: Result | undefined;
  return (...args: Arguments): Result => {
    known ??= search(...args);
    return known;
  };
}

/** Reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009), one hit of each issue first. */
function fuseRanks(near: readonly number[], matching: readonly number[], constant: number, words: CorpusWords) {
  const sums = new Map<number, number>();
  for (const ranking of [near, matching]) {
    for (const [at, row] of ranking.entries()) sums.set(row, (sums.get(row) ?? 0) + 1 / (constant + at + 1));
  }
  const fused = [...sums].sort(([a, left], [b, right]) => right - left || a - b).map(([row]) => row);
  return oneOfEachFirst(fused, words.issueOf);
}

function rowsOf(judged: ReadonlyMap<string, readonly Judged[]>): readonly Row[] {
  const issues = [...new Set([...judged.values()].flat().map(({ issue }) => issue))];
  const random = createRandom(1);
  const splits = Array.from({ length: SPLITS }, () => new Set(issues.filter(() => random() < 0.5)));
  const halves = splits.map((half) => {
    const inside = worths(judged, (issue) => half.has(issue));
    const outside = worths(judged, (issue) => !half.has(issue));
    const chosen = [...inside].filter(([name]) => isChoice(name)).sort(([, a], [, b]) => b.choice - a.choice)[0]?.[0];
    return { chosen: chosen ?? DEFAULT, inside, outside };
  });
  const chosenOf = (name: string) => (half: Half) => (name === 'chosen' ? half.chosen : name);
  const rows = ['seed', 'BM25', 'chosen', DEFAULT].map((name) => ({ name, ...summary(halves, chosenOf(name)) }));
  const counts = new Map<string, number>();
  for (const { chosen } of halves) counts.set(chosen, (counts.get(chosen) ?? 0) + 1);
  const often = [...counts].sort(([, a], [, b]) => b - a).map(([name, count]) => ({ name, 'times chosen': count }));
  return [...rows, ...often];
}

type Means = Pick<Quality, 'recall5' | 'ndcg5'>;
type Worth = { readonly links: Means; readonly titles: Means; readonly choice: number };
type Half = {
  readonly chosen: string;
  readonly inside: ReadonlyMap<string, Worth>;
  readonly outside: ReadonlyMap<string, Worth>;
};

/** Both sets count alike for the choice, by nDCG@5. */
function worths(judged: ReadonlyMap<string, readonly Judged[]>, isIn: (issue: string) => boolean) {
  const entries = [...judged].map(([name, all]) => {
    const ofHalf = all.filter(({ issue }) => isIn(issue));
    const links = meanOf(ofHalf.filter(({ set }) => set === 'links'));
    const titles = meanOf(ofHalf.filter(({ set }) => set === 'titles'));
    return [name, { links, titles, choice: links.ndcg5 + titles.ndcg5 }] as const;
  });
  return new Map(entries);
}

function meanOf(some: readonly Judged[]): Means {
  const mean = (of: 'recall5' | 'ndcg5') => some.reduce((sum, { quality }) => sum + quality[of], 0) / some.length;
  return { recall5: mean('recall5'), ndcg5: mean('ndcg5') };
}

/** Means over the halves that were not chosen on, and in how many of them neither baseline is better. */
function summary(halves: readonly Half[], nameIn: (half: Half) => string): Row {
  const mean = (figureOf: (half: Half) => number) =>
    round(halves.reduce((sum, half) => sum + figureOf(half), 0) / halves.length, 3);
  const held = (half: Half) => half.outside.get(nameIn(half)) as Worth;
  const beats = (half: Half) =>
    ['seed', 'BM25'].every((base) =>
      (['links', 'titles'] as const).every(
        (set) => held(half)[set].ndcg5 >= (half.outside.get(base) as Worth)[set].ndcg5,
      ),
    );
  return {
    'links recall@5': mean((half) => held(half).links.recall5),
    'links nDCG@5': mean((half) => held(half).links.ndcg5),
    'titles recall@5': mean((half) => held(half).titles.recall5),
    'titles nDCG@5': mean((half) => held(half).titles.ndcg5),
    'below no baseline, of halves': halves.filter(beats).length,
  };
}
