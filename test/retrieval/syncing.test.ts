import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../src/github/webhooks.ts';
import type { IndexThread } from '../../src/retrieval/index-thread.ts';
import { createSyncing } from '../../src/retrieval/syncing.ts';

const A = 'github:example/a';
const B = 'github:example/b';

function setUp(work: (spec: string, method: string) => Promise<void> = async () => {}) {
  const stopping = new AbortController();
  const { signal } = stopping;
  const synced: string[] = [];
  const looked: string[] = [];
  const heard: (readonly string[])[] = [];
  const reported: string[] = [];
  let changes = 0;
  let rounds = 0;
  const thread = {
    async call(method: string, { spec }: { spec: string }) {
      (method === 'look' ? looked : synced).push(spec);
      await work(spec, method);
    },
    async event(_delivery: Delivery, specs: readonly string[]) {
      heard.push(specs);
      return [A];
    },
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
  return { syncing, synced, looked, heard, reported, stopping, changes: () => changes };
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

  it('are looked at where a webhook leaves that open, beside a sync under way, and again for what comes meanwhile', async () => {
    let release = () => {};
    const first = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { syncing, synced, looked } = setUp((_spec, method) => (method === 'sync' ? new Promise(() => {}) : first));
    syncing.add(A);
    void syncing.run();
    for (let delivery = 0; delivery < 3; delivery++) await syncing.take({} as Delivery);
    expect([synced, looked]).toEqual([[A], [A]]);
    release();
    await expect.poll(() => looked).toEqual([A, A]);
    await syncing.take({} as Delivery);
    await expect.poll(() => looked).toEqual([A, A, A]);
  });

  it('are looked at again whenever it is that a webhook comes while a look ends', async () => {
    for (let turns = 0; turns < 12; turns++) {
      let release = () => {};
      const first = new Promise<void>((resolve) => {
        release = resolve;
      });
      const { syncing, looked } = setUp(() => first);
      syncing.add(A);
      await syncing.take({} as Delivery);
      release();
      for (let turn = 0; turn < turns; turn++) await undefined;
      await syncing.take({} as Delivery);
      await setImmediate();
      expect(looked).toEqual([A, A]);
    }
  });

  it('are heard of from their first reading on', async () => {
    const { syncing, heard } = setUp();
    await syncing.take({} as Delivery);
    syncing.hear(A);
    await syncing.take({} as Delivery);
    expect(heard).toEqual([[], [A]]);
  });
});
