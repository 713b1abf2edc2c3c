// Indexes a file with the embedder of tests, slowly, and notes every document that was embedded: to be killed.
//   slow-index-child.ts FILE NOTES
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { filesSource } from '../../src/corpus/files.ts';
import { openSqliteStore } from '../../src/corpus/sqlite-store.ts';
import { silentLogger } from '../../src/log.ts';
import { indexSource } from '../../src/retrieval/indexer.ts';
import { fakeEmbedder } from '../fakes/embedder.ts';

const [file = '', notes = ''] = process.argv.slice(2);
const directory = process.env.DATA_DIR ?? '';
const embedder = fakeEmbedder({
  async beforeEmbed(texts) {
    appendFileSync(notes, texts.map((text) => `${JSON.stringify(text)}\n`).join(''));
    await sleep(10);
  },
});
const store = await openSqliteStore(path.join(directory, 'corpus.sqlite'));
await indexSource(filesSource(file, [file], directory), {
  store,
  directory,
  recipe: 'seed',
  log: silentLogger,
  embedder,
});
await store.close();
