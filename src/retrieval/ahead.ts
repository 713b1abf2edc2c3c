import type { Ahead } from './bands.ts';

/** What a hit's lead is told from. */
export type Contender = {
  readonly issue: string;
  readonly score: number;
  /** What it scores by words, as a part of what could be scored. */
  readonly words: number;
};

/** Among fewer, being ahead says little. */
const FEWEST = 50;

/**
 * How far each hit of a ranking is ahead of the best of any other issue, by meaning and by words, each for itself: who
 * leads in both is seldom wrong. Undefined where the ranking is short.
 */
export function aheadOfOthers(ranking: readonly Contender[], metric: 'ip' | 'l2'): readonly (Ahead | undefined)[] {
  if (ranking.length < FEWEST) return ranking.map(() => undefined);
  const nearness = ({ score }: Contender) => (metric === 'ip' ? score : -score);
  const meaning = leads(ranking, nearness);
  const words = leads(ranking, (hit) => hit.words);
  return ranking.map((hit) => ({ meaning: meaning(hit), words: words(hit) }));
}

function leads(ranking: readonly Contender[], worthOf: (hit: Contender) => number): (hit: Contender) => number {
  const first = best(ranking, worthOf);
  const second = best(
    ranking.filter(({ issue }) => issue !== first?.issue),
    worthOf,
  );
  return (hit) => {
    const rival = hit.issue === first?.issue ? second : first;
    // All of one issue: nobody is there to be ahead of.
    return rival ? worthOf(hit) - worthOf(rival) : 0;
  };
}

function best(hits: readonly Contender[], worthOf: (hit: Contender) => number): Contender | undefined {
  let found: Contender | undefined;
  for (const hit of hits) if (!found || worthOf(hit) > worthOf(found)) found = hit;
  return found;
}
