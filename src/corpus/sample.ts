import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { OperatorError } from '../errors.ts';
import { filesSource } from './files.ts';
import { SAMPLE_SOURCE, type Source } from './source.ts';

/**
 * The sample corpus that ships with the bot.
 *
 * @throws OperatorError when its file is not where it was installed
 */
export function sampleSource(stagingDir: string): Source {
  return filesSource(SAMPLE_SOURCE, [sampleFile()], stagingDir);
}

/** Lies in `src/` also when this code runs from `dist/`: found from the package's root. */
function sampleFile(): string {
  let dir = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(dir, 'package.json'))) {
    if (dir === path.dirname(dir)) throw new OperatorError('The sample corpus is missing: package.json was not found.');
    dir = path.dirname(dir);
  }
  return path.join(dir, 'src', 'corpus', 'sample.jsonl');
}
