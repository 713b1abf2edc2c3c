import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../src/github/webhooks.ts';
import type { IndexThread } from '../../src/retrieval/index-thread.ts';
import { createSyncing } from '../../src/retrieval/syncing.ts';

const A = 'github:example/a';
const B = 'github:example/b';

function setUp(work: (spec: string) => Promise<void> = async () => {}) {
  const stopping = new AbortController();
  const { signal } = stopping;
  const synced: string[] = [];
  const reported: string[] = [];
  let changes = 0;
  let rounds = 0;
  const thread = {
    async call(_method: string, { spec }: { spec: string }) {
      synced.push(spec);
      await work(spec);
    },
    event: async () => [A],
  } as unknown as IndexThread;
  const syncing = createSyncing({
    thread,
    everyMs: 5,
    signal,
    report: (what) => void reported.push(what),
    async waited(ms) {
      await sleep(ms);
      return ++rounds < 3;
    },
    onChange: async () => void changes++,
  });
  return { syncing, synced, reported, stopping, changes: () => changes };
}

describe('repositories that are followed', () => {
  it('are synced again and again, and the index follows each time', async () => {
    const { syncing, synced, changes } = setUp();
    syncing.add(A);
    syncing.add(B);
    await syncing.run();
    expect(synced).toEqual([A, B, A, B, A, B]);
    expect(changes()).toBe(6);
  });

  it('do not wait for one whose sync takes long, and go on when one fails', async () => {
    let release = () => {};
    const long = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { syncing, synced, reported } = setUp((spec) => (spec === A ? long : Promise.reject(new Error('down'))));
    syncing.add(A);
    syncing.add(B);
    const running = syncing.run();
    await expect.poll(() => synced.length).toBe(4);
    release();
    await running;
    expect(synced).toEqual([A, B, B, B]);
    expect(reported).toEqual(Array.from({ length: 3 }, () => `${B} could not be synced; trying again later`));
  });

  it('are synced at once where a webhook leaves that to a sync', async () => {
    const { syncing, synced } = setUp();
    syncing.add(A);
    await syncing.take({} as Delivery);
    await expect.poll(() => synced).toEqual([A]);
  });
});
