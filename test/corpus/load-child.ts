/** A process of its own that loads `ROWS_FILE` into `STORE_FILE` and publishes it, telling each step on stdout. */
import path from 'node:path';
import { filesSource } from '../../src/corpus/files.ts';
import { loadSource } from '../../src/corpus/load-source.ts';
import { openSqliteStore } from '../../src/corpus/sqlite-store.ts';
import { silentLogger } from '../../src/log.ts';

const [storeFile = '', rowsFile = ''] = process.argv.slice(2);
const tell = (step: string) => void process.stdout.write(`${step}\n`);

const store = await openSqliteStore(storeFile, { runName: 'the child' });
const source = filesSource('rows', [rowsFile], path.dirname(storeFile));
const { run } = await loadSource({ source, store, log: silentLogger, onProgress: () => tell('batch') });
tell('publishing');
await run.publish();
tell('published');
await run.release();
await store.close();
