// How good the model in the box is, against keyword search, its teacher and either together with keyword search, as the
// default recipe does it:
//   npx tsx bench/box.ts [--box FOLDER] [--teacher FOLDER] [--issues FILE.jsonl] [--duplicates FILE.jsonl] [--above N]
// The fusion's weight is chosen on issues below N, which the model learned from, and reported on those from N on.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { documentOf } from '../src/corpus/prepare.ts';
import { createModelOpener, type PortableEmbedder } from '../src/embedding/open-model.ts';
import { createHub } from '../src/hub/http-hub.ts';
import { silentLogger } from '../src/log.ts';
import { createKeywordIndexBuilder, type KeywordNeighbours } from '../src/retrieval/bm25.ts';
import { fuseRankings, oneOfEachFirst } from '../src/retrieval/fuse-rankings.ts';
import type { Neighbours } from '../src/retrieval/vector-index.ts';
import { type Row, report, round } from './harness.ts';
import { duplicatesSet, linksSet, paraphrasedSet, type QuerySet, readIssues, titlesSet } from './query-sets.ts';
import { meanQuality, type Quality, qualityOf, type Ranking } from './ranking.ts';

/** So many of either ranking the default recipe puts together. */
const DEPTH = 100;
const WEIGHTS = [0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8, 0.9];
const assets = process.env.TEST_ASSETS ?? '../shared';
const here = (file: string) => path.join(import.meta.dirname, '..', file);
const { values: options } = parseArgs({
  options: {
    box: { type: 'string', default: here('models/box') },
    teacher: { type: 'string', default: path.join(assets, 'models/all-MiniLM-L6-v2') },
    issues: { type: 'string', default: path.join(assets, 'data/github-issues.jsonl') },
    duplicates: { type: 'string', default: path.join(assets, 'data/duplicates.jsonl') },
    above: { type: 'string', default: '1000' },
  },
});

const scratch = mkdtempSync(path.join(tmpdir(), 'precedent-box-'));
const cache = here('.cache/box-bench');
mkdirSync(cache, { recursive: true });
try {
  await measure();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function measure(): Promise<void> {
  const above = Number(options.above);
  const issues = readIssues(options.issues);
  const learned = issues.filter(({ number }) => number < above);
  const unseen = issues.filter(({ number }) => number >= above);
  const sets = [
    linksSet(unseen),
    titlesSet(unseen),
    duplicatesSet(unseen, options.duplicates),
    paraphrasedSet(here('src/corpus/sample.jsonl'), here('test/fixtures/paraphrased-questions.jsonl')),
  ];
  const tuning = [linksSet(learned), titlesSet(learned)];
  const models = { box: await open(options.box), ...(await openTeachers(options.teacher)) };
  const words = new Map([...sets, ...tuning].map((set) => [set, rankByWords(set)]));
  const rows: Row[] = [
    row('BM25', sets, (set) => (words.get(set) as readonly KeywordNeighbours[]).map(({ rows }) => rows)),
  ];
  const sweep: Row[] = [];
  for (const [name, model] of Object.entries(models)) {
    const meaning = new Map<QuerySet, readonly Neighbours[]>();
    for (const set of [...sets, ...tuning]) meaning.set(set, await rankByMeaning(set, model));
    await model.close();
    const fused = (set: QuerySet, weight: number) =>
      set.queries.map((_, index) =>
        oneOfEachFirst(
          fuseRankings(meaning.get(set)?.[index] as Neighbours, words.get(set)?.[index] as KeywordNeighbours, weight),
          (place) => set.passages[place]?.issue as number,
        ),
      );
    const weight = bestOf(WEIGHTS, (candidate) =>
      tuning.reduce((sum, set) => sum + worthOf(judge(set, fused(set, candidate))), 0),
    );
    rows.push(row(name, sets, (set) => (meaning.get(set) as readonly Neighbours[]).map(({ rows }) => rows)));
    rows.push(row(`${name} + BM25, weight ${weight}`, sets, (set) => fused(set, weight)));
    for (const candidate of WEIGHTS) sweep.push(row(`${name}, ${candidate}`, sets, (set) => fused(set, candidate)));
  }
  for (const { name, queries, passages } of sets)
    console.log(`${name}: ${queries.length} questions, ${passages.length} comments`);
  report('box', rows);
  report('box-weights', sweep);
}

async function open(folder: string, precision: 'auto' | 'int8' = 'auto'): Promise<PortableEmbedder> {
  const hub = createHub({ endpoint: 'http://127.0.0.1:9', token: undefined, cacheDir: scratch, log: silentLogger });
  const opener = createModelOpener({ hub, device: 'cpu', directory: scratch, log: silentLogger });
  const request = { model: folder, revision: 'main', precision };
  const model = await opener(request, { fetch: false, signal: new AbortController().signal });
  if (!model) throw new Error(`there is no model in ${folder}`);
  return model;
}

/** The same weights, in int8, with two maximum lengths. */
async function openTeachers(folder: string): Promise<Readonly<Record<string, PortableEmbedder>>> {
  if (!existsSync(folder)) return {};
  const longer = path.join(scratch, 'teacher-512');
  cpSync(folder, longer, { recursive: true, dereference: true, mode: 0 });
  rmSync(path.join(longer, 'sentence_bert_config.json'), { force: true });
  writeFileSync(path.join(longer, 'sentence_bert_config.json'), '{"max_seq_length":512}');
  return { 'teacher at 256': await open(folder, 'int8'), 'teacher at 512': await open(longer, 'int8') };
}

function textsOf({ passages, layout }: QuerySet): readonly string[] {
  return passages.map((passage) => (layout === 'comment' ? passage.text : documentOf(passage)));
}

function rankByWords(set: QuerySet): readonly KeywordNeighbours[] {
  const builder = createKeywordIndexBuilder();
  for (const [place, text] of textsOf(set).entries()) builder.add(place, text);
  const index = builder.finish();
  return set.queries.map(({ text, leftOut }) =>
    index.search(text, DEPTH, (place) => set.passages[place]?.issue !== leftOut),
  );
}

async function rankByMeaning(set: QuerySet, model: PortableEmbedder): Promise<readonly Neighbours[]> {
  const documents = await vectorsOf(textsOf(set), model);
  const questions = await vectorsOf(
    set.queries.map(({ text }) => text),
    model,
  );
  const { dimensions } = model.identity;
  return set.queries.map(({ leftOut }, query) => {
    const scores = set.passages.map(({ issue }, place) => {
      if (issue === leftOut) return Number.NEGATIVE_INFINITY;
      let score = 0;
      for (let at = 0; at < dimensions; at++)
        score += (questions[query * dimensions + at] as number) * (documents[place * dimensions + at] as number);
      return score;
    });
    const rows = scores
      .map((_, place) => place)
      .sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b)
      .slice(0, DEPTH);
    return { rows, scores: rows.map((place) => scores[place] as number) };
  });
}

/** Kept between runs, since a teacher takes minutes. */
async function vectorsOf(texts: readonly string[], model: PortableEmbedder): Promise<Float32Array> {
  const { weightsSha256, maxTokens } = model.identity;
  const key = createHash('sha256')
    .update(JSON.stringify([weightsSha256, maxTokens, texts]))
    .digest('hex');
  const file = path.join(cache, `${key.slice(0, 20)}.f32`);
  if (existsSync(file)) return new Float32Array(new Uint8Array(readFileSync(file)).buffer);
  const vectors = await model.embed(texts, { priority: 'indexing' });
  writeFileSync(file, new Uint8Array(vectors.buffer, vectors.byteOffset, vectors.byteLength));
  return vectors;
}

function judge({ queries, passages }: QuerySet, rankings: readonly Ranking[]): Quality {
  return meanQuality(queries.map((query, index) => qualityOf(rankings[index] as Ranking, query, passages)));
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
