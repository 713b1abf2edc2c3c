/** What was dealt with already, for as long as it may be told of again; known across a restart. */
export interface Handled {
  add(key: string): Promise<void>;
  /** Nothing came of it. */
  remove(key: string): Promise<void>;
  /** @param withinMs how long ago at most; by default as long as it is kept */
  has(key: string, withinMs?: number): Promise<boolean>;
}
