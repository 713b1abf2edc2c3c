import type { Embedder } from '../embedding/embedder.ts';

/** What the asker should know of how the model took the question, one sentence each. */
export async function questionNotes(embedder: Embedder, question: string): Promise<string[]> {
  const notes: string[] = [];
  // A token is at least one character, so a short question cannot be cut.
  if (question.length > embedder.identity.maxTokens - 2 && (await embedder.truncates(question))) {
    notes.push(
      `The question is longer than the model reads: only its first ${embedder.identity.maxTokens} tokens counted.`,
    );
  }
  if (isMainlyNotLatin(question) && isEnglishModel(embedder.identity.model)) {
    notes.push('The model knows mainly English: an English question may find more.');
  }
  return notes;
}

function isEnglishModel(model: string): boolean {
  return !/multilingual|xlm|bge-m3|labse|gte-multi/i.test(model);
}

function isMainlyNotLatin(text: string): boolean {
  const letters = text.match(/\p{L}/gu) ?? [];
  const latin = letters.filter((letter) => /\p{Script=Latin}/u.test(letter));
  return letters.length > 0 && latin.length < letters.length / 2;
}
