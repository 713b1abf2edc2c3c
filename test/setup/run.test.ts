import { expect, test } from 'vitest';
import { gist, run } from '../../scripts/setup-run.mjs';

/** Shells, which start at once even on a busy machine. */
const sh = (script: string, options = {}) => run('/bin/sh', ['-c', script], options);

test('a program that takes too long is ended with everything that it started', async () => {
  const result = await sh('sleep 600 & echo "child $!"; wait', { timeoutMs: 1500 });
  expect(result).toMatchObject({ ok: false, timedOut: true });
  const pid = Number(/child (\d+)/.exec(result.output)?.[1]);
  expect(pid).toBeGreaterThan(0);
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
});

test('a program that gives no sign in time is ended, and one that does may go on', async () => {
  const firstSign = { pattern: /^connected/, withinMs: 1000 };
  const silent = await sh('while sleep 0.05; do echo waiting; done', { firstSign });
  expect(silent.timedOut).toBe(true);

  const talking = await sh('echo connected; sleep 1.5; echo done', { firstSign });
  expect(talking).toEqual({ ok: true, missing: false, timedOut: false, output: 'connected\ndone\n' });
});

test('a program that is missing or fails is an answer, not an exception', async () => {
  expect(await run('no-such-program', [])).toMatchObject({ ok: false, missing: true });
  expect(await run(process.execPath, ['-e', 'process.exit(3)'])).toMatchObject({ ok: false, missing: false });
});

test('of a long output, the lines that name the trouble are kept', () => {
  expect(gist('reading\nfatal error: faiss/Index.h: No such file\ncompilation terminated.\n')).toBe(
    '  fatal error: faiss/Index.h: No such file',
  );
  expect(gist('one\ntwo\nthree\nfour\n')).toBe('  two\n  three\n  four');
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
