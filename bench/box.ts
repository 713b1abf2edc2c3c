// How good the model in the box is, against keyword search, its teacher and either together with keyword search, as the
// default recipe does it:
//   npx tsx bench/box.ts [--box FOLDER] [--teacher FOLDER] [--issues FILE.jsonl] [--duplicates FILE.jsonl] [--above N]
// The fusion's weight is chosen on issues below N, which the model learned from, and reported on those from N on.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Quality as EveryMeasure, qualityOf } from '../src/evaluation/metrics.ts';
import type { EvaluatedIssue } from '../src/evaluation/passages.ts';
import { linksSet, type Query, type QuerySet, titlesSet, writtenSet } from '../src/evaluation/query-sets.ts';
import { issuesOfFile, queriesOfFile } from '../src/evaluation/read-inputs.ts';
import { type Embed, indexOf, textsOf, wordsOf } from '../src/evaluation/variants.ts';
import { cachedEmbed } from '../src/evaluation/vector-cache.ts';
import type { CorpusWords } from '../src/retrieval/build-keywords.ts';
import { type Ranker, rankByBoth, rankByMeaning, rankByWords } from '../src/retrieval/rank.ts';
import { recipeOf } from '../src/retrieval/recipes.ts';
import type { VectorIndex } from '../src/retrieval/vector-index.ts';
import { type Row, report, round } from './harness.ts';
import { BOX_OPTIONS, here, openLocalModel, openTeachers } from './local-models.ts';

type Quality = Pick<EveryMeasure, 'recall5' | 'ndcg5' | 'mrr10'>;
/** Passages by their place, best first. */
type Ranking = readonly number[];

const DEPTH = 10;
const WEIGHTS = [0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8, 0.9];
const { values: options } = parseArgs({ options: { ...BOX_OPTIONS, above: { type: 'string', default: '1000' } } });

const scratch = mkdtempSync(path.join(tmpdir(), 'precedent-box-'));
const cache = here('.cache/box-bench');
const recipe = recipeOf('precedent');
/** By words an index of each set serves every model. */
const wordIndexes = new Map<QuerySet, CorpusWords>();
try {
  await measure();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function measure(): Promise<void> {
  const above = Number(options.above);
  const issues = await issuesOfFile(options.issues);
  const learned = issues.filter((issue) => numberOf(issue) < above);
  const unseen = issues.filter((issue) => numberOf(issue) >= above);
  const sample = await issuesOfFile(here('src/corpus/sample.jsonl'));
  const sets = [
    linksSet(unseen),
    titlesSet(unseen),
    await writtenQuestions('duplicates', unseen, options.duplicates),
    await writtenQuestions('paraphrased', sample, here('test/fixtures/paraphrased-questions.jsonl')),
  ];
  const tuning = [linksSet(learned), titlesSet(learned)];
  const models = {
    box: await openLocalModel(options.box, { precision: 'auto', scratch }),
    ...(await openTeachers(options.teacher, scratch)),
  };
  const rows: Row[] = [row('BM25', sets, (set) => rankings(set, wordsRanker(set)))];
  const sweep: Row[] = [];
  for (const [name, model] of Object.entries(models)) {
    const embed = cachedEmbed({ embedder: model, directory: cache });
    const meaning = new Map<QuerySet, Meaning>();
    for (const set of [...sets, ...tuning]) meaning.set(set, await meaningOf(set, embed, model.identity.dimensions));
    await model.close();
    const alone = (set: QuerySet) => {
      const { vectors, vectorOf } = meaning.get(set) as Meaning;
      return rankings(set, (query) => rankByMeaning(vectors, vectorOf(query)));
    };
    const fused = (set: QuerySet, weight: number) => {
      const { vectors, vectorOf } = meaning.get(set) as Meaning;
      const words = wordsOfSet(set);
      const textOf = (query: number) => (set.queries[query] as Query).text;
      return rankings(set, (query) =>
        rankByBoth({ vectors, vector: vectorOf(query), words, text: textOf(query), recipe, weight }),
      );
    };
    const weight = bestOf(WEIGHTS, (candidate) =>
      tuning.reduce((sum, set) => sum + worthOf(judge(set, fused(set, candidate))), 0),
    );
    rows.push(row(name, sets, alone));
    rows.push(row(`${name} + BM25, weight ${weight}`, sets, (set) => fused(set, weight)));
    for (const candidate of WEIGHTS) sweep.push(row(`${name}, ${candidate}`, sets, (set) => fused(set, candidate)));
  }
  for (const { name, queries, passages } of sets)
    console.log(`${name}: ${queries.length} questions, ${passages.length} comments`);
  report('box', rows);
  report('box-weights', sweep);
}

function numberOf({ url }: EvaluatedIssue): number {
  return Number(/(\d+)\/?$/.exec(url)?.[1]);
}

/** Without the questions whose own issue, or whose answer, is not among the issues. */
async function writtenQuestions(name: string, issues: readonly EvaluatedIssue[], file: string): Promise<QuerySet> {
  const known = new Set(issues.map(({ url }) => url));
  const queries = await queriesOfFile(file, issues);
  return writtenSet(
    name,
    issues,
    queries.filter(({ leftOut }) => leftOut === undefined || known.has(leftOut)),
  );
}

type Meaning = { readonly vectors: VectorIndex; vectorOf(query: number): Float32Array };

async function meaningOf(set: QuerySet, embed: Embed, dimensions: number): Promise<Meaning> {
  const vectors = indexOf(await embed(textsOf(set)), dimensions);
  const questions = await embed(set.queries.map(({ text }) => text));
  return { vectors, vectorOf: (query) => questions.subarray(query * dimensions, (query + 1) * dimensions) };
}

function wordsOfSet(set: QuerySet): CorpusWords {
  const words = wordIndexes.get(set) ?? wordsOf(set, textsOf(set));
  wordIndexes.set(set, words);
  return words;
}

function wordsRanker(set: QuerySet): (query: number) => Ranker {
  const words = wordsOfSet(set);
  return (query) => rankByWords(words, (set.queries[query] as Query).text, recipeOf('seed'));
}

function rankings({ queries, passages }: QuerySet, rankerOf: (query: number) => Ranker): readonly Ranking[] {
  return queries.map(
    ({ leftOut }, query) => rankerOf(query)(DEPTH, (place) => passages[place]?.issue !== leftOut).rows,
  );
}

function judge({ queries, passages }: QuerySet, ranked: readonly Ranking[]): Quality {
  const all = queries.map((query, index) => qualityOf(ranked[index] as Ranking, query, passages));
  const mean = (key: keyof Quality) => all.reduce((sum, quality) => sum + quality[key], 0) / all.length;
  return { recall5: mean('recall5'), ndcg5: mean('ndcg5'), mrr10: mean('mrr10') };
}

/** Recall and order count alike. */
function worthOf({ recall5, ndcg5 }: Quality): number {
  return recall5 + ndcg5;
}

function bestOf(candidates: readonly number[], valueFor: (candidate: number) => number): number {
  const values = candidates.map(valueFor);
  return candidates[values.indexOf(Math.max(...values))] as number;
}

function row(name: string, sets: readonly QuerySet[], rank: (set: QuerySet) => readonly Ranking[]): Row {
  const cells = sets.flatMap((set) => {
    const { recall5, ndcg5, mrr10 } = judge(set, rank(set));
    return [
      [`${set.name} R@5`, round(recall5, 3).toFixed(3)],
      ['nDCG@5', round(ndcg5, 3).toFixed(3)],
      ['MRR@10', round(mrr10, 3).toFixed(3)],
    ].map(([column = '', value], index) => [index === 0 ? column : `${set.name} ${column}`, value]);
  });
  return { ranking: name, ...Object.fromEntries(cells) };
}
