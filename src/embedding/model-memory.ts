import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * A small file of what was found out about models. It only saves time: whatever is wrong with it, the answer is to
 * find out again, so neither function throws.
 */
export async function recall(file: string | undefined, key: string): Promise<unknown> {
  return (await readAll(file))[key];
}

export function remember(file: string | undefined, key: string, value: unknown): Promise<void> {
  writing = writing.then(() => write(file, key, value));
  return writing;
}

/** One after the other: two models that are opened at once write the same file, and either adds to what it read there. */
let writing: Promise<void> = Promise.resolve();

async function write(file: string | undefined, key: string, value: unknown): Promise<void> {
  if (!file) return;
  const aside = `${file}.${process.pid}.tmp`;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(aside, JSON.stringify({ ...(await readAll(file)), [key]: value }, null, 1));
    await rename(aside, file);
  } catch {
    // A read-only or full disk.
  }
}

async function readAll(file: string | undefined): Promise<Readonly<Record<string, unknown>>> {
  if (!file) return {};
  try {
    const memory: unknown = JSON.parse(await readFile(file, 'utf8'));
    return typeof memory === 'object' && memory !== null ? (memory as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
