import { describe, expect, it } from 'vitest';
import { type BatchLimits, EmbedQueue } from '../../src/embedding/embed-queue.ts';

const ONE_BY_ONE: BatchLimits = { texts: 1, tokens: Number.POSITIVE_INFINITY };
const BATCHES: BatchLimits = { texts: 4, tokens: 20 };

/** A text stands for its first id; its vector is that id. `batches` is what ran, in order. */
function recorded(limits: BatchLimits, beforeBatch: (batch: readonly number[]) => void = () => {}) {
  const batches: number[][] = [];
  const queue = new EmbedQueue({
    dimensions: 1,
    limits,
    async encode(rows) {
      const batch = rows.map(([id]) => id ?? Number.NaN);
      beforeBatch(batch);
      batches.push(batch);
      return Float32Array.from(batch);
    },
  });
  return { queue, batches };
}

/** Of so many tokens. */
const text = (id: number, tokens = 3) => [id, ...new Array<number>(tokens - 1).fill(0)];

describe('the embedding queue', () => {
  it('lets questions go before indexing that came first, after one text at most', async () => {
    let question: Promise<Float32Array> | undefined;
    const { queue, batches } = recorded(ONE_BY_ONE, ([id]) => {
      // It arrives while the second text runs.
      if (id === 2) question = queue.add([text(100), text(101)], 'question');
    });
    await queue.add([text(1), text(2), text(3), text(4)], 'indexing');
    expect([...((await question) ?? [])]).toEqual([100, 101]);
    expect(batches.flat()).toEqual([1, 2, 100, 101, 3, 4]);
  });

  it('runs questions of several callers together where batches pay', async () => {
    const { queue, batches } = recorded(BATCHES);
    const answers = await Promise.all([1, 2, 3].map((id) => queue.add([text(id)], 'question')));
    expect(answers.map(([value]) => value)).toEqual([1, 2, 3]);
    expect(batches).toEqual([[1, 2, 3]]);
  });

  it('runs the texts of an index sorted by length, under a budget of tokens, and answers in their order', async () => {
    const { queue, batches } = recorded(BATCHES);
    const rows = [text(1, 10), text(2, 2), text(3, 9), text(4, 30), text(5, 3), text(6, 4)];
    expect([...(await queue.add(rows, 'indexing'))]).toEqual([1, 2, 3, 4, 5, 6]);
    expect(batches).toEqual([[2, 5, 6], [3, 1], [4]]);
  });

  it('never mixes questions into a batch of an index', async () => {
    const { queue, batches } = recorded(BATCHES);
    await Promise.all([queue.add([text(1), text(2)], 'indexing'), queue.add([text(9)], 'question')]);
    expect(batches).toEqual([[9], [1, 2]]);
  });

  it('drops what has not run when its caller gives up, and goes on with the rest', async () => {
    const gaveUp = new AbortController();
    const { queue, batches } = recorded(ONE_BY_ONE, ([id]) => {
      if (id === 2) gaveUp.abort(new Error('nobody waits any more'));
    });
    const dropped = queue.add([text(1), text(2), text(3)], 'indexing', gaveUp.signal);
    const kept = queue.add([text(4)], 'indexing');
    await expect(dropped).rejects.toThrow('nobody waits any more');
    expect([...(await kept)]).toEqual([4]);
    expect(batches.flat()).toEqual([1, 2, 4]);
  });

  it('fails only the calls whose batch failed', async () => {
    const { queue } = recorded(ONE_BY_ONE, ([id]) => {
      if (id === 2) throw new Error('out of memory');
    });
    const broken = queue.add([text(1), text(2), text(3)], 'indexing');
    const whole = queue.add([text(4)], 'indexing');
    await expect(broken).rejects.toThrow('out of memory');
    expect([...(await whole)]).toEqual([4]);
  });

  it('starts again after it was idle', async () => {
    const { queue } = recorded(ONE_BY_ONE);
    for (const id of [1, 2, 3]) expect([...(await queue.add([text(id)], 'question'))]).toEqual([id]);
  });

  it('rejects what waits when it is closed, and everything after', async () => {
    const { queue } = recorded(ONE_BY_ONE);
    const waiting = queue.add([text(1), text(2)], 'indexing');
    expect(queue.close(new Error('closed'))).toBe(true);
    expect(queue.close(new Error('closed again'))).toBe(false);
    await expect(waiting).rejects.toThrow('closed');
    await expect(queue.add([text(3)], 'question')).rejects.toThrow('closed');
  });
});
