import { excerpt, visibleLine } from '../visible-text.ts';
import type { ChatMessage, Room } from './chat.ts';

/** What platforms take, and people still read in a list. */
const LONGEST = 90;

/** The first sentence of a question, as the name of its thread. Shown as plain text; mentions in it ping nobody. */
export function threadName(question: string | undefined): string {
  const line = visibleLine(question ?? '').replace(/^[#>*\-\s]+/, '');
  const [sentence = line] = /^.{15,}?[.?!。？！](?=\s|$)/.exec(line) ?? [];
  return excerpt(sentence, LONGEST) || 'Answers';
}

/** The thread, if it was opened for the message: one that the message stands in is somebody else's. */
export function openedFor({ ref }: ChatMessage, room: Room): Room | undefined {
  return ref.thread === undefined ? room : undefined;
}
