import type { Scope } from './scope.ts';

export type Hidden = {
  readonly id: number;
  readonly what: 'comment' | 'author';
  /** The comment's key, or the author's login in lower case. */
  readonly value: string;
  /** Milliseconds since 1970. */
  readonly hiddenAt: number;
};

export type NewHide = {
  readonly scope: Scope;
  readonly what: Hidden['what'];
  readonly value: string;
};

/** Comments and authors that managers never want to be shown again. They last until they are undone. */
export interface Hides {
  add(hide: NewHide): Promise<void>;
  /** In this scope and everywhere. */
  of(scope: Scope): Promise<{ readonly comments: ReadonlySet<string>; readonly authors: ReadonlySet<string> }>;
  /** Newest first, of this scope alone. */
  list(scope: Scope): Promise<readonly Hidden[]>;
  /** Takes back by id; how many there were. */
  remove(scope: Scope, ids: readonly number[]): Promise<number>;
}
