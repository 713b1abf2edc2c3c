import { rename } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createModelOpener, type ModelOpener } from '../../src/embedding/open-model.ts';
import type { Hub } from '../../src/hub/hub.ts';
import { silentLogger } from '../../src/log.ts';
import { noHub, temporaryFolder, tinyModel } from './tiny-model.ts';

const { signal } = new AbortController();

describe('opening a model', () => {
  const opener = (directory: string, hub: Hub = noHub): ModelOpener =>
    createModelOpener({ hub, device: 'cpu', directory, log: silentLogger });

  it('starts the one that is configured', async () => {
    const open = opener(await temporaryFolder());
    const embedder = await open(
      { model: await tinyModel(), revision: 'main', precision: 'auto' },
      { fetch: false, signal },
    );
    expect(embedder?.identity).toMatchObject({ model: 'tiny', revision: '', precision: 'fp32' });
    await embedder?.close();
  });

  it('finds a folder again by the name that an index has for it', async () => {
    const directory = await temporaryFolder();
    const folder = await tinyModel();
    const first = await opener(directory)(
      { model: folder, revision: 'main', precision: 'auto' },
      { fetch: false, signal },
    );
    const named = first?.identity ?? { model: '', revision: '', precision: 'fp32' as const };
    await first?.close();
    const again = await opener(directory)(named, { fetch: false, signal });
    expect(again?.identity).toEqual(named);
    await again?.close();

    await rename(folder, path.join(await temporaryFolder(), 'elsewhere'));
    expect(await opener(directory)(named, { fetch: false, signal })).toBeUndefined();
  });

  it('opens nothing when the model is not on this machine and may not be fetched', async () => {
    const empty: Hub = { ...noHub, cached: async () => undefined };
    const open = opener(await temporaryFolder(), empty);
    expect(
      await open({ model: 'example/mpnet', revision: 'main', precision: 'auto' }, { fetch: false, signal }),
    ).toBeUndefined();
  });

  it('asks the Hub when it may fetch', async () => {
    const empty: Hub = { ...noHub, cached: async () => undefined };
    const open = opener(await temporaryFolder(), empty);
    const opening = open({ model: 'example/mpnet', revision: 'main', precision: 'auto' }, { fetch: true, signal });
    await expect(opening).rejects.toThrow('the Hub was asked');
  });
});
