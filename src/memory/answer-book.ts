import type { Place } from '../access.ts';
import type { CommandContext } from '../command.ts';
import type { Answer, Hit, Ranked } from '../retrieval/answer.ts';

/**
 * The answers that were given, for their buttons: the next five, the whole comment, sharing. Kept across restarts as
 * ids, scores and the question's vector; the question's text stays in memory alone and goes with the process, at the
 * latest after a day.
 */
export interface AnswerBook {
  /**
   * Keeps an answer and gives it back with its id; as it was where it cannot be kept (a full disk), or where who asked
   * opted out. One that is for everyone to see is kept all the same, so that it can change and go, with nothing of who
   * asked it or of the question.
   */
  keep(answer: Answer, context: CommandContext, options?: { readonly forEveryone?: boolean }): Promise<Answer>;
  /**
   * A kept answer again, from the hit after `offset` on, looked up anew: comments that are gone by now are left out, and
   * those of sources that may not answer at the place where it is to be shown. Undefined when the answer is too old or
   * unknown.
   */
  page(id: string, offset: number, place: Place): Promise<Answer | undefined>;
  /** One hit of a kept answer, by rank; undefined when the answer is too old, or the comment gone for that place. */
  hit(id: string, rank: number, place: Place): Promise<Hit | undefined>;
  /** Puts another answer in the place of a kept one, whose question changed; false when that is not kept any more. */
  replace(id: string, answer: Answer): Promise<boolean>;
  /** Forgets an answer, and where it is posted. */
  forget(id: string): Promise<void>;
  /** What is known of an answer beside its hits; undefined when it is too old or unknown. */
  recall(id: string): Promise<AnswerRecord | undefined>;
}

export type AnswerRecord = {
  readonly id: string;
  readonly platform: string;
  readonly server: string | undefined;
  readonly channel: string | undefined;
  /** Milliseconds since 1970. */
  readonly askedAt: number;
  /** Undefined a day after it was asked, and after a restart. */
  readonly question: string | undefined;
  readonly model: string | null;
  readonly vector: Float32Array | undefined;
  readonly ranking: readonly Ranked[];
  /** `user`: `PLATFORM:ID`. */
  isAsker(user: string): boolean;
  /** Whether this is the text that was asked. */
  wasAsked(question: string): boolean;
};
