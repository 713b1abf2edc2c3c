/** A longer piece of a string keeps the whole string alive; its copy lets the document go. */
export function detached(word: string): string {
  return word.length < 13 ? word : Buffer.from(word, 'utf16le').toString('utf16le');
}
