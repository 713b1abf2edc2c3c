// Indexes a generated file that is much larger than the memory it is given, with an embedder that does nothing:
//   npx tsx bench/stream.ts [--size-mb 2000] [--heap-mb 256]
import { spawnSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { getHeapStatistics } from 'node:v8';
import { filesSource } from '../src/corpus/files.ts';
import { openSqliteStore } from '../src/corpus/sqlite-store.ts';
import type { Embedder } from '../src/embedding/embedder.ts';
import { silentLogger } from '../src/log.ts';
import { readIndex } from '../src/retrieval/index-files.ts';
import { indexSource } from '../src/retrieval/indexer.ts';
import { madeUpIssues, rowOf } from './corpus.ts';
import { type Row, report, round, timeOnce } from './harness.ts';

const { values } = parseArgs({
  options: {
    'size-mb': { type: 'string', default: '2000' },
    'heap-mb': { type: 'string', default: '256' },
    /** The file to index, in the process that has the small heap. */
    index: { type: 'string' },
  },
});

if (values.index) await indexFile(values.index);
else await measure(Number(values['size-mb']), values['heap-mb']);

async function measure(sizeMb: number, heapMb: string): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'precedent-stream-'));
  try {
    const file = path.join(folder, 'issues.jsonl');
    await pipeline(Readable.from(rowsOf(1e6 * sizeMb)), createWriteStream(file));
    const args = [
      ...process.execArgv,
      `--max-old-space-size=${heapMb}`,
      fileURLToPath(import.meta.url),
      '--index',
      file,
    ];
    const { status, signal } = spawnSync(process.execPath, args, { stdio: 'inherit' });
    if (status !== 0) throw new Error(`Indexing ended with ${status ?? signal}.`);
    report('stream', [JSON.parse(await readFile(`${file}.figures`, 'utf8')) as Row]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Rows of the seed's schema, a megabyte at a time. The same thousand issues, told apart by their numbers. */
function* rowsOf(bytes: number): Iterable<string> {
  const issues = [];
  for (const issue of madeUpIssues()) if (issues.push(issue) === 1000) break;
  let written = 0;
  let chunk = '';
  for (let number = 1; written + chunk.length < bytes; number++) {
    const issue = issues[number % issues.length] as (typeof issues)[number];
    const comments = issue.comments.map(({ text }) => ({ text: `${text} ${number}` }));
    chunk += rowOf({ ...issue, url: `https://github.com/example/project/issues/${number}`, comments });
    if (chunk.length < 1e6) continue;
    written += chunk.length;
    yield chunk;
    chunk = '';
  }
  yield chunk;
}

async function indexFile(file: string): Promise<void> {
  const directory = path.dirname(file);
  const store = await openSqliteStore(path.join(directory, 'corpus.sqlite'));
  let heapMb = 0;
  const onProgress = () => {
    heapMb = Math.max(heapMb, process.memoryUsage().heapUsed / 1e6);
  };
  const source = filesSource(file, [file], directory);
  const options = {
    store,
    directory,
    recipe: 'seed',
    log: silentLogger,
    embedder: nothingToEmbed(),
    onProgress,
  } as const;
  const [counts, milliseconds] = await timeOnce(() => indexSource(source, options));
  const rows = (await readIndex(directory))?.manifest.rows;
  if (rows !== counts.kept) throw new Error(`The index holds ${rows} of ${counts.kept} comments.`);
  const { size } = await stat(file);
  const figures: Row = {
    'file MB': round(size / 1e6, 0),
    comments: counts.kept,
    seconds: round(milliseconds / 1000, 1),
    'MB/s': round(size / 1000 / milliseconds, 1),
    'comments/s': round((1000 * counts.kept) / milliseconds, 0),
    'heap limit MB': round(getHeapStatistics().heap_size_limit / 1e6, 0),
    'peak heap MB': round(heapMb, 0),
    'peak RSS MB': round(process.resourceUsage().maxRSS / 1000, 0),
  };
  await writeFile(`${file}.figures`, JSON.stringify(figures));
  await store.close();
}

/** Vectors of zeros: what is measured is everything but the model. */
function nothingToEmbed(): Embedder {
  const dimensions = 8;
  return {
    identity: {
      model: 'bench/nothing',
      revision: '',
      weightsSha256: '',
      precision: 'fp32',
      pooling: 'mean',
      normalized: false,
      dimensions,
      maxTokens: 512,
    },
    device: 'none',
    embed: async (texts) => new Float32Array(texts.length * dimensions),
    truncates: async () => false,
    async close() {},
  };
}
