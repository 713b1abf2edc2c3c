import type { AnswerBook } from './answer-book.ts';

/**
 * What the bot remembers of chats, in a file of its own (`memory.sqlite`), beside what it knows. One part a subject; a
 * person is never in it but as a keyed hash, a question never as text.
 */
export interface Memory {
  readonly answers: AnswerBook;
  close(): Promise<void>;
}
