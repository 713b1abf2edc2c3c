// What a question costs under the default recipe and under the seed's, from its text to what Discord is sent: embedding,
// search, the comments themselves, the passage that is shown. In turns, in the same run:
//   npx tsx bench/question.ts [--teacher FOLDER] [--issues FILE.jsonl] [--vectors FOLDER] [--sizes 5000,150000] [--rerank FOLDER]
// Up to 5,000 comments are the file's, with their vectors; beyond, texts and vectors are made up, questions are not.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { filesSource } from '../src/corpus/files.ts';
import { layoutOf } from '../src/corpus/layouts.ts';
import type { SourceIssue } from '../src/corpus/source.ts';
import { openSqliteStore } from '../src/corpus/sqlite-store.ts';
import { renderAnswer } from '../src/discord/reply.ts';
import type { Embedder } from '../src/embedding/embedder.ts';
import { createRerankerOpener } from '../src/embedding/open-reranker.ts';
import { linksSet } from '../src/evaluation/query-sets.ts';
import { createRandom } from '../src/evaluation/random.ts';
import { issuesOfFile } from '../src/evaluation/read-inputs.ts';
import { textsOf } from '../src/evaluation/variants.ts';
import { cachedEmbed } from '../src/evaluation/vector-cache.ts';
import { createJobQueue } from '../src/limits.ts';
import { silentLogger as log } from '../src/log.ts';
import { indexSource } from '../src/retrieval/indexer.ts';
import type { RecipeName } from '../src/retrieval/recipes.ts';
import { createReranking, type Reranking } from '../src/retrieval/reranking.ts';
import { createRetriever } from '../src/retrieval/retriever.ts';
import { startSearch } from '../src/retrieval/search.ts';
import { readIssues, rowOf } from './corpus.ts';
import { describeMachine, type Row, report, round, timeInTurns } from './harness.ts';
import { BOX_OPTIONS, here, noHub, openTeachers } from './local-models.ts';

const REAL_COMMENTS = 5_000;
const ROUNDS = 200;
const { values: options } = parseArgs({
  options: {
    teacher: BOX_OPTIONS.teacher,
    issues: BOX_OPTIONS.issues,
    vectors: { type: 'string', default: here('.cache/box-bench') },
    sizes: { type: 'string', default: '5000,150000' },
    // A cross-encoder of the size that is meant: what re-ranking adds depends on that alone.
    rerank: { type: 'string' },
  },
});

const scratch = await mkdtemp(path.join(tmpdir(), 'precedent-question-'));
try {
  const machine = describeMachine();
  const { 'teacher at 256': shorter, 'teacher at 512': model } = await openTeachers(options.teacher, scratch);
  if (!model) throw new Error(`there is no model in ${options.teacher}: name one with --teacher FOLDER`);
  await shorter?.close();
  const titles = (await readIssues(options.issues, REAL_COMMENTS)).map(({ title }) => title);
  const rows: Row[] = [];
  for (const size of options.sizes.split(',').map(Number)) rows.push(await measure(size, model, titles));
  await model.close();
  report(options.rerank === undefined ? 'question' : 'question-re-ranked', rows, machine);
} finally {
  await rm(scratch, { recursive: true, force: true });
}

async function measure(size: number, model: Embedder, titles: readonly string[]): Promise<Row> {
  const isReal = size <= REAL_COMMENTS;
  const issues = await readIssues(isReal ? options.issues : '', size);
  const indexing = isReal ? await rememberingEmbedder(model) : madeUpEmbedder(model);
  const seed = await openRecipe('seed', { issues, model, indexing });
  const precedent = await openRecipe('precedent', { issues, model, indexing });
  const reranking = options.rerank === undefined ? undefined : await openReranking(options.rerank);
  const reranked = reranking && (await openRecipe('precedent', { issues, model, indexing }, reranking));
  const questionOf = (turn: number) => titles[(turn * 7) % titles.length] as string;
  const { embed, ...times } = await timeInTurns(
    {
      seed: (turn) => seed.ask(questionOf(turn)),
      precedent: (turn) => precedent.ask(questionOf(turn)),
      reranked: (turn) => reranked?.ask(questionOf(turn)),
      embed: (turn) => model.embed([questionOf(turn)]),
    },
    { rounds: ROUNDS, warmUp: 20 },
  );
  await Promise.all([seed, precedent, reranked, reranking].map((part) => part?.close()));
  return {
    comments: seed.comments,
    'seed p50 ms': times.seed.p50Ms,
    'seed p99 ms': times.seed.p99Ms,
    'precedent p50 ms': times.precedent.p50Ms,
    'precedent p99 ms': times.precedent.p99Ms,
    'of it embedding p50 ms': embed.p50Ms,
    'precedent : seed': round(times.precedent.p50Ms / times.seed.p50Ms, 2),
    ...(reranked && {
      're-ranked p50 ms': times.reranked.p50Ms,
      're-ranked p99 ms': times.reranked.p99Ms,
      're-ranked : seed': round(times.reranked.p50Ms / times.seed.p50Ms, 2),
    }),
  };
}

type Corpus = { readonly issues: readonly SourceIssue[]; readonly model: Embedder; readonly indexing: Embedder };

/** An index of its own by that recipe, and a bot's way from a question to a reply. */
async function openRecipe(recipe: RecipeName, { issues, model, indexing }: Corpus, reranking?: Reranking) {
  const directory = await mkdtemp(path.join(scratch, `${recipe}-`));
  const storeFile = path.join(directory, 'corpus.sqlite');
  const file = path.join(directory, 'issues.jsonl');
  await writeFile(file, issues.map(rowOf).join(''));
  const store = await openSqliteStore(storeFile);
  const source = filesSource('issues.jsonl', [file], path.join(directory, 'staging'));
  await indexSource(source, { store, directory, recipe, log, embedder: indexing });
  await store.close();
  const search = await startSearch({ storeFile, directory, vectorIndex: 'faiss', useVectors: true, recipe });
  await search.keywordsReady();
  const retriever = createRetriever({ queue: createJobQueue({ concurrency: 2, capacity: 10 }), log, reranking });
  retriever.serve({ search, embedder: model, sample: false });
  return {
    comments: search.status.rows,
    async ask(question: string): Promise<void> {
      const answer = await retriever.ask(question, { sees: 'all', literal: true });
      if (answer.mode !== 'semantic' || answer.hits.length < 5) throw new Error(`no whole answer by ${recipe}`);
      if (reranking?.status()?.reason !== undefined) throw new Error('a question was not re-ranked');
      renderAnswer(answer, {});
    },
    close: () => search.close(),
  };
}

/** In int8 where the folder has it, as the model is. */
async function openReranking(folder: string) {
  const reranking = createReranking({
    model: { model: folder, revision: 'main', precision: 'int8' },
    openReranker: createRerankerOpener({ hub: noHub(scratch), device: 'cpu', directory: scratch, log }),
    log,
  });
  await reranking.openQuietly();
  if (reranking.reads === 0) throw new Error(`there is no cross-encoder in ${folder}`);
  return reranking;
}

/** Knows the vectors of the file's documents in either layout, made once and kept as `npm run eval` keeps them. */
async function rememberingEmbedder(model: Embedder): Promise<Embedder> {
  const set = linksSet(await issuesOfFile(options.issues));
  const embed = cachedEmbed({ embedder: model, directory: options.vectors });
  const { dimensions } = model.identity;
  const known = new Map<string, Float32Array>();
  for (const layout of ['seed', 'short-body'] as const) {
    const texts = textsOf(set, layoutOf(layout));
    const vectors = await embed(texts);
    for (const [at, text] of texts.entries()) known.set(text, vectors.subarray(at * dimensions, (at + 1) * dimensions));
  }
  return {
    ...model,
    async embed(texts) {
      const rows = await Promise.all(texts.map((text) => known.get(text) ?? model.embed([text])));
      const all = new Float32Array(texts.length * dimensions);
      for (const [at, row] of rows.entries()) all.set(row, at * dimensions);
      return all;
    },
  };
}

/** Vectors of length 1, as the model's are; only the questions are embedded by it. */
function madeUpEmbedder(model: Embedder): Embedder {
  const { dimensions } = model.identity;
  const random = createRandom(1);
  return {
    ...model,
    async embed(texts) {
      const scale = Math.sqrt(12 / dimensions);
      return Float32Array.from({ length: texts.length * dimensions }, () => scale * (random() - 0.5));
    },
  };
}
