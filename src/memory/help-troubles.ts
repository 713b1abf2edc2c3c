import type { Spot } from './posts.ts';

/** A help channel that can no longer be read or posted in. */
export type HelpTrouble = {
  readonly spot: Omit<Spot, 'thread'>;
  /** Why, in one line. */
  readonly detail: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Whether somebody was told. */
  readonly told: boolean;
};

/** Which help channels are in trouble; kept, so that it is told once, and for whoever looks at them from outside. */
export interface HelpTroubles {
  of(spot: Omit<Spot, 'thread'>): HelpTrouble | undefined;
  /** From now on, or that it has another reason now. */
  note(spot: Omit<Spot, 'thread'>, detail: string): void;
  told(spot: Omit<Spot, 'thread'>): void;
  over(spot: Omit<Spot, 'thread'>): void;
  /** Of a server, or all; the oldest first. */
  list(where?: Pick<Spot, 'platform' | 'server'>): readonly HelpTrouble[];
}
