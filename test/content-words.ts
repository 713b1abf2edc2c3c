/** Words that carry no content: articles, pronouns, auxiliaries, question words and their like. */
const STOP_WORDS = new Set(
  `a about after again against all also although am an and any are as at be because been before being between both
  but by can could did do does doesn don down during each every few for from further gave get give given gives had has
  have he her here his how i if in into is it its itself just let like ll may me might more most must my no nor not of
  off on once one ones only or other our out over own same she should so some such than that the their them then there
  these they this those through to too under until up upon us use ve very was we were what when where whether which
  while who whose why will with within without won would you your`.split(/\s+/),
);

/** What a text speaks of: its words without the above, without the endings of plurals and verbs. */
export function contentWords(text: string): ReadonlySet<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return new Set(words.filter((word) => word.length > 1 && !STOP_WORDS.has(word)).map(stemOf));
}

function stemOf(word: string): string {
  const ending = ['ing', 'ed', 'es', 's', 'ly'].find((end) => word.endsWith(end) && word.length - end.length >= 3);
  return ending ? word.slice(0, -ending.length) : word;
}
