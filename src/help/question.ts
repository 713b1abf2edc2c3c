/** Where questions begin, also without a question mark. */
const ASKING =
  /(?:^|[.!?:,;\n]\s*|\b(?:and|but|so|or|also|then|hi|hello|hey)[,!]?\s+)(?:how|what|why|where|when|which|who|whose|can|could|is|are|was|does|do|did|should|would|will|has|have|any(?:one|body)?|may|might|am i|please)\b/i;
/** What people write who need help. */
const TROUBLE =
  /\b(?:error|exception|traceback|fails?|failed|failing|crash(?:es|ed|ing)?|stuck|broken|cannot|can'?t|won'?t|(?:does|is|do|did|was)\s?n[o']?t|not working|no idea|wonder(?:ing)?|need help|help me|trying to|want to|how to|looking for|any (?:way|idea|hint|advice))\b/i;
const COURTESY =
  /^(?:(?:many\s+)?thanks?(?:\s+(?:you|so much|a lot|a ton|again|very much))*|thank\s?you|thx|ty|cheers|ok(?:ay)?|got it|great|nice|cool|perfect|awesome|never\s?mind|solved(?: it)?|it works?(?: now)?|works?(?: now)?|that (?:helped|worked|did it|works?)|will (?:do|try)|hi|hello|hey|good (?:morning|evening|day)|welcome|yes|no|yep|nope|lol|\W)+(?:[\s,.!]+\w+)?[\s.!)]*$/i;

/** Whether a message asks something: not a greeting, thanks, code alone, or talk. */
export function asksSomething(text: string): boolean {
  const words = proseOf(text);
  if (!/\p{L}{2}/u.test(words) || isCourtesy(words)) return false;
  return /[?？؟]/.test(words) || ASKING.test(words) || TROUBLE.test(words);
}

/** Thanks, a greeting, "it works now": nothing to answer, however it is addressed. */
export function isCourtesy(text: string): boolean {
  const words = proseOf(text);
  return words.length < 120 && !/[?？؟]/.test(words) && COURTESY.test(words);
}

/** Without code, quotes and addresses. */
function proseOf(text: string): string {
  return text
    .replace(/```[\s\S]*?(?:```|$)/g, ' ')
    .replace(/`[^`\n]*`/g, ' ')
    .replace(/^>.*$/gm, ' ')
    .replace(/https?:\/\/\S+/g, ' ')
    .trim();
}
