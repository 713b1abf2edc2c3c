import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { FAISS_HEADER_BYTES, faissHeader } from './faiss-file.ts';
import { DamagedIndexError, type IndexFile, type Manifest, parseManifest } from './manifest.ts';

/** The index on disk, checked: what it is, which rows it holds, and where the vectors lie. */
export type IndexFiles = {
  readonly manifest: Manifest;
  /** The row of each vector, ascending. */
  readonly rows: Uint32Array;
  /** A flat index in FAISS's own format: a header, then the vectors as float32, row by row. */
  readonly vectorsFile: string;
};

export const MANIFEST_NAME = 'index.json';
const CHUNK_BYTES = 4 << 20;
/** How often a writer may replace the index under a reader before that counts as a fault. */
const ATTEMPTS = 5;

/**
 * The index of a folder; undefined when there is none. Every byte is checked against the manifest, so that a
 * truncated or altered file is never searched.
 *
 * @throws DamagedIndexError naming the file and what is wrong with it; OperatorError when a newer Precedent wrote it
 */
export function readIndex(directory: string): Promise<IndexFiles | undefined> {
  return loadIndex(directory, async (files) => files);
}

/**
 * Hands the checked files of a folder's index to `load`. A writer that puts another index in place removes these
 * files; when that happens in between, all of it is done again with the new ones.
 */
export async function loadIndex<Loaded>(
  directory: string,
  load: (files: IndexFiles) => Promise<Loaded>,
): Promise<Loaded | undefined> {
  for (let attempt = 1; ; attempt++) {
    const stamp = await indexStamp(directory);
    try {
      const manifest = await readManifest(directory);
      return manifest && (await load(await checkFiles(directory, manifest)));
    } catch (error) {
      if (attempt === ATTEMPTS || stamp === (await indexStamp(directory))) throw error;
    }
  }
}

/**
 * What the index of a folder was built with, without looking at its files; undefined when there is none.
 *
 * @throws DamagedIndexError when it is no manifest; OperatorError when a newer Precedent wrote it
 */
export async function readManifest(directory: string): Promise<Manifest | undefined> {
  const file = path.join(directory, MANIFEST_NAME);
  try {
    return parseManifest(await readFile(file, 'utf8'), file);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Changes whenever another index is put in place; undefined while there is none. Costs one look at a file. */
export async function indexStamp(directory: string): Promise<string | undefined> {
  try {
    const { ino, size, mtimeNs } = await stat(path.join(directory, MANIFEST_NAME), { bigint: true });
    return `${ino}-${size}-${mtimeNs}`;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** The files that a manifest names. */
export function fileNames({ files }: Manifest): readonly string[] {
  return [files.vectors.name, files.rows.name];
}

/** All vectors, row by row, in memory. */
export async function readVectors({ manifest, vectorsFile }: IndexFiles): Promise<Float32Array> {
  const vectors = new Float32Array(manifest.rows * manifest.dimensions);
  const { buffer, byteLength } = vectors;
  await withFile(vectorsFile, async (file) => {
    for (let start = 0; start < byteLength; ) {
      // One view of it all would end at 4 GiB.
      const target = new Uint8Array(buffer, start, Math.min(CHUNK_BYTES, byteLength - start));
      const { bytesRead } = await file.read(target, 0, target.length, FAISS_HEADER_BYTES + start);
      if (bytesRead === 0) throw new DamagedIndexError(`${vectorsFile} is shorter than it should be.`);
      start += bytesRead;
    }
  });
  return vectors;
}

async function checkFiles(directory: string, manifest: Manifest): Promise<IndexFiles> {
  const { rows: size, dimensions, metric, files } = manifest;
  const header = faissHeader({ metric, dimensions, size });
  const vectorsFile = path.join(directory, files.vectors.name);
  const rowsFile = path.join(directory, files.rows.name);
  await checkFile(vectorsFile, files.vectors, header.length + 4 * size * dimensions, header);
  await checkFile(rowsFile, files.rows, 4 * size);
  const bytes = await readFile(rowsFile);
  const rows = new Uint32Array(size);
  new Uint8Array(rows.buffer).set(bytes.subarray(0, 4 * size));
  return { manifest, rows, vectorsFile };
}

async function checkFile(file: string, described: IndexFile, sizeBytes: number, header?: Buffer): Promise<void> {
  await withFile(file, async (handle) => {
    const { size } = await handle.stat();
    if (size !== sizeBytes || size !== described.sizeBytes) {
      throw new DamagedIndexError(`${file} is damaged: ${sizeBytes} bytes expected, but it has ${size}.`);
    }
    if (header && !(await readStart(handle, header.length)).equals(header)) {
      throw new DamagedIndexError(`${file} is damaged: its header does not fit what index.json says.`);
    }
    if ((await checksum(handle, header?.length ?? 0)) !== described.crc32) {
      throw new DamagedIndexError(`${file} is damaged: its content does not have the checksum that index.json names.`);
    }
  });
}

async function readStart(handle: FileHandle, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, 0);
  return buffer.subarray(0, bytesRead);
}

async function checksum(handle: FileHandle, start: number): Promise<number> {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let crc = 0;
  for (let position = start; ; ) {
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, position);
    if (bytesRead === 0) return crc;
    crc = crc32(chunk.subarray(0, bytesRead), crc);
    position += bytesRead;
  }
}

async function withFile<Result>(file: string, work: (handle: FileHandle) => Promise<Result>): Promise<Result> {
  const handle = await open(file, 'r').catch((cause: unknown) => {
    if (isMissing(cause)) throw new DamagedIndexError(`${file} is missing, but index.json names it.`, { cause });
    throw cause;
  });
  try {
    return await work(handle);
  } finally {
    await handle.close();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENOENT';
}
