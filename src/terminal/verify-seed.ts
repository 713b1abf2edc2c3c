import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { readConfig } from '../config.ts';
import { openSource } from '../corpus/open-source.ts';
import { openSqliteStore } from '../corpus/sqlite-store.ts';
import { STORE_FILE } from '../data-files.ts';
import { createModelOpener } from '../embedding/open-model.ts';
import { OperatorError } from '../errors.ts';
import { createHub } from '../hub/http-hub.ts';
import { createJobQueue } from '../limits.ts';
import { createLogger } from '../log.ts';
import { createProgressReporter } from '../progress.ts';
import type { Answer } from '../retrieval/answer.ts';
import { indexSource } from '../retrieval/indexer.ts';
import { createRetriever } from '../retrieval/retriever.ts';
import { startSearch } from '../retrieval/search.ts';
import { SEED_QUESTION } from '../seed-question.ts';
import { readArguments } from './read-arguments.ts';

/**
 * What the course prints for its question, best first: five comments of one issue and their squared L2 distances.
 * (It sorts them descending, so that the worst of the five stands first there.)
 * Source: Hugging Face course, chapter 5/6, "Semantic search with FAISS".
 */
export const SEED_TABLE = {
  question: SEED_QUESTION,
  issueUrl: 'https://github.com/huggingface/datasets/issues/824',
  distances: [22.406635, 22.893993, 24.148966, 24.55551, 25.505047],
  tolerance: 0.01,
} as const;

/** `npm run verify:seed`: the course's own table, reproduced with the real model and the real dataset. */
export async function run(args: readonly string[] = []): Promise<number> {
  readArguments(args, 'npm run verify:seed', {});
  const config = readConfig();
  const log = createLogger({ ...config.log, level: 'warn', secrets: config.secrets });
  const reporter = createProgressReporter();
  const stopping = new AbortController();
  process.once('SIGINT', () => stopping.abort(new OperatorError('Stopped; the next run goes on from there.')));
  const { signal } = stopping;

  const directory = path.join(config.dataDir, 'verify-seed');
  await mkdir(directory, { recursive: true });
  const hub = createHub({ ...config.hub, log });
  const openModel = createModelOpener({ hub, device: config.embedding.device, directory, log });
  const request = { ...config.embedding, precision: 'fp32' } as const;
  const embedder = await openModel(request, { fetch: true, signal, onProgress: reporter.report });
  if (!embedder) throw new OperatorError(`The model ${request.model} could not be had.`);
  const storeFile = path.join(directory, STORE_FILE);
  const store = await openSqliteStore(storeFile);
  try {
    const source = openSource(config.defaultSource, { hub, stagingDir: directory });
    const fingerprint = await source.fingerprint(signal);
    const onProgress = reporter.report;
    await indexSource(source, { store, directory, recipe: 'seed', log, signal, onProgress, embedder, metric: 'l2' });
    reporter.close();
    const search = await startSearch({ storeFile, directory, vectorIndex: 'faiss', useVectors: true, recipe: 'seed' });
    const retriever = createRetriever({ queue: createJobQueue({ concurrency: 1, capacity: 1 }), log });
    retriever.serve({ search, embedder, sample: false });
    const answer = await retriever.ask(SEED_TABLE.question, { sees: 'all', signal });
    await search.close();
    console.log(`model    ${embedder.identity.model} @ ${embedder.identity.revision} on ${embedder.device}`);
    console.log(`dataset  ${source.spec} (${fingerprint})`);
    console.log(`index    ${directory}: kept for the next run; delete it when you need it no more`);
    return report(answer);
  } finally {
    await store.close();
    await embedder.close();
  }
}

function report(answer: Answer): number {
  const rows = compareWithSeed(answer);
  console.table(rows);
  const same = rows.every((row) => row.same);
  console.log(
    same
      ? 'The course’s table is reproduced.'
      : 'This differs from the course’s table: compare the revisions above with those of a run that agreed.',
  );
  return same ? 0 : 1;
}

/** The five rows of the course's table beside those found: the same where issue and distance agree. */
export function compareWithSeed({ hits }: Pick<Answer, 'hits'>) {
  return SEED_TABLE.distances.map((expected, index) => {
    const hit = hits[index];
    const same = hit?.issueUrl === SEED_TABLE.issueUrl && Math.abs(hit.score - expected) <= SEED_TABLE.tolerance;
    return { rank: index + 1, expected, found: hit?.score, issue: hit?.issueUrl, same };
  });
}
