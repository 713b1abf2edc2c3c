import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Worker } from 'node:worker_threads';
import { expect, it, onTestFinished } from 'vitest';
import { openSqliteStore } from '../../src/corpus/sqlite-store.ts';
import { createJobQueue } from '../../src/limits.ts';
import { createLogger } from '../../src/log.ts';
import { createRetriever } from '../../src/retrieval/retriever.ts';
import { createUpkeep } from '../../src/retrieval/upkeep.ts';
import { fakeEmbedder } from '../fakes/embedder.ts';
import { issues, temporaryFolder, until, writeRows } from '../fakes/issues.ts';
import { portable } from '../fakes/portable-embedder.ts';

it('a bot whose search thread fails answers again by itself', async () => {
  const folder = await temporaryFolder();
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = await writeRows(path.join(folder, 'rows.jsonl'), issues(5));
  const threads: Worker[] = [];
  const note = (worker: Worker) => threads.push(worker);
  process.on('worker', note);
  onTestFinished(() => void process.off('worker', note));

  const logged: string[] = [];
  const log = createLogger({ write: (line) => void logged.push(line) });
  const storeFile = path.join(folder, 'corpus.sqlite');
  const store = await openSqliteStore(storeFile);
  const retriever = createRetriever({ queue: createJobQueue({ concurrency: 4, capacity: 50 }), log });
  const upkeep = createUpkeep({
    retriever,
    store,
    storeFile,
    directory: folder,
    vectorIndex: 'faiss',
    recipe: 'seed',
    model: { model: 'example/model', revision: 'one', precision: 'auto' },
    openModel: async () => portable(fakeEmbedder({ dimensions: 64 })),
    sources: [file],
    defaultSource: file,
    hub: { endpoint: 'http://127.0.0.1:9', cacheDir: '/nowhere', tries: 1 },
    follow: {
      github: { apiUrl: 'http://127.0.0.1:9' },
      rules: { dropBots: false, syncEveryMs: 60_000, sweepEveryMs: 3_600_000 },
      excludeAuthors: [],
    },
    log,
    timing: { pollMs: 20 },
  });
  await upkeep.start();
  onTestFinished(async () => {
    await upkeep.close();
    await store.close();
  });
  // And rest: a thread that is ended in the middle of native code takes the process along.
  const ready = () => retriever.status().mode === 'semantic' && retriever.status().progress === undefined;
  await until(ready, 'search by meaning');

  for (const thread of threads) await thread.terminate();
  const answers = () =>
    retriever.ask('How does caching work?', { sees: 'all' }).then(
      ({ mode, hits }) => mode === 'semantic' && hits.length === 5,
      () => false,
    );
  await until(answers, 'an answer');
  expect(logged.join('\n')).toContain('the thread that searches has failed; another one takes its place');
});
