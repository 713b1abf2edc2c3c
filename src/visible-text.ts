/**
 * Text from GitHub and from askers as it may be shown: without what cannot be seen, cut between graphemes. Markup is
 * escaped by each platform, after this.
 */

/**
 * What could hide or reorder text: controls, bidi overrides and isolates, zero-width and tag characters. Not line ends
 * and tabs, not the selectors and joiners that emoji and some scripts are written with.
 */
const UNSEEN =
  /[[\p{Cc}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\uFFF9-\uFFFB]--[\n\t\uFE0E\uFE0F\u200C\u200D]]/gv;
/** Joiners that join nothing. */
const IDLE_JOINER =
  /(?<!\uFE0F|[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{M}])\u200D|\u200D(?![\p{Extended_Pictographic}\p{L}])|(?<!\p{M}|\p{L})\u200C/gu;

/** The text without characters that cannot be seen, lone surrogates replaced, line ends as `\n`. */
export function visibleText(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?|\u2028|\u2029/g, '\n')
    .replace(UNSEEN, '')
    .replace(IDLE_JOINER, '');
}

/** The same on one line: for titles. */
export function visibleLine(text: string): string {
  return visibleText(text).replace(/\s+/g, ' ').trim();
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * Two UTF-16 units of which the second surely begins a grapheme: ASCII behind anything but the few characters that join
 * what follows them (half a pair may be one), or two of Chinese and Japanese.
 */
const APART =
  /[^\u0600-\u0605\u06DD\u070F\u0890\u0891\u08E2\u0D4E\uDC00-\uDFFF][ -~]|[\u3041-\u3096\u30A1-\u30FA\u4E00-\u9FFF]{2}/;

/** The last border between graphemes at or before `limit`, in UTF-16 units; 0 when the first grapheme is longer. */
export function graphemeBorder(text: string, limit: number): number {
  if (text.length <= limit) return text.length;
  // Segmenting is slow (10 µs a grapheme): start near the end, between two characters that never belong together.
  let start = Math.max(0, limit - 100);
  while (start > 0 && !APART.test(text.slice(start - 1, start + 1))) start--;
  let end = start;
  // A grapheme is at most a few dozen units; looking a little past the limit is enough to find its border.
  for (const { index, segment } of graphemes.segment(text.slice(start, limit + 64))) {
    if (start + index + segment.length > limit) break;
    end = start + index + segment.length;
  }
  return end;
}

/**
 * The start of a text, at most `limit` UTF-16 units, cut between graphemes (at a word's end where one is near), with
 * an ellipsis when something was cut.
 */
export function excerpt(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const end = graphemeBorder(text, limit - 1);
  const cut = text.slice(0, end);
  const space = cut.search(/\s\S*$/);
  return `${(space > 0.8 * end ? cut.slice(0, space) : cut).trimEnd()}…`;
}

/** The text without blank lines at its ends and with at most one blank line in a row. */
export function tidy(text: string): string {
  return (
    text
      // The look-behind keeps a long run of blanks linear: without it, 60 kB of them take seconds.
      .replace(/(?<![ \t])[ \t]+$/gm, '')
      .replace(/\n{3,}/g, '\n\n')
      .replace(/^\n+|\n+$/g, '')
  );
}
