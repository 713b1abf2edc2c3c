import type { Embedder } from '../embedding/embedder.ts';
import { isCodeAlone, isOtherLanguage } from './question-kind.ts';

/** What the asker should know of how the model took the question, one sentence each. */
export async function questionNotes(embedder: Embedder, question: string): Promise<string[]> {
  const notes: string[] = [];
  // A token is at least one character, so a short question cannot be cut.
  if (question.length > embedder.identity.maxTokens - 2 && (await embedder.truncates(question))) {
    notes.push(
      `The question is longer than the model reads: only its first ${embedder.identity.maxTokens} tokens counted.`,
    );
  }
  if (isOtherLanguage(question) && isEnglishModel(embedder.identity.model)) {
    notes.push('The model knows mainly English: an English question may find more.');
  } else if (isCodeAlone(question)) notes.push('That is code alone: a question in words may find more.');
  return notes;
}

function isEnglishModel(model: string): boolean {
  return !/multilingual|xlm|bge-m3|labse|gte-multi/i.test(model);
}
