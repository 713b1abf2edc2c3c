import { describe, expect, it } from 'vitest';
import type { Check } from '../../src/check.ts';
import {
  deviceCheck,
  type IndexFacts,
  indexCheck,
  type ModelFacts,
  modelCheck,
} from '../../src/doctor/engine-checks.ts';
import { OperatorError } from '../../src/errors.ts';

const look = (check: Check) => check.run(AbortSignal.timeout(20_000));

describe('the model', () => {
  const check = (facts: ModelFacts) => look(modelCheck({ model: 'example/encoder', look: async () => facts }));

  it('may be on disk, be fetched later, or not be had', async () => {
    expect(await check({ where: 'disk', folder: '/models/encoder', precision: 'fp32' })).toEqual([
      { level: 'ok', message: 'example/encoder (fp32) in /models/encoder' },
    ]);
    expect(await check({ where: 'hub', precision: 'int8', sizeBytes: 109_600_000 })).toEqual([
      { level: 'ok', message: 'example/encoder (int8, 110 MB) will be fetched at the next start' },
    ]);
    expect(await check({ where: 'nowhere', reason: 'no network' })).toMatchObject([
      { level: 'fault', message: 'example/encoder is not on disk and cannot be fetched: no network' },
    ]);
  });

  it('that re-ranks costs only its order where it cannot be had', async () => {
    const look = async () => ({ where: 'nowhere', reason: 'no network' }) as const;
    const [finding] = await modelCheck({ name: 'Re-ranking', model: 'a/b', look }).run(AbortSignal.timeout(20_000));
    expect(finding).toEqual({
      level: 'fault',
      message: 'a/b is not on disk and cannot be fetched: no network',
      mend: 'Fetch it on a machine with a network, and set RERANK to its folder; until then hits stand as the search found them.',
    });
  });

  it('says what is wrong with a folder that cannot be used', async () => {
    const broken = modelCheck({
      model: 'models/broken',
      look: async () => Promise.reject(new OperatorError('models/broken has no tokenizer.json.')),
    });
    expect(await look(broken)).toMatchObject([
      { level: 'fault', message: 'models/broken has no tokenizer.json.', mend: expect.stringContaining('MODEL') },
    ]);
  });
});

describe('the device', () => {
  it('is named with why it is not a faster one', async () => {
    const found = async () => ({ device: 'cpu', reason: 'no CUDA driver' });
    expect(await look(deviceCheck({ wanted: 'auto', look: found }))).toEqual([
      { level: 'ok', message: 'cpu, chosen by DEVICE=auto (no CUDA driver)' },
    ]);
    expect(await look(deviceCheck({ wanted: 'cpu', look: async () => ({ device: 'cpu' }) }))).toEqual([
      { level: 'ok', message: 'cpu' },
    ]);
  });

  it('is a fault when the one that is set cannot serve', async () => {
    const refused = async () => Promise.reject(new OperatorError('DEVICE=cuda: libcudnn.so.9 is missing.'));
    expect(await look(deviceCheck({ wanted: 'cuda', look: refused }))).toMatchObject([
      { level: 'fault', message: 'DEVICE=cuda: libcudnn.so.9 is missing.' },
    ]);
  });
});

describe('the index', () => {
  const FACTS: IndexFacts = { model: 'example/encoder', revision: 'r1', rows: 2098, createdAt: '2026-11-20T10:00:00Z' };
  const check = (read: () => Promise<IndexFacts | undefined>, comments = 2098) =>
    look(
      indexCheck({
        fast: true,
        read,
        configured: { model: 'example/encoder', revision: 'r1' },
        comments: async () => comments,
      }),
    );

  it('is present, fits and is up to date', async () => {
    expect(await check(async () => FACTS)).toEqual([
      { level: 'ok', message: '2,098 comments, example/encoder, made 2026-11-20' },
    ]);
  });

  it('may be missing, with or without comments', async () => {
    expect(await check(async () => undefined, 0)).toMatchObject([
      { level: 'warning', message: 'nothing is indexed yet' },
    ]);
    expect(await check(async () => undefined)).toMatchObject([
      { level: 'warning', message: 'none for the 2,098 comments: keyword search answers' },
    ]);
  });

  it('may lag behind the corpus', async () => {
    expect(await check(async () => FACTS, 3000)).toMatchObject([
      { level: 'warning', message: 'holds 2,098 of 3,000 comments' },
    ]);
  });

  it('is a fault when it is of another model or revision', async () => {
    expect(await check(async () => ({ ...FACTS, revision: 'r2' }))).toMatchObject([
      { level: 'fault', message: 'built with example/encoder at r2, but example/encoder at r1 is set' },
    ]);
  });

  it('is a fault when it is damaged', async () => {
    const damaged = async () => Promise.reject(new OperatorError('index.json is damaged: it is not JSON.'));
    expect(await check(damaged)).toMatchObject([
      {
        level: 'fault',
        message: 'index.json is damaged: it is not JSON.',
        mend: expect.stringContaining('npm run index'),
      },
    ]);
  });
});
