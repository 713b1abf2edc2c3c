import { graphemeBorder } from '../visible-text.ts';
import { codeLine, escapeLine, type Line, readLines } from './sanitize.ts';

/**
 * A whole comment as pages of at most `limit` units, counted after escaping; at least one. A code block that goes on
 * over a page's end is closed there and opened again on the next.
 */
export function paginate(comment: string, limit: number): readonly string[] {
  const pages: string[] = [];
  let page: string[] = [];
  let length = 0;
  let fence: string | undefined;

  const push = (line: string) => {
    page.push(line);
    length += line.length + 1;
  };
  const closeFence = () => {
    if (fence !== undefined) push('```');
    fence = undefined;
  };
  const turnPage = () => {
    closeFence();
    const text = page.join('\n').trim();
    if (text) pages.push(text);
    page = [];
    length = 0;
  };
  const enter = (line: Line) => {
    const wanted = line.kind === 'code' ? line.language : undefined;
    if (wanted === fence) return;
    closeFence();
    if (wanted !== undefined) push(`\`\`\`${wanted}`);
    fence = wanted;
  };

  for (const line of readLines(comment)) {
    const show = line.kind === 'code' ? codeLine : escapeLine;
    // Room for a fence before and after: "```" with its language, "```", and a line end each.
    for (const piece of pieces(line.text, limit - 40, show)) {
      if (length + piece.length + 40 > limit) turnPage();
      enter(line);
      push(piece);
    }
  }
  turnPage();
  return pages.length > 0 ? pages : ['The comment is empty.'];
}

/** A line as one piece, or as several when it is longer than a page. */
function pieces(text: string, limit: number, show: (text: string) => string): readonly string[] {
  const found: string[] = [];
  let rest = text;
  do {
    let room = Math.min(limit, rest.length);
    let shown = show(start(rest, room));
    while (shown.length > limit) {
      room = Math.min(room - 1, Math.floor((room * limit) / shown.length));
      shown = show(start(rest, room));
    }
    found.push(shown);
    rest = rest.slice(start(rest, room).length);
  } while (rest.length > 0);
  return found;
}

/** The first `length` units or fewer, cut between words or graphemes; inside a grapheme only when it alone is longer. */
function start(text: string, length: number): string {
  if (text.length <= length) return text;
  const end = graphemeBorder(text, length);
  if (end === 0) return text.slice(0, Math.max(1, length)).replace(/[\uD800-\uDBFF]$/, '') || text.slice(0, 2);
  const space = text.lastIndexOf(' ', end);
  return text.slice(0, space > 0.8 * end ? space : end);
}
