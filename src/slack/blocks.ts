import type { types } from '@slack/bolt';
import { type BoldPart, type BoldWords, NO_BOLD } from '../bold-words.ts';
import { blocksOf, spansOf } from '../comment-code.ts';

/**
 * The parts that messages and modals are made of. Text from GitHub and from people stands in `rich_text` elements and
 * `plain_text`, which Slack does not parse: nothing in it pings, links or formats.
 */
export type Block = types.KnownBlock;
type Inline = types.RichTextElement;
type RichTextPart = types.RichTextBlock['elements'][number];

export function plain(text: string, style?: { readonly bold: true } | { readonly code: true }): types.RichTextText {
  return { type: 'text', text, ...(style && { style }) };
}

export function richText(...elements: readonly Inline[]): types.RichTextBlock {
  return { type: 'rich_text', elements: [section(...elements)] };
}

export function section(...elements: readonly Inline[]): types.RichTextSection {
  return { type: 'rich_text_section', elements: [...elements] };
}

/** A comment as a quote, its code as code, the first `mostBold` of the words that `bold` marks in bold. */
export function quoteElements(comment: string, bold: BoldWords = NO_BOLD, mostBold = 0): readonly RichTextPart[] {
  const blocks = blocksOf(comment);
  if (blocks.length === 0) return [quote(plain(comment || '(empty)'))];
  let room = mostBold;
  const marked: BoldWords = (text) => {
    if (room === 0) return NO_BOLD(text);
    const parts = bold(text);
    const end = placeAfter(parts, room);
    room -= parts.slice(0, end).filter((part) => part.bold).length;
    const rest = parts.slice(end).map((part) => part.text);
    return rest.length > 0 ? [...parts.slice(0, end), { text: rest.join(''), bold: false }] : parts;
  };
  return blocks.map(({ kind, text }) =>
    kind === 'code' ? preformatted(text) : quote(...inlineElements(text, marked)),
  );
}

/** Where the part behind the first `count` bold ones stands. */
function placeAfter(parts: readonly BoldPart[], count: number): number {
  let left = count;
  const last = parts.findIndex((part) => part.bold && --left === 0);
  return last < 0 ? parts.length : last + 1;
}

export function inlineElements(text: string, bold: BoldWords = NO_BOLD): readonly Inline[] {
  return spansOf(text).flatMap((span) =>
    span.kind === 'code'
      ? plain(span.text, { code: true })
      : bold(span.text).map((part) => plain(part.text, part.bold ? { bold: true } : undefined)),
  );
}

export function quote(...elements: readonly Inline[]): types.RichTextQuote {
  return { type: 'rich_text_quote', elements: [...elements] };
}

export function preformatted(text: string): types.RichTextPreformatted {
  return { type: 'rich_text_preformatted', elements: [plain(text)] };
}

export function context(text: string): types.ContextBlock {
  return { type: 'context', elements: [plainText(text)] };
}

/** Without `:emoji:`. */
export function plainText(text: string): types.PlainTextElement {
  return { type: 'plain_text', text, emoji: false };
}

export function modal(title: string, blocks: readonly Block[], more: Partial<types.ModalView> = {}): types.ModalView {
  return { type: 'modal', title: plainText(title), close: plainText('Close'), blocks: [...blocks], ...more };
}
