import type { types } from '@slack/bolt';
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

/** A comment as a quote, its code as code. */
export function quoteElements(comment: string): readonly RichTextPart[] {
  const blocks = blocksOf(comment);
  if (blocks.length === 0) return [quote(plain(comment || '(empty)'))];
  return blocks.map(({ kind, text }) => (kind === 'code' ? preformatted(text) : quote(...inlineElements(text))));
}

export function inlineElements(text: string): readonly Inline[] {
  return spansOf(text).map((span) => plain(span.text, span.kind === 'code' ? { code: true } : undefined));
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
