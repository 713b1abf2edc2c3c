import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { compareWithSeed, run, SEED_TABLE } from '../../src/terminal/verify-seed.ts';
import { aHit } from '../fakes/answers.ts';

const config = readConfig();
/** Where the Hub's cache has the real model and the real dataset, if it has them. */
const real = [`models--${config.embedding.model}`, `datasets--${config.defaultSource.replace('hub:', '')}`].map(
  (name) => path.join(config.hub.cacheDir, name.replaceAll('/', '--'), 'snapshots'),
);
const missing = real.filter((folder) => !existsSync(folder));

const seedHits = SEED_TABLE.distances.map((score, index) =>
  aHit({ rank: index + 1, score, issueUrl: SEED_TABLE.issueUrl }),
);

describe('the comparison with the course’s table', () => {
  it('agrees with five comments of that issue at those distances, best first', () => {
    expect(compareWithSeed({ hits: seedHits }).map(({ same }) => same)).toEqual([true, true, true, true, true]);
    const close = seedHits.map((hit) => ({ ...hit, score: hit.score + 0.009 }));
    expect(compareWithSeed({ hits: close }).every(({ same }) => same)).toBe(true);
  });

  it('differs in another distance, another issue, another order, or a hit that is not there', () => {
    const sameness = (hits: typeof seedHits) => compareWithSeed({ hits }).map(({ same }) => same);
    const changed = (change: object) => seedHits.map((hit, index) => (index === 2 ? { ...hit, ...change } : hit));
    expect(sameness(changed({ score: 24.17 }))).toEqual([true, true, false, true, true]);
    expect(sameness(changed({ issueUrl: 'https://github.com/example/project/issues/1' }))[2]).toBe(false);
    expect(sameness(seedHits.toReversed())).toEqual([false, false, true, false, false]);
    expect(sameness(seedHits.slice(0, 4))).toEqual([true, true, true, true, false]);
  });

  it.skipIf(missing.length > 0)(
    `reproduces it with the real model and dataset${missing.length > 0 ? ` (skipped: the Hub’s cache has no ${missing.map((folder) => path.basename(path.dirname(folder))).join(' and no ')})` : ''}`,
    { timeout: 3_600_000 },
    async () => {
      expect(await run()).toBe(0);
    },
  );
});
