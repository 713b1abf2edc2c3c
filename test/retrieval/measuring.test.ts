import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/log.ts';
import type { AskedTitle } from '../../src/retrieval/asked-titles.ts';
import { readManifest } from '../../src/retrieval/index-files.ts';
import { createIndexWriter } from '../../src/retrieval/index-writer.ts';
import { keepMeasures } from '../../src/retrieval/kept-measures.ts';
import type { IndexMetric, Manifest } from '../../src/retrieval/manifest.ts';
import { measureSureness } from '../../src/retrieval/measure-sureness.ts';
import { createMeasuring } from '../../src/retrieval/measuring.ts';
import type { Search } from '../../src/retrieval/search.ts';
import type { TitleTrial, TriedTitle } from '../../src/retrieval/try-title.ts';
import { fakeEmbedder } from '../fakes/embedder.ts';
import { portable } from '../fakes/portable-embedder.ts';

const { signal } = new AbortController();

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'precedent-measuring-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const TITLES = 120;
const embedder = fakeEmbedder({ dimensions: 8 });
const titles: readonly AskedTitle[] = Array.from({ length: TITLES }, (_, place) => ({
  title: `title ${place}`,
  issue: `https://github.com/o/r/issues/${place}`,
  comments: [{ row: place, text: `comment ${place}` }],
  others: [],
  linked: [],
}));

/** What titles find: the first hit of each is right and ahead, but of every tenth. */
const found = ({ asked }: TitleTrial): TriedTitle => {
  const place = titles.indexOf(asked);
  const right = place % 10 !== 0;
  return {
    pairs: [
      { ahead: { meaning: right ? 3 : -1, words: 0 }, right },
      { ahead: { meaning: -2, words: 0 }, right: false },
    ],
    spread: 4,
    nearestOther: place,
  };
};

async function writeIndex({ rows = TITLES, metric = 'ip' as IndexMetric, of = embedder } = {}): Promise<Manifest> {
  const writer = await createIndexWriter({ directory, identity: of.identity, metric, recipe: 'seed' });
  const all = Array.from({ length: rows }, (_, row) => row);
  await writer.add(all, new Float32Array(rows * of.identity.dimensions));
  return writer.commit({ corpusVersion: 1 });
}

function aMeasuring(
  tryTitle: Search['tryTitle'] = async (trial) => found(trial),
  current?: () => Manifest | undefined,
  retryMs?: number,
) {
  const embedded: string[] = [];
  const lines: string[] = [];
  const note = (message: string, fields?: object) => lines.push(`${message} ${JSON.stringify(fields)}`);
  const model = portable(fakeEmbedder({ dimensions: 8, beforeEmbed: (texts) => void embedded.push(...texts) }));
  let manifest: Manifest | undefined;
  const searches = new Map<Manifest, Search>();
  const search = () => {
    const serving = current ? current() : manifest;
    if (serving && !searches.has(serving)) {
      searches.set(serving, { status: { manifest: serving }, tryTitle } as unknown as Search);
    }
    return serving && searches.get(serving);
  };
  const measuring = createMeasuring({
    thread: { titles: async () => titles },
    directory,
    search,
    log: { ...silentLogger, info: note, warn: note },
    signal,
    ...(retryMs === undefined ? {} : { retryMs }),
  });
  const run = async () => {
    manifest = await readManifest(directory);
    await measuring.once(model);
    await measuring.ended();
  };
  return { run, embedded, lines };
}

describe('measuring how sure hits are', () => {
  it('asks each title with its own comments, and keeps the bands with the index', async () => {
    await writeIndex();
    const trials: TitleTrial[] = [];
    const { run, embedded, lines } = aMeasuring(async (trial) => {
      trials.push(trial);
      return found(trial);
    });
    await run();
    expect(trials).toHaveLength(TITLES);
    expect(embedded).toContain('title 7');
    expect(embedded).toContain('comment 7');
    expect(trials[7]?.vector).toEqual(await embedder.embed(['title 7']));
    expect(trials[7]?.comments).toEqual(await embedder.embed(['comment 7']));
    const { bands } = (await readManifest(directory)) ?? {};
    expect(bands).toMatchObject({ titles: TITLES, spread: 4, weight: 1 });
    expect(bands?.bands).toMatchObject([
      { name: 'strong', from: 0.75, pairs: 108, right: 108 },
      { name: 'weak', pairs: 132, right: 0 },
    ]);
    expect(lines.join()).toContain('strong 108/108');
    await run();
    expect(trials).toHaveLength(TITLES);
  });

  it('says beyond which score hits are nearer than coincidence, under either metric', async () => {
    for (const [metric, bar] of [
      ['ip', 118],
      ['l2', 1],
    ] as const) {
      await rm(path.join(directory, 'index.json'), { force: true });
      await writeIndex({ metric });
      await aMeasuring().run();
      expect((await readManifest(directory))?.strongAbove).toBe(bar);
    }
  });

  it('tells nothing of a corpus with few titles, and does not try again', async () => {
    const manifest = await writeIndex();
    const options = { manifest, embed: (texts: readonly string[]) => embedder.embed(texts), signal };
    const few = { ...options, tryTitle: async (trial: TitleTrial) => found(trial) };
    expect((await measureSureness({ ...few, titles: titles.slice(0, 40) })).bands?.bands).toEqual([]);
    expect(await measureSureness({ ...few, titles: titles.slice(0, 5) })).toEqual({
      bands: { titles: 5, spread: 1, weight: 1, bands: [] },
    });
    expect((await measureSureness({ ...few, titles, mostMs: -1 })).bands?.titles).toBe(0);
  });

  it('goes on with the next index where one takes its place meanwhile, embedding nothing twice', async () => {
    await writeIndex();
    let replaced = false;
    const { run, embedded } = aMeasuring(
      async (trial) => {
        if (trial.asked === titles[60] && !replaced) {
          replaced = true;
          await writeIndex({ rows: TITLES + 3 });
          serving = await readManifest(directory);
          throw new Error('this search was closed');
        }
        return found(trial);
      },
      () => serving,
    );
    let serving = await readManifest(directory);
    await run();
    expect(replaced).toBe(true);
    expect(embedded).toHaveLength(2 * TITLES);
    expect((await readManifest(directory))?.rows).toBe(TITLES + 3);
    expect((await readManifest(directory))?.bands?.bands[0]?.name).toBe('strong');
  });

  it('keeps nothing with an index of another model, and leaves no file behind', async () => {
    const before = await writeIndex();
    await writeIndex({ of: fakeEmbedder({ dimensions: 8, identity: { model: 'fake/other' } }) });
    const bands = { titles: 1, spread: 1, weight: 1, bands: [] };
    await keepMeasures(directory, before, { bands });
    expect((await readManifest(directory))?.bands).toBeUndefined();
    expect((await readdir(directory)).filter((name) => name.endsWith('.json'))).toEqual(['index.json']);
  });

  it('is taken over by the next index, unless that is of another size', async () => {
    await writeIndex();
    await aMeasuring().run();
    const { bands, strongAbove } = (await readManifest(directory)) ?? {};
    expect(bands).toBeDefined();
    expect(await writeIndex({ rows: TITLES - 2 })).toMatchObject({ bands, strongAbove });
    expect((await writeIndex({ rows: 4 })).bands).toBeUndefined();
  });

  it('is done again after many small steps away from the size that was measured', async () => {
    await writeIndex();
    await aMeasuring().run();
    const { bands } = (await readManifest(directory)) ?? {};
    expect(await writeIndex({ rows: 140 })).toMatchObject({ bands, measuredRows: TITLES });
    const grown = await writeIndex({ rows: 160 });
    expect([grown.bands, grown.measuredRows]).toEqual([undefined, undefined]);
    await aMeasuring().run();
    expect(await readManifest(directory)).toMatchObject({ bands, measuredRows: 160 });
  });

  it('says so where it fails, and leaves that index alone for a while, but not the next one', async () => {
    await writeIndex();
    let tries = 0;
    const { run, lines } = aMeasuring(async () => {
      tries++;
      throw new Error('no');
    });
    await run();
    await run();
    expect(tries).toBe(1);
    expect(lines.join()).toContain('how sure hits are could not be measured');
    await writeIndex();
    await run();
    expect(tries).toBe(2);
  });

  it('tries the same index again after that while', async () => {
    await writeIndex();
    let tries = 0;
    const failsOnce: Search['tryTitle'] = async (trial) => {
      if (tries++ === 0) throw new Error('not now');
      return found(trial);
    };
    const { run } = aMeasuring(failsOnce, undefined, 0);
    await run();
    expect((await readManifest(directory))?.bands).toBeUndefined();
    await run();
    expect((await readManifest(directory))?.bands?.titles).toBe(TITLES);
  });
});
