import path from 'node:path';
import { expect } from 'vitest';
import type { Run } from './project.ts';

/** The set-up failed, and its last words are one sentence for a person: no trace, nothing on stdout. */
export function expectFailure({ code, stdout, said }: Run, sentence: RegExp): void {
  expect(code).toBe(1);
  expect(stdout).toBe('');
  const last = said.at(-1) ?? '';
  expect(last).toMatch(sentence);
  expect(last).toMatch(/\.$/);
  expect(said.join('\n')).not.toContain(path.join('scripts', 'setup'));
}
