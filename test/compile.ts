import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { digest, readStamp, removeStamp, trace, writeStamp } from '../scripts/setup-stamp.mjs';

const ROOT = path.join(import.meta.dirname, '..');
const STAMP = path.join(ROOT, 'dist/.compiled-test');

/** Threads and processes run compiled code: the product's, and of the tests what they start. See `startWorker`. */
export default function setup(project: TestProject): void {
  compile();
  project.onTestsRerun(compile);
}

function compile(): void {
  node('scripts/setup.mjs');
  const sources = digest([readStamp(path.join(ROOT, 'dist/.compiled')), ...helpers().map(trace)]);
  if (readStamp(STAMP) === sources) return;
  removeStamp(STAMP);
  node('node_modules/typescript/bin/tsc', '-p', 'test/compile.json');
  writeStamp(STAMP, sources);
}

/** Whatever else of the tests those may import. */
function helpers(): string[] {
  const names = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' });
  const wanted = names.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  return wanted.sort().map((name) => path.join(import.meta.dirname, name));
}

function node(...args: readonly string[]): void {
  execFileSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
}
