import type { Answer, Band, Ranked } from './answer.ts';
import { bandAt } from './bands.ts';
import type { Manifest } from './manifest.ts';
import { isBeyondCoincidence } from './measure-sureness.ts';
import type { SearchResult } from './searcher.ts';

/**
 * How sure the hits of a ranking are, and the answer: as sure as the hit that is shown first, since a surer one below it
 * does not make that one sure.
 *
 * @param manifest of the index by meaning that ranked; absent: nothing was measured
 */
export function bandsOf(
  found: SearchResult['ranking'],
  manifest: Manifest | undefined,
): Pick<Answer, 'ranking' | 'band' | 'calibrated'> {
  const measured = manifest?.bands?.bands.length ? manifest.bands : undefined;
  const ranking = found.map(({ ahead, ...hit }): Ranked => {
    const band = measured && bandAt(ahead, measured);
    return band ? { ...hit, band } : hit;
  });
  const [first] = ranking;
  const calibrated = measured !== undefined;
  if (measured || !first || !manifest) return { ranking, band: first?.band?.name, calibrated };
  return { ranking, band: isBeyondCoincidence(first.score, manifest) ? 'strong' : undefined, calibrated };
}

/**
 * The surest band that any hit of an index can be in; undefined where nothing tells: it was not measured yet, or too few
 * issues are in it.
 */
export function surestBand({ bands, strongAbove }: Pick<Manifest, 'bands' | 'strongAbove'>): Band | undefined {
  const [surest] = bands?.bands ?? [];
  if (surest) return surest.name;
  return strongAbove === undefined ? undefined : 'strong';
}
