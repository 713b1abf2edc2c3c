import type { Place } from '../access.ts';
import type { CommandContext } from '../command.ts';
import type { Answer, Hit } from '../retrieval/answer.ts';

/**
 * The answers that were given, for their buttons: the next five, the whole comment, sharing. Kept across restarts as
 * ids, scores and the question's vector; the question's text stays in memory alone and goes with the process, at the
 * latest after a day.
 */
export interface AnswerBook {
  /** Keeps an answer and gives it back with its id; as it was where it cannot be kept (a full disk). */
  keep(answer: Answer, context: CommandContext): Promise<Answer>;
  /**
   * A kept answer again, from the hit after `offset` on, looked up anew: comments that are gone by now are left out, and
   * those of sources that may not answer at the place where it is to be shown. Undefined when the answer is too old or
   * unknown.
   */
  page(id: string, offset: number, place: Place): Promise<Answer | undefined>;
  /** One hit of a kept answer, by rank; undefined when the answer is too old, or the comment gone for that place. */
  hit(id: string, rank: number, place: Place): Promise<Hit | undefined>;
}
