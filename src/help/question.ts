/**
 * Whether somebody who was not asked should take a message for a question. English first; a question mark counts in
 * every language. The floors that it holds are in its test.
 */

/** Words a question opens with, where it stands without a question mark. */
const OPENS =
  /^(?:(?:how|what|where|which|why|who|when)(?:'s)? (?:do|does|did|can|could|is|are|was|were|should|would|will|has|have|to|come|the (?:right|best|proper|correct))\b|(?:is|are|was|can|could|does|do|did|should|would|will|has|have|may|might) (?:i|we|it|there|this|that|the|my|they|any\w*|some\w*|one)\b)/i;
/** Asking in the middle of a sentence. */
const ASKS =
  /\b(?:any(?:one|body) (?:else |here )*(?:know|have|has|had|got|able|seen|tried|using|explain|help)|(?:can|could|would|is|does|has|do) (?:some|any)(?:one|body)|(?:if|when) somebody could|wonder(?:ing|ed)? (?:if|what|how|why|whether|where|which)|i(?:'d| would) (?:like|love) to know|no idea (?:what|how|why|where)|not sure (?:if|how|what|why|whether|which|where)|tell me (?:\w+ )?(?:how|what|where|why|if|which)|how (?:do|can|could|should|would) (?:i|we|one)|where (?:do|can|could|should) (?:i|we|one)|(?:is|are) there (?:a|an|any|some) |any (?:tips?|ideas?|hints?|advice|suggestions?|pointers?|workarounds?)|(?:need|please) (?:some |your )?(?:help|advice)|(?:looking|searching) for (?:a|an|some|the) (?:way|tool|method|example|docs?)|don'?t (?:understand|know|get) (?:how|why|what|where|which)|can'?t (?:figure out|find|get|seem|make|manage))\b|^help\b/i;
/** What goes wrong, as who needs help tells of it. */
const TROUBLE =
  /\b(?:errors?|exceptions?|traceback|\w*(?:error|exception)|fails?|failing|crash(?:es|ing)?|hangs?|stuck|broken|throws?|refused|cannot|can'?t|won'?t|(?:does|is|do|did) ?n[o']?t|(?:does|is|do|did) not|returns (?:nothing|none|null|empty)|nothing happens|stopped working|never (?:\w+s|comes?|arrives?|ends?)|command not found|no matching|keeps? (?:getting|\w+ing)|out of memory|4\d\ds?|50\d|but (?:my|the|it) \w+ (?:says|says?|complains|expects))\b/i;
/** Whose trouble it is: the writer's. A report of somebody else's opens with what happens. */
const OWN =
  /\b(?:i|i'm|i've|my|me|we|our|(?:every|any) ?time|trying|getting|after (?:updating|upgrading|installing)|been at)\b|^(?:pip|npm|it|the (?:\w+ ){1,3}?(?:returns?|gives?|fails?|crashes|hangs?|throws?)|cannot|can'?t|search|help)\b/i;
/** What whoever explains, announces or reports a happy end says. */
const ANSWERS =
  /\b(?:you (?:need|can|have to|must|should|could|might|don'?t need)|(?:that|this|it|the error|the message|which)(?:'s| is| was| comes| happens| means)? (?:because|from|when|fixed|expected|misleading|really means)|(?:fixed|solved|resolved) (?:it|that|this|in|last|by|for)|please (?:do not|don'?t|upgrade|update|use|review|note)|(?:update|upgrade) to|try (?:to|setting|deleting|with)|found (?:it|the (?:problem|issue|bug|cause)|out)|turns out|never ?mind|i (?:pushed|wrote|want to thank|finally|am closing|would ask)|we (?:will|just|released)|i'?ll |will (?:try|have a look)|can'?t wait|doesn'?t matter|don'?t think|expect some|(?:re)?installing (?:it )?fixed|here is|see (?:chapter|https?|below)|does nothing|is described|thanks for)\b|(?:^|[.!] )(?:ask|create|move|remove|reinstall|see) (?:your|one|it|them|the)\b/i;
/** Asked back by who helps, or talk between people: it asks for what only the other person knows. */
const TO_SOMEBODY =
  /\b(?:(?:can|could|would|will) you (?:\w+ )?(?:share|post|send|show|paste|open|check|confirm|try|provide|give|upload|run|attach|elaborate|review|look|add|make|file)|(?:have|did|are|were) you|(?:what|which|where|how|who)(?: \w+){0,3} (?:are|did|have|were) you(?! (?:supposed|meant|able))|you (?:all|guys)|what does .{0,60} (?:print|say|show|output|give) (?:for you)?|what do you (?:get|see|think|mean)|(?:do|does) (?:that|this|it) (?:make sense|help|work for you|answer)|(?:did|has) (?:that|this|it) (?:help|work|fix|solve)\w*(?: (?:for you|it))?\W*$|your (?:config|code|version|setup|os|output|logs?))\b/i;
/** "You" as everybody: a question all the same. */
const TO_ANYBODY =
  /\b(?:(?:do|would|can|could) you (?:guys |all |please )?(?:know|tell|explain|help|recommend|point|suggest)|(?:how|where|when|why) (?:do|would|can|should|could) you\b)/i;
const GREETING = /^(?:(?:hi|hello|hey|sorry|so|and|but|ok|quick question|please|folks|all|everyone)\b[\s,!:.-]*)+/i;
const SMALL_TALK =
  /^(?:[^\p{L}\p{N}]|hi|hey|hello|so|and|but|wow|lol|haha|really|seriously|right|huh|what|why|why not|no|yes|how are (?:you|things)|how'?s (?:it going|everyone|life)|what'?s up|who(?:'s| is) (?:up|in) for.*|how (?:cool|great|nice|funny|awesome) is (?:that|this)|why am i like this|makes? sense|isn'?t it|remember when.*)+$/iu;
const COURTESY =
  /^(?:(?:many\s+)?thanks?(?:\s+(?:you|so much|a lot|a ton|again|very much))*|thank\s?you|thx|ty|cheers|ok(?:ay)?|got it|great|nice|cool|perfect|awesome|never\s?mind|solved(?: it)?|it works?(?: now)?|works?(?: now)?|that (?:helped|worked|did it|works?)|will (?:do|try)|hi|hello|hey|good (?:morning|evening|day)|welcome|yes|no|yep|nope|lol|gracias|danke|merci(?: beaucoup)?|谢谢|[^\p{L}\p{N}])+(?:[\s,.!]+\w+)?[\s.!)]*$/iu;

/** All that somebody says who greets, thanks, tries the bot out or calls for help. */
const GREETS =
  /^(?:(?:hi|hello|hey|hiya|howdy|yo|hola|hallo|salut|bonjour|ciao|你好|こんにちは|안녕하세요|привет|good (?:morning|afternoon|evening|day)|greetings|(?:many )?thanks?(?: you)?(?: (?:so|very) much| a lot)?|thx|ty|cheers|danke|merci|gracias|谢谢|there|all|bot|precedent|everyone|everybody|folks|please|help(?: me)?|test(?:ing)?|ping|how are (?:you|things)|what'?s up|are you there|how'?s it going|how do (?:you|i) (?:work|use (?:you|this|it))|what (?:can|do) you do|who are you)(?![\p{L}\p{N}])|[^\p{L}\p{N}])+$/iu;

/** Of longer texts the beginning and the end are read: there people ask. */
const READ_CHARS = 3_000;
/** A shorter question says too little alone: "any ideas?". */
const MIN_QUESTION_WORDS = 3;
const MIN_MESSAGE_WORDS = 7;

/** Whether a message asks something: not a greeting, thanks, code alone, a statement, or talk between people. */
export function asksSomething(text: string): boolean {
  const words = proseOf(text);
  if (!/\p{L}{2}/u.test(words) || isCourtesyProse(words)) return false;
  const sentences = sentencesOf(words);
  if (/\b(?:never ?mind|found it|figured it out|solved it|turns out)\b/i.test(words)) return false;
  const asked = sentences.filter((sentence) => /[?？؟]$/.test(sentence));
  if (asked.length > 0) return asked.some((sentence) => isOpenQuestion(sentence, words));
  return sentences.some((sentence) => isUnmarkedQuestion(sentence)) || isOwnTrouble(words);
}

/** Thanks, a greeting, "it works now": nothing to answer, however it is addressed. */
export function isCourtesy(text: string): boolean {
  return isCourtesyProse(proseOf(text));
}

/** A greeting, thanks or a call for help and nothing else. Narrower than `isCourtesy`: who says more may mean a search. */
export function isGreeting(text: string): boolean {
  return text.length < 80 && /[\p{L}\p{N}]/u.test(text) && GREETS.test(text.replace(/[’‘]/g, "'").trim());
}

function isCourtesyProse(words: string): boolean {
  return words.length < 120 && !/[?？؟]/.test(words) && COURTESY.test(words);
}

function isOpenQuestion(sentence: string, message: string): boolean {
  if (sentence.length < 80 && SMALL_TALK.test(sentence)) return false;
  if (TO_SOMEBODY.test(sentence) && !TO_ANYBODY.test(sentence)) return false;
  if (/[^\p{Script=Latin}\p{P}\p{N}\s]/u.test(sentence)) return true;
  return countWords(sentence) >= MIN_QUESTION_WORDS || countWords(message) >= MIN_MESSAGE_WORDS;
}

function isUnmarkedQuestion(sentence: string): boolean {
  const bare = withoutGreeting(sentence);
  if (countWords(bare) < MIN_QUESTION_WORDS || ANSWERS.test(bare)) return false;
  if (TO_SOMEBODY.test(bare) && !TO_ANYBODY.test(bare)) return false;
  return (OPENS.test(bare) && !/\w:\s/.test(bare)) || ASKS.test(bare);
}

function isOwnTrouble(message: string): boolean {
  if (countWords(message) < 5 || ANSWERS.test(message)) return false;
  return TROUBLE.test(message) && OWN.test(withoutGreeting(message));
}

function withoutGreeting(words: string): string {
  return words.replace(GREETING, '');
}

function sentencesOf(words: string): string[] {
  return words
    .split(/(?<=[.!?？؟。])\s+|\n+/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '');
}

function countWords(words: string): number {
  return words.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}

/** Without code, quotes and addresses; a piece of code within a sentence stays as a word. */
function proseOf(text: string): string {
  const prose = text
    .replace(/```[\s\S]*?(?:```|$)/g, '\n')
    .replace(/`[^`\n]*`/g, ' code ')
    .replace(/^>.*$/gm, ' ')
    .replace(/https?:\/\/\S+/g, ' ')
    .replace(/[’‘]/g, "'")
    .trim();
  const isLong = prose.length > 2 * READ_CHARS;
  const read = isLong ? `${prose.slice(0, READ_CHARS)}\n${prose.slice(-READ_CHARS)}` : prose;
  return /^[\s`]*(?:code[\s,.]*)+$/.test(read) && text.includes('`') ? '' : read;
}
