import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import type { EmbedderIdentity } from '../embedding/embedder.ts';
import { OperatorError } from '../errors.ts';
import { FAISS_HEADER_BYTES, faissHeader } from './faiss-file.ts';
import { GrowingUint32 } from './growing-uint32.ts';
import { fileNames, MANIFEST_NAME, readManifest } from './index-files.ts';
import { inheritedMeasures } from './kept-measures.ts';
import { type IndexMetric, identityOf, MANIFEST_FORMAT, type Manifest } from './manifest.ts';
import { recipeOf } from './recipes.ts';

/**
 * Writes an index beside the one that serves, page by page, and puts it in its place in one step. Whoever reads the
 * old one meanwhile keeps it.
 */
export interface IndexWriter {
  /**
   * @param rows larger than all before them
   * @param vectors `rows.length` x dimensions floats, row by row
   */
  add(rows: readonly number[], vectors: Float32Array): Promise<void>;
  /** Finishes the files, so that `commit` has nothing left to do that takes time. Nothing can be added any more. */
  seal(): Promise<void>;
  /** From now on this is the folder's index (sealed, if it was not). Older ones are removed. */
  commit(about: { readonly corpusVersion: number }): Promise<Manifest>;
  /** Removes what was written; does nothing after `commit`. */
  discard(): Promise<void>;
}

export type IndexWriterOptions = {
  readonly directory: string;
  readonly identity: EmbedderIdentity;
  readonly metric: IndexMetric;
  readonly recipe?: string;
  /** What of a comment was embedded. Default: as the recipe does with this model. */
  readonly layout?: string | undefined;
  /** For tests: where the bytes go. */
  readonly openFile?: (file: string) => Promise<FileHandle>;
};

/** What a killed writer left is removed after this long: a live one writes more often. */
const ABANDONED_AFTER_MS = 3_600_000;
const OWN_FILE = /^index-[0-9a-z]+\.(?:faiss|rows|json)$/;

/** @throws OperatorError, as do all calls, when the disk is full or the folder may not be written; the old index stays */
export async function createIndexWriter({
  directory,
  identity,
  metric,
  recipe = 'seed',
  layout = recipeOf(recipe).layout(identity.model),
  openFile = (file) => open(file, 'wx'),
}: IndexWriterOptions): Promise<IndexWriter> {
  const { dimensions } = identity;
  const id = randomBytes(6).toString('hex');
  const nameOf = (ending: string) => `index-${id}.${ending}`;
  const pathOf = (ending: string) => path.join(directory, nameOf(ending));
  const rows = new GrowingUint32();
  let vectorsCrc32 = 0;
  let sealing: Promise<Manifest['files']> | undefined;
  let committed = false;

  const guarded = <Result>(work: () => Promise<Result>) => work().catch((error: unknown) => explain(error, directory));
  const vectorsFile = await guarded(() => openFile(pathOf('faiss')));

  const finishVectors = async () => {
    await vectorsFile.write(faissHeader({ metric, dimensions, size: rows.length }), 0, FAISS_HEADER_BYTES, 0);
    await vectorsFile.sync();
    await vectorsFile.close();
    return { name: nameOf('faiss'), sizeBytes: FAISS_HEADER_BYTES + 4 * rows.length * dimensions, crc32: vectorsCrc32 };
  };
  const writeWhole = async (ending: string, content: Uint8Array) => {
    const file = await openFile(pathOf(ending));
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    return { name: nameOf(ending), sizeBytes: content.length, crc32: crc32(content) };
  };

  const seal = () => {
    sealing ??= (async () => ({
      vectors: await finishVectors(),
      rows: await writeWhole('rows', new Uint8Array(rows.toArray().buffer)),
    }))();
    return sealing;
  };

  const writer: IndexWriter = {
    add: (page, vectors) =>
      guarded(async () => {
        if (vectors.length !== page.length * dimensions) {
          throw new Error(`${page.length} x ${dimensions} floats expected, but there are ${vectors.length}`);
        }
        for (const row of page) {
          if (rows.length > 0 && row <= rows.at(rows.length - 1)) throw new Error(`row ${row} comes out of order`);
          rows.push(row);
        }
        const bytes = new Uint8Array(vectors.buffer, vectors.byteOffset, vectors.byteLength);
        vectorsCrc32 = crc32(bytes, vectorsCrc32);
        await vectorsFile.writeFile(bytes);
      }),
    seal: () => guarded(async () => void (await seal())),
    commit: ({ corpusVersion }) =>
      guarded(async () => {
        const manifest: Manifest = {
          format: MANIFEST_FORMAT,
          ...identityOf(identity),
          metric,
          recipe,
          layout,
          rows: rows.length,
          corpusVersion,
          createdAt: new Date().toISOString(),
          files: await seal(),
        };
        const replaced = await readManifest(directory).catch(() => undefined);
        const written: Manifest = { ...manifest, ...inheritedMeasures(manifest, replaced) };
        await writeWhole('json', Buffer.from(`${JSON.stringify(written, undefined, 2)}\n`));
        await rename(pathOf('json'), path.join(directory, MANIFEST_NAME));
        committed = true;
        await syncFolder(directory);
        await removeOld(directory, { current: manifest, replaced });
        return written;
      }),
    async discard() {
      if (committed) return;
      await vectorsFile.close().catch(() => {});
      for (const ending of ['faiss', 'rows', 'json']) await rm(pathOf(ending), { force: true });
    },
  };
  try {
    // The size is known at the end: the header's place is left free.
    await guarded(() => vectorsFile.writeFile(Buffer.alloc(FAISS_HEADER_BYTES)));
    return writer;
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

function explain(error: unknown, directory: string): never {
  const code = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? '') : '';
  const advice = ['ENOSPC', 'EDQUOT'].includes(code)
    ? 'the disk is full. Free some space and run it again'
    : ['EACCES', 'EPERM', 'EROFS', 'ENOENT'].includes(code)
      ? 'the folder is missing or may not be written. Check DATA_DIR and its owner'
      : undefined;
  if (!advice) throw error;
  throw new OperatorError(
    `The index cannot be written to ${directory}: ${advice}; the index from before is untouched.`,
    {
      cause: error,
    },
  );
}

/** Without it a power cut could bring the old name back. Not every system can; there is nothing else to do then. */
async function syncFolder(directory: string): Promise<void> {
  const folder = await open(directory, 'r').catch(() => undefined);
  await folder?.sync().catch(() => {});
  await folder?.close();
}

/** What another writer is just writing stays. Whatever cannot be removed waits for the next time. */
async function removeOld(
  directory: string,
  { current, replaced }: { readonly current: Manifest; readonly replaced: Manifest | undefined },
): Promise<void> {
  const ours = fileNames(current);
  const old = replaced ? fileNames(replaced) : [];
  for (const name of await readdir(directory)) {
    if (!OWN_FILE.test(name) || ours.includes(name)) continue;
    const file = path.join(directory, name);
    const isAbandoned = async () => Date.now() - (await stat(file)).mtimeMs > ABANDONED_AFTER_MS;
    if (old.includes(name) || (await isAbandoned().catch(() => false))) await rm(file, { force: true }).catch(() => {});
  }
}
