import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { readConfig } from '../config.ts';
import { MEMORY_FILE, STORE_FILE } from '../data-files.ts';
import { OperatorError } from '../errors.ts';
import { createProgressReporter, type OnProgress } from '../progress.ts';
import { copyDatabase } from '../sqlite.ts';
import { countComments, nothingIndexed } from './corpus-file.ts';
import { readArguments } from './read-arguments.ts';
import { type TarEntry, tar } from './tar.ts';

/** Answers point to comments, so they are copied first: what they point to is in the later copy. */
const DATABASES = [
  { name: MEMORY_FILE, what: 'the memory of answers' },
  { name: STORE_FILE, what: 'the corpus' },
] as const;
const MB = 1e6;

/**
 * `npm run backup -- FILE [--force]`: corpus and memory as one .tar.gz, beside a running bot as well as alone. What
 * follows from them (the index) is left out.
 */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, 'npm run backup -- FILE [--force]', {
    options: { force: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0) {
    throw new OperatorError('Expected one file to write: npm run backup -- precedent-backup.tar.gz');
  }
  const { dataDir } = readConfig();
  const file = path.resolve(name);
  await refuseTaken(file, values.force);
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => stopping.abort(new OperatorError(`Stopped; ${file} was not written.`)));
  }
  const reporter = createProgressReporter();
  try {
    await backup({ dataDir, file, force: values.force, signal: stopping.signal, onProgress: reporter.report });
  } finally {
    reporter.close();
  }
  const { size } = await stat(file);
  process.stdout.write(`${file}: ${(size / MB).toFixed(1)} MB. To restore it, unpack it into an empty DATA_DIR.\n`);
  return 0;
}

type BackupOptions = {
  readonly dataDir: string;
  readonly file: string;
  readonly force: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
};

async function backup({ dataDir, file, force, signal, onProgress }: BackupOptions): Promise<void> {
  const found = await present(dataDir);
  const aside = await mkdtemp(`${file}.part-`).catch(refuseWrite(file));
  try {
    const entries: TarEntry[] = [];
    for (const { name, what, size } of found) {
      const total = megabytes(size);
      onProgress({ what: `copying ${what}`, done: 0, total, unit: 'MB' });
      await copyDatabase(path.join(dataDir, name), path.join(aside, name), { what });
      // Copying does not let other events in; a signal comes in here.
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
      onProgress({ what: `copying ${what}`, done: total, total, unit: 'MB' });
      entries.push(await entryOf(aside, name));
    }
    const packed = path.join(aside, 'packed');
    await pack(entries, packed, signal, onProgress).catch((error: unknown) => {
      signal.throwIfAborted();
      return refuseWrite(file)(error);
    });
    await refuseTaken(file, force);
    await rename(packed, file).catch(refuseWrite(file));
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

async function present(dataDir: string) {
  // An archive of nothing, written over a good one, would be found out too late.
  if ((await countComments(dataDir)) === 0) throw nothingIndexed(dataDir);
  const found = [];
  for (const database of DATABASES) {
    const size = await sizeOf(path.join(dataDir, database.name));
    if (size !== undefined) found.push({ ...database, size });
  }
  return found;
}

async function entryOf(folder: string, name: string): Promise<TarEntry> {
  const copy = path.join(folder, name);
  const { size } = await stat(copy);
  return { name, size, modifiedAt: new Date(), content: () => createReadStream(copy, { highWaterMark: 1 << 20 }) };
}

async function pack(entries: readonly TarEntry[], to: string, signal: AbortSignal, onProgress: OnProgress) {
  const total = megabytes(entries.reduce((sum, { size }) => sum + size, 0));
  let done = 0;
  const counted = async function* (): AsyncIterable<Uint8Array> {
    for await (const chunk of tar(entries)) {
      done += chunk.byteLength;
      onProgress({ what: 'packing', done: Math.min(total, megabytes(done)), total, unit: 'MB' });
      yield chunk;
    }
  };
  // The fastest level: vectors hardly get smaller.
  await pipeline(counted(), createGzip({ level: 1 }), createWriteStream(to, { mode: 0o600 }), { signal });
  const written = await open(to, 'r+');
  try {
    await written.sync();
  } finally {
    await written.close();
  }
}

async function refuseTaken(file: string, force: boolean): Promise<void> {
  const there = await stat(file).catch(() => undefined);
  if (there?.isDirectory()) throw new OperatorError(`${file} is a folder: expected a file to write.`);
  if (there && !force) throw new OperatorError(`${file} is there already. Choose another name, or add --force.`);
}

async function sizeOf(file: string): Promise<number | undefined> {
  return stat(file).then(
    ({ size }) => size,
    () => undefined,
  );
}

function refuseWrite(file: string) {
  return (cause: unknown): never => {
    const isFull = (cause as NodeJS.ErrnoException).code === 'ENOSPC';
    const advice = isFull
      ? 'The disk is full: it needs room for the databases twice while it is written'
      : 'Check that its folder exists and may be written';
    throw new OperatorError(`${file} cannot be written. ${advice}.`, { cause });
  };
}

/** With one place. */
function megabytes(bytes: number): number {
  return Math.ceil(bytes / (MB / 10)) / 10;
}
