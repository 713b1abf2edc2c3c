import { describe, expect, it } from 'vitest';
import { createOpenEmbedders } from '../../src/retrieval/open-embedders.ts';
import { fakeEmbedder } from '../fakes/embedder.ts';
import { portable } from '../fakes/portable-embedder.ts';

/** One embedder, and whether it was closed. */
function anEmbedder() {
  const fake = fakeEmbedder();
  return { embedder: portable(fake), isClosed: () => fake.closed };
}

describe('the models that are open', () => {
  it('finds the one first that was added last', () => {
    const [old, next] = [anEmbedder().embedder, anEmbedder().embedder];
    const open = createOpenEmbedders();
    for (const embedder of [old, next, old]) open.add(embedder);
    expect(open.find(() => true)).toBe(next);
    expect(open.find((embedder) => embedder !== next)).toBe(old);
  });

  it('closes those that are not needed any more only after the last question that they answer', () => {
    const [old, next] = [anEmbedder(), anEmbedder()];
    const open = createOpenEmbedders();
    for (const { embedder } of [old, next]) open.add(embedder);
    const releases = [open.hold(old.embedder), open.hold(old.embedder)];
    open.keepOnly(next.embedder);
    expect(open.find((embedder) => embedder === old.embedder)).toBeUndefined();
    expect(old.isClosed()).toBe(false);
    releases[0]?.();
    expect(old.isClosed()).toBe(false);
    releases[1]?.();
    expect(old.isClosed()).toBe(true);
    expect(next.isClosed()).toBe(false);
  });

  it('closes at once what nobody holds', () => {
    const [old, next] = [anEmbedder(), anEmbedder()];
    const open = createOpenEmbedders();
    for (const { embedder } of [old, next]) open.add(embedder);
    open.hold(old.embedder)();
    expect(old.isClosed()).toBe(false);
    open.keepOnly(next.embedder);
    expect(old.isClosed()).toBe(true);
  });

  it('closes all in the end, held or not', async () => {
    const [old, next] = [anEmbedder(), anEmbedder()];
    const open = createOpenEmbedders();
    for (const { embedder } of [old, next]) open.add(embedder);
    open.hold(old.embedder);
    open.keepOnly(next.embedder);
    await open.close();
    expect([old, next].map(({ isClosed }) => isClosed())).toEqual([true, true]);
  });
});
