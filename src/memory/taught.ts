import type { Scope } from './scope.ts';

/** A question that a helper gave the answer to. Its text is the one that the helper saw and could change. */
export type Taught = {
  readonly id: number;
  readonly scope: Scope;
  /** The comment that answers it, by key. */
  readonly comment: string;
  readonly question: string;
  /** The model that made the vector. */
  readonly model: string;
  readonly vector: Float32Array;
  /** Milliseconds since 1970. */
  readonly taughtAt: number;
};

export type NewTaught = Omit<Taught, 'id' | 'taughtAt'>;

/** Taught answers. They last until they are undone. */
export interface TaughtAnswers {
  add(taught: NewTaught): Promise<void>;
  /** Those that count in a scope: its own, and those of everywhere. */
  of(scope: Scope): Promise<readonly Taught[]>;
  /** Newest first, of this scope alone. */
  list(scope: Scope): Promise<readonly Taught[]>;
  /** Gives it the vector of another model. */
  renew(id: number, model: string, vector: Float32Array): Promise<void>;
  /** Takes back by id; how many there were. */
  remove(scope: Scope, ids: readonly number[]): Promise<number>;
}
