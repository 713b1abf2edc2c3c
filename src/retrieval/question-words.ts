import { tokenizeWords } from './tokenize-words.ts';

/** The words of a question that say what it is about, as keyword search counts them: without those that every question has. */
export function questionWords(question: string): ReadonlySet<string> {
  return new Set(tokenizeWords(question).filter((word) => !COMMON.has(word)));
}

const COMMON = new Set(
  'a an and any are as at be by can do does for from get has have how i if in is it me my not of on or that the there this to use was what when where which why will with you your'.split(
    ' ',
  ),
);
