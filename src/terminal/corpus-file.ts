import { existsSync } from 'node:fs';
import path from 'node:path';
import { openSqliteStore } from '../corpus/sqlite-store.ts';
import { STORE_FILE } from '../data-files.ts';
import { OperatorError } from '../errors.ts';

/**
 * Where the corpus lies, for a command that only reads: opening it would make an empty one in a folder that was mistyped.
 *
 * @throws OperatorError when it is not there
 */
export function corpusFile(dataDir: string): string {
  const file = path.join(dataDir, STORE_FILE);
  if (existsSync(file)) return file;
  throw nothingIndexed(dataDir);
}

export function nothingIndexed(dataDir: string): OperatorError {
  return new OperatorError(
    `Nothing is indexed in ${dataDir}: check DATA_DIR, or run \`npm start\` or \`npm run index\` first.`,
  );
}

/** Makes none where there is none. */
export async function countComments(dataDir: string): Promise<number> {
  const file = path.join(dataDir, STORE_FILE);
  if (!existsSync(file)) return 0;
  const store = await openSqliteStore(file);
  try {
    return await store.count();
  } finally {
    await store.close();
  }
}
