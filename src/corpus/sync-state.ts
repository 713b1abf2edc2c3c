import type { Mark } from './github.ts';

/** What is kept with the rows of a followed repository. */
export type SyncState = {
  readonly repository: {
    /** GitHub's: it stays when the name changes. */
    readonly id: number;
    readonly name: string;
    /** Absent in what older versions kept: they read public ones alone. */
    readonly isPrivate?: boolean | undefined;
  };
  /** What was updated before is stored; null while nothing is. */
  readonly issuesSince: string | null;
  readonly commentsSince: string | null;
  /** The same for discussions; absent while they are not followed. */
  readonly discussionsSince?: string | undefined;
  readonly marks: {
    readonly repository?: Mark | undefined;
    readonly issues?: Mark | undefined;
    readonly comments?: Mark | undefined;
  };
  readonly sweep: SweepState;
};

/** A reading of everything there is: the first one fills the source, later ones find what no change tells of. */
export type SweepState = {
  /** Rises with every sweep; the rows it meets are marked with it. */
  readonly number: number;
  readonly phase: 'issues' | 'comments' | 'discussions' | 'done';
  /** Of the phase: where it goes on. A moment; of discussions GitHub's own mark of the last one that was read. */
  readonly since: string | null;
  /** When the newest discussion that it met was changed. */
  readonly newest?: string | null | undefined;
  /** ISO 8601. */
  readonly startedAt: string;
};

export function firstState(repository: SyncState['repository']): SyncState {
  return { repository, issuesSince: null, commentsSince: null, marks: {}, sweep: nextSweep(0) };
}

export function nextSweep(number: number): SweepState {
  return { number: number + 1, phase: 'issues', since: null, startedAt: new Date().toISOString() };
}

/** The later of two moments. */
export function later(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return a > b ? a : b;
}
