import type { Band, HitBand } from './answer.ts';

/**
 * How sure hits are, as it was measured of one corpus, model and recipe: titles asked, their own comments (each alone)
 * were the right hits. What tells right hits from wrong ones best is not how near a hit is but how far it is ahead of
 * every other issue: docs/quality.md.
 */
export type Bands = {
  /** How many titles were asked. */
  readonly titles: number;
  /** How far apart, in score, the nearest and the farthest of a ranking are on average: the unit of leads by meaning. */
  readonly spread: number;
  /** How much meaning counts in a lead beside words, 0 to 1. */
  readonly weight: number;
  /** The surest first, `weak` last. Empty: too few titles tell, "not calibrated". */
  readonly bands: readonly MeasuredBand[];
};

export type MeasuredBand = {
  readonly name: Band;
  /** Hits with at least this lead are in it, unless a surer band has them; null: all that are left. */
  readonly from: number | null;
  /** Hits of that band when it was measured, one of each issue, and how many of them were right. */
  readonly pairs: number;
  readonly right: number;
};

/** How far a hit is ahead of the best of any other issue in its ranking; below 0 where that one is better. */
export type Ahead = {
  /** In scores; more is nearer, whatever the metric. */
  readonly meaning: number;
  /** In parts of the most that the question could score by words; 0 where words had no say. */
  readonly words: number;
};

/** A title and one hit of its answer. */
export type Pair = { readonly ahead: Ahead; readonly right: boolean };

const FEWEST_PAIRS = 50;
const STRONG = 0.8;
const FAIR = 0.5;

/** The two leads as one. */
export function leadOf({ meaning, words }: Ahead, { spread, weight }: Pick<Bands, 'spread' | 'weight'>): number {
  return (weight * meaning) / spread + (1 - weight) * words;
}

/**
 * Strong are the most hits by lead of which, with 95 % certainty, at least 0.8 are right; fair those behind them, 0.5;
 * each from at least 50 pairs, and of hits that are ahead at all. Where neither is found nothing is said, since weak
 * alone would call every answer bad.
 */
export function measureBands(pairs: readonly Pair[], about: Pick<Bands, 'titles' | 'spread' | 'weight'>): Bands {
  const sorted = pairs
    .map(({ ahead, right }) => ({ lead: leadOf(ahead, about), right }))
    .sort((one, other) => other.lead - one.lead);
  const strong = takeBand('strong', sorted, STRONG);
  const fair = takeBand('fair', sorted.slice(strong?.pairs ?? 0), FAIR);
  const rest = sorted.slice((strong?.pairs ?? 0) + (fair?.pairs ?? 0));
  const weak: MeasuredBand = { name: 'weak', from: null, pairs: rest.length, right: countRight(rest) };
  const found = [strong, fair].filter((band) => band !== undefined);
  return { ...about, bands: found.length === 0 ? [] : [...found, weak] };
}

/** The band that a hit with this lead is in; undefined where there is none. */
export function bandAt(ahead: Ahead | undefined, measured: Bands): HitBand | undefined {
  if (!ahead) return undefined;
  const lead = leadOf(ahead, measured);
  const band = measured.bands.find(({ from }) => from === null || lead >= from);
  return band && { name: band.name, precision: band.pairs === 0 ? 0 : band.right / band.pairs };
}

/** The lower end of the 95 % interval of a proportion: Wilson (1927), as Brown, Cai and DasGupta (2001) advise. */
export function lowerBound(right: number, pairs: number): number {
  if (pairs === 0) return 0;
  const z = 1.959964;
  const part = right / pairs;
  const middle = part + z ** 2 / (2 * pairs);
  const half = z * Math.sqrt((part * (1 - part)) / pairs + z ** 2 / (4 * pairs ** 2));
  return (middle - half) / (1 + z ** 2 / pairs);
}

/** What a manifest may hold. */
export function isBands(value: unknown): value is Bands {
  const { titles, spread, weight, bands } = (value ?? {}) as Partial<Record<keyof Bands, unknown>>;
  const isBand = (band: unknown) => {
    const { name, from, pairs, right } = (band ?? {}) as Partial<Record<keyof MeasuredBand, unknown>>;
    const isNamed = name === 'strong' || name === 'fair' || name === 'weak';
    return isNamed && (from === null || Number.isFinite(from)) && Number.isFinite(pairs) && Number.isFinite(right);
  };
  return [titles, spread, weight].every(Number.isFinite) && Array.isArray(bands) && bands.every(isBand);
}

type Judged = { readonly lead: number; readonly right: boolean };

function takeBand(name: Band, sorted: readonly Judged[], least: number): MeasuredBand | undefined {
  let right = 0;
  let best: MeasuredBand | undefined;
  for (const [place, pair] of sorted.entries()) {
    if (pair.lead <= 0) break;
    if (pair.right) right++;
    const pairs = place + 1;
    // Of equal leads all are in, or none.
    if (sorted[pairs]?.lead === pair.lead) continue;
    if (pairs >= FEWEST_PAIRS && lowerBound(right, pairs) >= least) best = { name, from: pair.lead, pairs, right };
  }
  return best;
}

function countRight(pairs: readonly Judged[]): number {
  return pairs.filter(({ right }) => right).length;
}
