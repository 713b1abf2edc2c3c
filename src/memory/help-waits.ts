import type { MessageSpot, Spot } from './posts.ts';

/** A question that people have the time until then to answer: by id, never as text. */
export type HelpWait = {
  readonly message: MessageSpot;
  /** Milliseconds since 1970. */
  readonly dueAt: number;
};

/** What help channels must not forget over a restart. Single rows, which answer at once. */
export interface HelpWaits {
  /** False when it waits already. */
  add(wait: HelpWait): boolean;
  remove(message: MessageSpot): void;
  /** The oldest first. */
  pending(): readonly HelpWait[];
  /** No automatic answers in this thread from now on. */
  silence(thread: Spot): void;
  isSilenced(thread: Spot): boolean;
  /** When somebody was first seen writing in a channel; noted where they never were. `user`: `PLATFORM:ID`. */
  firstSeen(spot: Spot, user: string): number;
}
