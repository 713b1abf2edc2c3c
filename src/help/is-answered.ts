import type { Author, ChatMessage, MessageRef, WrittenMessage } from './chat.ts';
import { asksSomething } from './question.ts';

/**
 * Whether a later message answers a question, as far as can be told: another person replied to it or wrote in its
 * thread; in a flat channel, wrote after it something that is neither a question of its own nor a reply to another
 * message.
 */
export function answers(later: WrittenMessage, question: ChatMessage): boolean {
  const [asked, written] = [question.ref, later.ref];
  if (asked.platform !== written.platform || asked.channel !== written.channel) return false;
  if (written.message === asked.message || isSamePerson(later.author, question.author)) return false;
  if (later.repliesTo) return later.repliesTo.message === asked.message;
  if (written.thread !== undefined) return written.thread === (asked.thread ?? asked.message);
  if (asked.thread !== undefined || !isAfter(written, asked)) return false;
  // What may not be read could be the answer.
  return later.text === undefined || !asksSomething(later.text);
}

/** Both platforms number messages in the order in which they are written. */
function isAfter({ message: one }: MessageRef, { message: other }: MessageRef): boolean {
  return one.length === other.length ? one > other : one.length > other.length;
}

/** Through a bridge many people write: nobody can say that they are the same. */
function isSamePerson(one: Author, other: Author): boolean {
  return one.id === other.id && one.kind !== 'bridge';
}
