import type { Scope } from './scope.ts';

/** One person's thumb for a comment. */
export type Vote = {
  readonly id: number;
  readonly comment: string;
  readonly up: boolean;
  /** That it came with "this solved it". */
  readonly solved: boolean;
  /** Milliseconds since 1970. */
  readonly votedAt: number;
};

export type NewVote = {
  readonly scope: Scope;
  /** `PLATFORM:ID`; kept as a keyed hash. */
  readonly voter: string;
  readonly comment: string;
  /** The answer below which it was given. */
  readonly answer: string;
  readonly up: boolean;
  readonly solved?: boolean;
};

/** Thumbs: one for each person and comment in a scope. They last until they are undone. */
export interface Votes {
  /** The voter's thumb from now on, in place of an earlier one. */
  cast(vote: NewVote): Promise<void>;
  /** Takes it back; false when there was none. */
  undo(vote: Pick<NewVote, 'scope' | 'voter' | 'comment'>): Promise<boolean>;
  of(vote: Pick<NewVote, 'scope' | 'voter' | 'comment'>): Promise<Vote | undefined>;
  /** Thumbs up less thumbs down of each comment that has any, in this scope and everywhere. */
  net(scope: Scope, comments: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Newest first: of one person, or of all. */
  list(scope: Scope, voter?: string): Promise<readonly Vote[]>;
  /** Takes back by id; how many there were. */
  remove(scope: Scope, ids: readonly number[], voter?: string): Promise<number>;
  /** Which comment solved the question of an answer, if one did. */
  solution(answer: string): Promise<string | undefined>;
  /** Names it; what another comment had from being named before is taken back. */
  solve(answer: string, comment: string): Promise<void>;
  /** Takes "this solved it" back, with the thumb that came with it, whoever gave that; false when nothing had. */
  unsolve(answer: string): Promise<boolean>;
}
