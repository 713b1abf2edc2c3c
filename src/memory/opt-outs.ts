/** People of whom nothing is kept, and whom no automatic reply answers. */
export interface OptOuts {
  /** Also forgets what there is of them: records of their answers, and their thumbs. `user`: `PLATFORM:ID`. */
  add(user: string): Promise<void>;
  /** False when there was none. */
  remove(user: string): Promise<boolean>;
  has(user: string): Promise<boolean>;
}
