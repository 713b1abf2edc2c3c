import type { Metric, Ranked } from '../retrieval/answer.ts';

/** What people taught the bot in a server or workspace, as far as it concerns one answer. */
export type Lessons = {
  /** Thumbs up less thumbs down, by comment. */
  readonly votes: ReadonlyMap<string, number>;
  /** Comments that a helper gave as the answer to a question like this one, with how alike they are (cosine). */
  readonly taught: ReadonlyMap<string, number>;
  /** Comments that are not shown here. */
  readonly hidden: ReadonlySet<string>;
};

/** The most that votes add to a score or take from it, as a share of it. */
const MOST_SHARE = 0.1;
/** So many votes more on one side bring half of that. */
const HALF_VOTES = 3;

/**
 * What votes make of a score: `score × (1 + 0.1 × n / (|n| + 3))` with `n` thumbs up less thumbs down. One vote counts
 * for 2.5 %, three for 5 %, and no number of them for more than 10 %; taking them back gives the score again. It orders
 * hits and is never shown. Where less is nearer (`l2`) the sign turns.
 */
export function rankScore(score: number, net: number, metric: Metric): number {
  const share = (MOST_SHARE * net) / (Math.abs(net) + HALF_VOTES);
  return score + Math.abs(score) * share * (metric === 'l2' ? -1 : 1);
}

/**
 * The ranking after what was learned: hidden comments leave; taught ones come first, the most alike before the others;
 * the rest stand by their rank score, those that are equal as they stood. Scores stay as they are.
 */
export function applyLessons(
  ranking: readonly Ranked[],
  metric: Metric,
  { votes, taught, hidden }: Lessons,
): readonly Ranked[] {
  const ranked = ranking
    .filter(({ key }) => !hidden.has(key))
    .map((entry, place) => ({
      entry,
      place,
      alike: taught.get(entry.key) ?? 0,
      value: rankScore(entry.score, votes.get(entry.key) ?? 0, metric),
    }));
  // Only what votes moved changes its place: an order that does not follow from the scores alone is kept.
  if (ranked.every(({ entry, value, alike }) => value === entry.score && alike === 0)) {
    return ranked.map(({ entry }) => entry);
  }
  const direction = metric === 'l2' ? -1 : 1;
  return ranked
    .sort((one, other) => other.alike - one.alike || direction * (other.value - one.value) || one.place - other.place)
    .map(({ entry }) => entry);
}
