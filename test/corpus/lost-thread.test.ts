import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { connect, startWorker } from '../../src/worker/channel.ts';

it('a run whose thread failed is gone on with by the next thread of the same process', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'lost-thread-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const file = path.join(dir, 'corpus.sqlite');
  const begin = async () => {
    const thread = connect(startWorker('lost-thread-worker', import.meta.url));
    try {
      return await thread.call<number>('begin', file);
    } finally {
      await thread.close();
    }
  };
  expect(await begin()).toBe(1);
  expect(await begin()).toBe(2);
});
