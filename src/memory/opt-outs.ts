/** People of whom nothing is kept, and whom no automatic reply answers. */
export interface OptOuts {
  /**
   * Also forgets what there is of them: records of their answers and of help channels, and their thumbs. Of an answer
   * that everybody sees it stays where it is and what it shows, so that it can change and go. `user`: `PLATFORM:ID`.
   */
  add(user: string): Promise<void>;
  /** False when there was none. */
  remove(user: string): Promise<boolean>;
  has(user: string): Promise<boolean>;
}

/** In place of a keyed hash: of whom nothing is kept. No hash of anybody is equal to it. */
export const NOBODY = '';
