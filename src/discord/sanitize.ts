import { type BoldWords, NO_BOLD } from '../bold-words.ts';
import { blocksOf, spansOf } from '../comment-code.ts';
import { excerpt, tidy, visibleLine, visibleText } from '../visible-text.ts';

/**
 * Text from GitHub and from the asker, made inert for Discord: it shows what was written, and nothing in it pings,
 * hides a link, unfurls, or formats beyond its quote. discord.js's `escapeMarkdown` leaves headings, quotes, masked
 * links, mentions and invites as they are, so nothing of it is used here.
 */

/** One line of a comment; `code` lines stood in a fenced block, whose fences are gone. */
export type Line = { readonly kind: 'text' | 'code'; readonly text: string; readonly language: string };

/** The lines of a comment, without what cannot be seen, and which of them are code. */
export function readLines(comment: string): readonly Line[] {
  return blocksOf(tidy(visibleText(comment))).flatMap(({ kind, text, language }) =>
    text.split('\n').map((line) => ({ kind, text: line, language })),
  );
}

/** An address as it stands in prose. */
const ADDRESS = /https?:\/\/[^\s<>()[\]{}"'`|\\^*]+/gi;

/**
 * One line of untrusted text: inert markup, whole addresses still to be followed, inline code still code; what `bold`
 * marks in bold.
 */
export function escapeLine(line: string, bold: BoldWords = NO_BOLD): string {
  const text = visibleText(line).replace(/\s/g, ' ');
  // Blank code shows as a blank: without it, two bold words would run together, stars and all.
  const shown = spansOf(text).map((span) =>
    span.kind === 'code' ? codeSpan(span.text) || ' ' : escapeText(span.text, bold),
  );
  return escapeStart(shown.join(''));
}

const MESSAGE_LINK = /https:\/\/discord\.com\/channels\/(?:@me|\d+)\/\d+(?:\/\d+)?/g;

/** One line of our own words, in which untrusted ones may stand: the same, but links to messages and channels lead there. */
export function escapeOurs(line: string): string {
  const parts = line.split(MESSAGE_LINK);
  const links = line.match(MESSAGE_LINK) ?? [];
  return parts.map((part, index) => `${escapeLine(part)}${links[index] ?? ''}`).join('');
}

/** What is bold holds letters, digits and what joins them, so between its stars nothing is that could end it. */
function escapeText(text: string, bold: BoldWords): string {
  return bold(text)
    .map((part) => (part.bold ? `**${escapeProse(part.text)}**` : escapeAddresses(part.text)))
    .join('');
}

function escapeAddresses(text: string): string {
  let escaped = '';
  let end = 0;
  for (const { 0: address, index } of text.matchAll(ADDRESS)) {
    escaped += escapeProse(text.slice(end, index)) + showAddress(address);
    end = index + address.length;
  }
  return escaped + escapeProse(text.slice(end));
}

function escapeProse(text: string): string {
  return disarm(text).replace(/[\\*_~|`[\]<]/g, '\\$&');
}

/** Headings, subtext, lists and quotes begin a line. */
function escapeStart(line: string): string {
  return line.replace(/^(\s*)([#+>-])/, '$1\\$2').replace(/^(\s*\d+)([.)])/, '$1\\$2');
}

/** Mass mentions and invites, which Discord finds in plain text and shows as more than text. */
function disarm(text: string): string {
  return text
    .replace(/@(?=everyone|here)/gi, '\uFF20')
    .replace(/(discord(?:app)?)\.(?=(?:gg|gift|new)\b|com\/(?:invite|template|gifts|events|channels)\b)/gi, '$1(.)');
}

/** In angle brackets an address ends where it ends and has no preview. */
function showAddress(found: string): string {
  const address = found.replace(/[.,:;!?_~]+$/, '');
  const rest = escapeProse(found.slice(address.length));
  const honest = URL.canParse(address) && new URL(address).username === '' && disarm(address) === address;
  return (honest ? `<${address}>` : escapeProse(address).replace('//', '\\/\\/')) + rest;
}

/** One line of code as inline code. */
export function codeSpan(line: string): string {
  const code = visibleText(line).replace(/\s+$/g, '').replace(/`/g, '\u02CB');
  return code.trim() === '' ? '' : `\`${code}\``;
}

/** A line of a fenced block, which must not end the block. */
export function codeLine(line: string): string {
  return line.replace(/`{3,}/g, (ticks) => '\u02CB'.repeat(ticks.length));
}

const EMOJI = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\p{Emoji_Modifier}|\uFE0E|\uFE0F|\u200D|\u20E3/gu;
const LABEL_CHARACTERS: Readonly<Record<string, string>> = {
  '[': '(',
  ']': ')',
  '<': '\u2039',
  '>': '\u203A',
  '`': "'",
  '*': '\u2217',
  '~': '\u223C',
  '|': '\u2223',
  '\\': '\uFF3C',
};

/**
 * Untrusted text as the visible part of a link that we built. There Discord shows escapes as they stand, gives up on
 * a label with an address or (in places) an emoji in it, and still formats: so what is markup is written with
 * look-alikes, and addresses lose their scheme. Empty when nothing is left.
 */
export function linkLabel(text: string, limit: number): string {
  const label = visibleLine(text)
    .replace(EMOJI, '')
    .replace(/https?:\/\//gi, '')
    .replaceAll('://', ':\u2044\u2044')
    .replace(/[[\]<>`*~|\\]/g, (character) => LABEL_CHARACTERS[character] ?? '')
    // An underscore formats only at the border of a word or doubled.
    .replace(/(?<![\p{L}\p{N}])_+|_+(?![\p{L}\p{N}])|__+/gu, (run) => '\uFF3F'.repeat(run.length))
    .replace(/\s+/g, ' ')
    .trim();
  return excerpt(disarm(label), limit);
}

/** Untrusted text where Discord reads no markup: thread names, choices of a select. */
export function plainLine(text: string, limit: number): string {
  return excerpt(disarm(visibleLine(text)), limit).trim();
}

/** The longest start of `text` that takes at most `limit` units once escaped; cut before it is escaped. */
export function fitEscaped(text: string, limit: number, disarmed: (text: string) => string): string {
  let room = limit;
  let escaped = disarmed(excerpt(text, room));
  while (escaped.length > limit && room > 1) {
    room = Math.max(1, Math.min(room - 1, Math.floor((room * limit) / escaped.length)));
    escaped = disarmed(excerpt(text, room));
  }
  return escaped.length <= limit ? escaped : '';
}

export type QuoteOptions = {
  /** Of the quote, in units, with all markup. */
  readonly limit: number;
  readonly maxLines: number;
  readonly bold?: BoldWords;
};

/** The start of a comment as a quote, code lines as inline code, the words that `bold` marks in bold. */
export function quoteExcerpt(comment: string, { limit, maxLines, bold = NO_BOLD }: QuoteOptions): string {
  const lines = readLines(comment).filter((line) => line.text.trim() !== '');
  const quoted: string[] = [];
  let room = limit;
  for (const [index, line] of lines.entries()) {
    const show = line.kind === 'code' ? codeSpan : (text: string) => escapeLine(text, bold);
    const cutHere = quoted.length === maxLines - 1 && index < lines.length - 1;
    const full = `> ${show(line.text.trimEnd())}${cutHere ? ' …' : ''}`;
    // Two units for "> ", two for " …" on the line that may turn out to be the last.
    const fitted = full.length <= room ? full : `> ${fitEscaped(line.text.trimEnd(), room - 4, show)}`;
    if (fitted.length <= 2 || fitted.length > room) break;
    quoted.push(fitted);
    room -= fitted.length + 1;
    if (cutHere || fitted !== full) break;
  }
  return quoted.join('\n');
}
