/** What was dealt with already, for as long as it may be told of again; known across a restart. */
export interface Handled {
  add(key: string): Promise<void>;
  has(key: string): Promise<boolean>;
}
