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

/** Whether it stands where it does because people voted for it, or taught it. */
export function isByPeople({ because }: Pick<Ranked, 'because'> = {}): boolean {
  return because === VOTED || because === TAUGHT;
}

/** The most that votes add to a score or take from it, as a share of it. */
const MOST_SHARE = 0.1;
/** So many votes more on one side bring half of that. */
const HALF_VOTES = 3;

const VOTED = 'voted for here';
export const TAUGHT = 'taught by helpers';

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
 *
 * Where words had a say in the order, it does not follow from the scores: a hit then counts no more than those before
 * it, so that without votes it stays where it is.
 */
export function applyLessons(
  ranking: readonly Ranked[],
  metric: Metric,
  { votes, taught, hidden }: Lessons,
): readonly Ranked[] {
  const sign = metric === 'l2' ? -1 : 1;
  let least = Number.POSITIVE_INFINITY;
  const ranked = ranking.map((entry, place) => {
    least = Math.min(least, sign * entry.score);
    const value = sign * rankScore(sign * least, votes.get(entry.key) ?? 0, metric);
    return { entry, place, value, alike: taught.get(entry.key) ?? 0 };
  });
  return ranked
    .filter(({ entry }) => !hidden.has(entry.key))
    .sort((one, other) => other.alike - one.alike || other.value - one.value || one.place - other.place)
    .map(({ entry }) => explained(entry));

  function explained(entry: Ranked): Ranked {
    if (taught.has(entry.key)) return { ...entry, band: undefined, because: TAUGHT };
    return (votes.get(entry.key) ?? 0) > 0 ? { ...entry, band: undefined, because: VOTED } : entry;
  }
}
