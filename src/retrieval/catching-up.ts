import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Comment, CommentStore } from '../corpus/store.ts';
import type { ChangingWords } from './build-keywords.ts';
import type { ChangingVectors } from './changing-vectors.ts';
import { hashOf } from './document-hash.ts';
import { serially } from './serially.ts';

/** Takes what changes in the store into an opened index, so that it answers as one that was made anew. */
export interface CatchingUp {
  /** The store's version that answers are of. */
  readonly version: number;
  /** Whether all that changed up to it could be taken in. */
  readonly whole: boolean;
  /** Built, and up to date: they follow from then on. */
  readonly words: Promise<ChangingWords>;
  /**
   * Takes in what has changed since the last time; rows whose vectors are not there yet keep the one they had, until a
   * later call.
   *
   * @returns false when that cannot be told row by row: the store has to be opened anew. Nothing is taken in then
   */
  catchUp(): Promise<boolean>;
}

export type CatchingUpOptions = {
  readonly store: CommentStore;
  readonly vectors?: FollowedIndex | undefined;
  /** Begins to build the words; called once the version is known that they are at least of. */
  readonly buildWords: () => Promise<ChangingWords>;
};

/** An index that was made from some version of the store. */
type FollowedIndex = {
  readonly index: ChangingVectors;
  /** Where the store keeps the vectors of its model. */
  readonly space: number;
  readonly corpusVersion: number;
};

/** Between two looks at questions that came in. */
const SLICE = 100;

export async function createCatchingUp({ store, vectors, buildWords }: CatchingUpOptions): Promise<CatchingUp> {
  let built: ChangingWords | undefined;
  /** The same, once they know what changed while they were being built. */
  let words: ChangingWords | undefined;
  /** Changed while the words were being built. */
  const untold = new Set<number>();
  /** Changed, and their vectors are not there yet. */
  const awaited = new Set<number>();
  let complete = true;

  const takeVector = async (row: number, comment: Comment | undefined): Promise<void> => {
    if (!vectors) return;
    const { index, space } = vectors;
    const vector = comment && (await store.vectors(space, [hashOf(comment)]));
    if (comment && !vector) return void awaited.add(row);
    awaited.delete(row);
    if (vector) index.put(row, vector);
    else index.remove(row);
  };

  const takeWords = (row: number, comment: Comment | undefined): void => {
    if (!words) untold.add(row);
    else if (comment) words.put(comment);
    else words.remove(row);
  };

  const inSlices = async (
    rows: readonly number[],
    take: (row: number, comment: Comment | undefined) => void | Promise<void>,
  ): Promise<void> => {
    for (let start = 0; start < rows.length; start += SLICE) {
      if (start > 0) await nextTurn();
      const slice = rows.slice(start, start + SLICE);
      const comments = await store.byRow(slice);
      for (const [place, row] of slice.entries()) await take(row, comments[place]);
    }
  };

  const catchUpNow = async (): Promise<boolean> => {
    if (built && !words) {
      words = built;
      await inSlices([...untold], takeWords);
    }
    if ((await store.version()) !== version) {
      const changes = await store.changesSince(version);
      if (!changes.complete) return false;
      await inSlices(changes.rows, async (row, comment) => {
        takeWords(row, comment);
        await takeVector(row, comment);
      });
      ({ version } = changes);
    }
    await inSlices([...awaited], takeVector);
    return true;
  };

  // What is told of an index that lags by more is taken in all the same: whoever keeps it has another one made.
  const since = await store.changesSince(vectors?.corpusVersion ?? (await store.version()));
  let { version } = since;
  await inSlices(since.rows, takeVector);
  const catchUp = serially(async () => {
    complete = await catchUpNow();
  });
  const building = buildWords().then(async (index) => {
    built = index;
    await catchUp();
    return index;
  });
  // Whoever asks for words learns of a failure; until then it is nobody's.
  building.catch(() => {});

  return {
    get version() {
      return version;
    },
    get whole() {
      return since.complete && complete;
    },
    words: building,
    async catchUp() {
      await catchUp();
      return complete;
    },
  };
}
