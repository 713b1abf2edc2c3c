import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { recall, remember } from './model-memory.ts';

type Entry = { readonly sizeBytes: number; readonly mtimeMs: number; readonly sha256: string };

/**
 * The sha256 of files one after the other (weights, then their external data), 64 hex digits. Hashing 440 MB takes
 * seconds, so each result is kept in `memoryFile` for as long as path, size and time of change stay the same.
 */
export async function weightsSha256(
  files: readonly string[],
  { memoryFile, signal }: { memoryFile?: string | undefined; signal?: AbortSignal | undefined } = {},
): Promise<string> {
  const stats = await Promise.all(files.map((file) => stat(file)));
  const key = `sha256 of ${files.join(' + ')}`;
  const sizeBytes = stats.reduce((sum, { size }) => sum + size, 0);
  const mtimeMs = Math.max(...stats.map((entry) => entry.mtimeMs));
  const known = (await recall(memoryFile, key)) as Entry | undefined;
  if (known?.sizeBytes === sizeBytes && known.mtimeMs === mtimeMs && /^[0-9a-f]{64}$/.test(known.sha256)) {
    return known.sha256;
  }
  const hash = createHash('sha256');
  for (const file of files) {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20, signal })) hash.update(chunk as Buffer);
  }
  const sha256 = hash.digest('hex');
  await remember(memoryFile, key, { sizeBytes, mtimeMs, sha256 } satisfies Entry);
  return sha256;
}
