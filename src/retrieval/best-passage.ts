import { questionWords } from './question-words.ts';
import { tokenizeWords } from './tokenize-words.ts';

/** So much of a comment is seen anyway when it is shown from its start. */
const SEEN_ANYWAY = 400;
/** Further on nobody looks, and reading it would take time. */
const MOST_READ = 20_000;
/** One word in common is chance. */
const FEWEST_WORDS = 2;

/**
 * Where the part of a comment begins that has most of the question's words: 0, or the start of a paragraph or code block
 * further down that has more of them than what is seen from the start. Lines that quote somebody do not count.
 */
export function bestPassage(comment: string, question: string): number {
  if (comment.length <= SEEN_ANYWAY) return 0;
  const wanted = questionWords(question);
  if (wanted.size < FEWEST_WORDS) return 0;
  const wordsIn = (text: string) => new Set(tokenizeWords(text).filter((word) => wanted.has(word))).size;
  const seen = wordsIn(withoutQuotes(comment.slice(0, SEEN_ANYWAY)));
  let best = { start: 0, words: Math.max(seen, FEWEST_WORDS - 1) };
  for (const { start, text } of blocksOf(comment.slice(0, MOST_READ))) {
    if (start < SEEN_ANYWAY / 2) continue;
    const words = wordsIn(withoutQuotes(text));
    if (words > best.words) best = { start, words };
  }
  return best.start;
}

type Block = { readonly start: number; readonly text: string };

/** Paragraphs; a fenced block is one, whatever blank lines it has. */
function blocksOf(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let start = 0;
  let place = 0;
  let fence: string | undefined;
  const end = () => {
    if (text.slice(start, place).trim()) blocks.push({ start, text: text.slice(start, place) });
    start = place;
  };
  for (const line of text.split(/(?<=\n)/)) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence === undefined && mark) {
      end();
      fence = mark.slice(0, 3);
    } else if (fence !== undefined && mark?.startsWith(fence)) {
      fence = undefined;
      place += line.length;
      end();
      continue;
    } else if (fence === undefined && line.trim() === '') {
      place += line.length;
      end();
      continue;
    }
    place += line.length;
  }
  end();
  return blocks;
}

function withoutQuotes(text: string): string {
  return text.replace(/^ {0,3}>.*$/gm, '');
}
