/** Function words of languages in Latin script that are no English words. */
const FOREIGN = new Set(
  // German, French, Spanish, Portuguese, Italian, Dutch, Polish
  `der das und ist nicht ich wie kann eine einen einem mit auf auch aus bei von zu werden wird ohne wenn warum welche muss
  le les une est dans avec que qui je puis nous sur pas sans faut du des aux pourquoi ce cette 
  el las una por para como cómo puedo qué está del se hay sin tengo ya al mi
  um uma não com posso você os 
  il che per sono della di perché gli
  het een niet ik hoe kan van voor zijn waarom
  jak nie czy się jest dlaczego mogę`.split(/\s+/),
);
const ENGLISH = new Set(
  'the a an is are was how to of for and with what which do does did can could should i my it on not no when why where there this that from after be have has we you'.split(
    ' ',
  ),
);
/** One may be a name, or a word of a message that is quoted. */
const FEWEST_FOREIGN = 2;

/** Whether a question is surely in another language than English: by its script, or by its small words. */
export function isOtherLanguage(question: string): boolean {
  const text = withoutCode(question);
  const letters = text.match(/\p{L}/gu) ?? [];
  const latin = letters.filter((letter) => /\p{Script=Latin}/u.test(letter));
  if (letters.length > 0 && latin.length < letters.length / 2) return true;
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  const foreign = new Set(words.filter((word) => FOREIGN.has(word))).size;
  return foreign >= FEWEST_FOREIGN && foreign > new Set(words.filter((word) => ENGLISH.has(word))).size;
}

/** Whether a question is code and nothing else, marked as such or by its looks. */
export function isCodeAlone(question: string): boolean {
  const prose = withoutCode(question);
  if (prose !== question && !/\p{L}{2}/u.test(prose)) return /\p{L}/u.test(question);
  if (question.includes('?')) return false;
  const pieces = question.trim().split(/\s+/);
  const code = pieces.filter((piece) => /[=_{}();$|\\]|^--?\w|^\.{1,2}\//.test(piece.replace(/[,.;:!?)]+$/, '')));
  return pieces.length > 1 && code.length > pieces.length / 2;
}

function withoutCode(text: string): string {
  return text.replace(/```[\s\S]*?(?:```|$)/g, ' ').replace(/`[^`\n]*`/g, ' ');
}
