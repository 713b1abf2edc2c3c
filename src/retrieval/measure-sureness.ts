import type { Embedder } from '../embedding/embedder.ts';
import type { AskedTitle } from './asked-titles.ts';
import { measureBands } from './bands.ts';
import type { Measures } from './kept-measures.ts';
import type { Manifest } from './manifest.ts';
import { recipeOf } from './recipes.ts';
import type { Search } from './search.ts';
import type { TriedTitle } from './try-title.ts';

export type MeasureOptions = {
  readonly manifest: Manifest;
  readonly titles: readonly AskedTitle[];
  readonly embed: (texts: readonly string[], signal: AbortSignal) => Promise<Float32Array>;
  /** Tries one title on the index. */
  readonly tryTitle: Search['tryTitle'];
  readonly signal: AbortSignal;
  /** What has been tried by then is what counts. */
  readonly mostMs?: number;
};

const MOST_MS = 15 * 60_000;
const FEWEST_TITLES = 10;
const PERCENTILE = 0.99;
/** Times what it counts in the ranking: measured in docs/quality.md. */
const MEANING_COUNTS = 2;

/** Asks the titles one by one, and tells from what they find how sure hits are. */
export async function measureSureness(options: MeasureOptions): Promise<Measures> {
  const { manifest } = options;
  const tried = await tryAll(options);
  if (tried.length < FEWEST_TITLES) return { bands: { titles: tried.length, spread: 1, weight: 1, bands: [] } };
  const spread = tried.reduce((sum, title) => sum + title.spread, 0) / tried.length || 1;
  const weight = bandWeight(manifest);
  const pairs = tried.flatMap((title) => title.pairs);
  const bands = measureBands(pairs, { titles: tried.length, spread, weight });
  return { bands, strongAbove: coincidence(tried, manifest.metric) };
}

/** How much meaning counts in a lead, beside words. */
export function bandWeight({ recipe, model }: Pick<Manifest, 'recipe' | 'model'>): number {
  return Math.min(1, MEANING_COUNTS * recipeOf(recipe).meaningWeight(model));
}

async function tryAll({
  titles,
  embed,
  tryTitle,
  signal,
  manifest,
  mostMs = MOST_MS,
}: MeasureOptions): Promise<readonly TriedTitle[]> {
  const { dimensions } = manifest;
  const startedAt = performance.now();
  const tried: TriedTitle[] = [];
  for (const asked of titles) {
    if (performance.now() - startedAt > mostMs) break;
    const texts = asked.comments.map(({ text }) => text);
    const vectors = await embed([asked.title, ...texts], signal);
    const vector = vectors.slice(0, dimensions);
    tried.push(await tryTitle({ asked, vector, comments: vectors.slice(dimensions) }, signal));
  }
  return tried;
}

/**
 * How near the nearest comment of another issue comes to an issue's title: what is nearer than 99 of 100 of those is no
 * coincidence.
 */
function coincidence(tried: readonly TriedTitle[], metric: Manifest['metric']): number | undefined {
  const scores = tried.map(({ nearestOther }) => nearestOther).filter((score) => score !== undefined);
  if (scores.length < FEWEST_TITLES) return undefined;
  const sorted = scores.sort((one, other) => (metric === 'ip' ? one - other : other - one));
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * PERCENTILE))];
}

/** Whether a score is beyond what coincidence brings. */
export function isBeyondCoincidence(score: number, { strongAbove, metric }: Manifest): boolean {
  if (strongAbove === undefined) return false;
  return metric === 'ip' ? score > strongAbove : score < strongAbove;
}

/** Embeds behind questions, and what was embedded before not again: a run that was broken off goes on quickly. */
export function rememberingEmbed(embedder: Embedder): MeasureOptions['embed'] {
  const known = new Map<string, Float32Array>();
  return async (texts, signal) => {
    const missing = [...new Set(texts.filter((text) => !known.has(text)))];
    const { dimensions } = embedder.identity;
    const vectors = await embedder.embed(missing, { priority: 'indexing', signal });
    for (const [place, text] of missing.entries()) {
      known.set(text, vectors.slice(place * dimensions, (place + 1) * dimensions));
    }
    const all = new Float32Array(texts.length * dimensions);
    for (const [place, text] of texts.entries()) all.set(known.get(text) as Float32Array, place * dimensions);
    return all;
  };
}
