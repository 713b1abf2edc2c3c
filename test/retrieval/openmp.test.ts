import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const probe = fileURLToPath(new URL('openmp-probe.mjs', import.meta.url));

/** Threads that a search of 16 questions starts in a process that was told to use 16 for FAISS. */
async function threadsStarted(who: 'main' | 'worker'): Promise<number> {
  const env = { ...process.env, OMP_NUM_THREADS: '16' };
  const { stdout } = await promisify(execFile)(process.execPath, [probe, who], { env });
  return Number(stdout);
}

describe.skipIf(process.platform !== 'linux')(
  'OMP_NUM_THREADS=1 for FAISS in a worker (threads counted on Linux)',
  () => {
    it('holds when the main thread sets it before the worker starts', async () => {
      // The worker, and what Node starts for reading files.
      expect(await threadsStarted('main')).toBeLessThan(8);
    });

    it('has no effect when the worker itself sets it', async () => {
      expect(await threadsStarted('worker')).toBeGreaterThanOrEqual(15);
    });
  },
);
