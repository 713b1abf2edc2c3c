import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * A file or folder of the shared test data, which is not part of the repository; undefined where it is missing. Its
 * place is TEST_ASSETS, by default `../shared`.
 */
export function testAsset(...parts: readonly string[]): string | undefined {
  const file = path.resolve(process.env.TEST_ASSETS ?? '../shared', ...parts);
  return existsSync(file) ? file : undefined;
}
