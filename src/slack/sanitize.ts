import { excerpt, visibleText } from '../visible-text.ts';

/** For a field that Slack parses (the `text` beside blocks): with these three escaped, no token in it is live. */
export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** The escaped start of a text, at most `limit` characters *after* escaping, never cut inside an entity. */
export function escapedExcerpt(text: string, limit: number): string {
  const head = text.slice(0, limit + 1);
  if (escapeText(head).length <= limit) return escapeText(head);
  let length = 0;
  for (let room = limit - 1; length < head.length; length++) {
    room -= escapeText(head.charAt(length)).length;
    if (room < 0) break;
  }
  return escapeText(excerpt(head, Math.min(length + 1, head.length - 1)));
}

/** Slack writes emoji as their names: `:wave::skin-tone-2:`. */
const ONLY_EMOJI = /^(?:\s*:[\w+'-]+:)+\s*$/;

/** Nothing where there are emoji alone, whose names would pass for words. */
export function withoutEmojiAlone(text: string): string {
  return ONLY_EMOJI.test(text) ? '' : text;
}

/**
 * What a person typed, as plain text: Slack's tokens become the words that they show, the bot's own mention goes,
 * entities are decoded; emoji alone are nothing.
 */
export function typedText(text: string, botUserId: string): string {
  const words = visibleText(text)
    .replace(/<@([UW][A-Z0-9]+)(?:\|([^<>]*))?>/g, (_token, id: string, name?: string) =>
      id !== botUserId && name ? `@${name}` : '',
    )
    .replace(/<#[A-Z0-9]+(?:\|([^<>]*))?>/g, (_token, name?: string) => (name ? `#${name}` : ''))
    .replace(/<!(?:subteam|date)[^<>|]*(?:\|([^<>]*))?>/g, (_token, label?: string) => label ?? '')
    .replace(/<!(?:here|channel|everyone)(?:\|[^<>]*)?>/g, '')
    .replace(/<((?:https?|mailto):[^<>|\s]+)(?:\|([^<>]*))?>/g, (_token, url: string, label?: string) => label || url)
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replace(/[ \t]{2,}/g, ' ')
    .trim();
  return withoutEmojiAlone(words);
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The text in parts of at most `limit` UTF-16 units, cut at a line's end or between words where one is near. */
export function split(text: string, limit: number): readonly string[] {
  const parts: string[] = [];
  let rest = text;
  while (rest.length > limit) {
    const end = cutPoint(rest, limit);
    parts.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  if (rest) parts.push(rest);
  return parts;
}

function cutPoint(text: string, limit: number): number {
  const head = text.slice(0, limit);
  const line = head.lastIndexOf('\n') + 1;
  if (line > 0.6 * limit) return line;
  const word = head.lastIndexOf(' ') + 1;
  if (word > 0.8 * limit) return word;
  // A "grapheme" of a thousand combining marks has no border within the limit: then between code points.
  const border = graphemes.segment(text.slice(0, limit + 64)).containing(limit)?.index ?? limit;
  if (border > limit / 2) return border;
  return /[\uDC00-\uDFFF]/.test(text.charAt(limit)) ? limit - 1 : limit;
}
