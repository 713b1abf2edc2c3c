import type { Comment } from '../corpus/store.ts';
import { type Telling, tellingOf } from './shingles.ts';

/** What decides of two comments that say the same which one stands for both. */
export type Copyable = Pick<Comment, 'source' | 'issueUrl' | 'text' | 'accepted'>;

export type Placed<Hit> = {
  readonly hit: Hit;
  /** The better one that says the same. */
  readonly copyOf?: Hit | undefined;
};

/** So many of the best are compared: those of six pages. */
const COMPARED = 30;
/** Copies stand behind so many; it takes that many to tell where anything stands. */
export const BEFORE_COPIES = 50;
/** This part of what a copy tells stands in the original. */
const CONTAINED = 0.8;
/** With so many shingles of its own it tells something: two logs are alike, and what follows one is the solution. */
const TELLS_MORE = 15;

type Original<Hit> = Telling & { hit: Hit; comment: Copyable };

/**
 * A ranking in which what says again what a better hit says stands behind the others. Nothing is left out, and a longer
 * ranking begins as a shorter one does, of `BEFORE_COPIES` at least.
 *
 * @param hits best first
 */
export function copiesLast<Hit>(hits: readonly Hit[], commentOf: (hit: Hit) => Copyable): readonly Placed<Hit>[] {
  const { originals, copies } = withoutCopies(hits.slice(0, COMPARED), commentOf);
  const asTheyAre = (some: readonly Hit[]) => some.map((hit) => ({ hit }));
  return [
    ...asTheyAre(originals),
    ...asTheyAre(hits.slice(COMPARED, BEFORE_COPIES)),
    ...copies,
    ...asTheyAre(hits.slice(BEFORE_COPIES)),
  ];
}

/**
 * Tells apart what is said once and what is said again: a comment that is nearly contained in a better one (Broder, "On
 * the resemblance and containment of documents", 1997), or that quotes it and adds hardly a word. The better ranked of two
 * is the original, unless it only quotes the other, or the other is the accepted answer, or the same issue's from the
 * followed repository, which is never out of date.
 */
function withoutCopies<Hit>(
  hits: readonly Hit[],
  commentOf: (hit: Hit) => Copyable,
): { readonly originals: readonly Hit[]; readonly copies: readonly Placed<Hit>[] } {
  const originals: Original<Hit>[] = [];
  const copies = new Map<Hit, Original<Hit>>();
  /** Of each shingle, which originals have it. */
  const holders = new Map<number, Set<Original<Hit>>>();

  /** The original that holds the largest part of what is told. */
  const holderOf = ({ told }: Telling): Original<Hit> | undefined => {
    const shared = new Map<Original<Hit>, number>();
    for (const shingle of told) {
      for (const original of holders.get(shingle) ?? []) shared.set(original, (shared.get(original) ?? 0) + 1);
    }
    let best: Original<Hit> | undefined;
    for (const [original, count] of shared) {
      if (isHeld(count, told.size) && count > ((best && shared.get(best)) ?? 0)) best = original;
    }
    return best;
  };
  const hold = (original: Original<Hit>): void => {
    for (const shingle of original.all) {
      const others = holders.get(shingle);
      if (others) others.add(original);
      else holders.set(shingle, new Set([original]));
    }
  };

  for (const hit of hits) {
    const comment = commentOf(hit);
    const telling = tellingOf(comment.text);
    const quoter = originals.find((earlier) => earlier.onlyQuotes && !telling.onlyQuotes && isWithin(earlier, telling));
    const same = quoter ?? holderOf(telling);
    if (same && !quoter && !isPreferred(comment, same.comment)) {
      copies.set(hit, same);
      continue;
    }
    if (same) copies.set(same.hit, same);
    const original = Object.assign(same ?? {}, { hit, comment, ...telling });
    if (!same) originals.push(original);
    hold(original);
  }
  return {
    originals: originals.map(({ hit }) => hit),
    copies: hits.flatMap((hit) => {
      const copyOf = copies.get(hit)?.hit;
      return copyOf === undefined ? [] : [{ hit, copyOf }];
    }),
  };
}

function isHeld(shared: number, told: number): boolean {
  return shared >= CONTAINED * told && told - shared < TELLS_MORE;
}

function isWithin({ told }: Telling, { all }: Telling): boolean {
  let shared = 0;
  for (const shingle of told) if (all.has(shingle)) shared++;
  return isHeld(shared, told.size);
}

function isPreferred(later: Copyable, earlier: Copyable): boolean {
  if (Boolean(later.accepted) !== Boolean(earlier.accepted)) return Boolean(later.accepted);
  return later.issueUrl === earlier.issueUrl && isFollowed(later.source) && !isFollowed(earlier.source);
}

/** Whether a source is a repository that is followed: what it says of a comment is what GitHub says now. */
export function isFollowed(source: string): boolean {
  return source.startsWith('github:');
}
