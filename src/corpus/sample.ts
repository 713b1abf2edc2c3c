import { fileURLToPath } from 'node:url';
import { filesSource } from './files.ts';
import { SAMPLE_SOURCE, type Source } from './source.ts';

/** The sample corpus that ships with the bot. */
export function sampleSource(stagingDir: string): Source {
  return filesSource(SAMPLE_SOURCE, [sampleFile()], stagingDir);
}

/** Beside this code, also in `dist/`: the set-up copies it there when it compiles. */
function sampleFile(): string {
  return fileURLToPath(new URL('./sample.jsonl', import.meta.url));
}
