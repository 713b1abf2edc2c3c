import { type BoldWords, NO_BOLD } from '../bold-words.ts';
import { blocksOf, spansOf } from '../comment-code.ts';
import { tidy, visibleText } from '../visible-text.ts';
import { type Html, html } from './html.ts';

/**
 * A comment as HTML: paragraphs, fenced code and inline code; all other Markdown stays as it was written. The text is
 * untrusted and comes out inert. What `bold` marks of it stands in bold.
 */
export function renderComment(comment: string, bold: BoldWords = NO_BOLD): readonly Html[] {
  const text = tidy(visibleText(comment));
  const blocks = blocksOf(text).flatMap(({ kind, text: content }) =>
    kind === 'code' ? [html`<pre><code>${content}</code></pre>`] : paragraphs(content, bold),
  );
  // Nothing but a fence: better its marks than nothing at all.
  return blocks.length > 0 ? blocks : [html`<p>${text}</p>`];
}

/** Whether a comment is so long that the page folds it: about fourteen lines. */
export function isLong(comment: string): boolean {
  const lines = tidy(visibleText(comment)).split('\n');
  return lines.reduce((count, line) => count + Math.max(1, Math.ceil(line.length / 85)), 0) > 14;
}

function paragraphs(text: string, bold: BoldWords): readonly Html[] {
  return text.split(/\n{2,}/).map((paragraph) => html`<p>${inline(paragraph, bold)}</p>`);
}

function inline(text: string, bold: BoldWords): readonly Html[] {
  return spansOf(text).flatMap((span) =>
    span.kind === 'code'
      ? html`<code>${span.text}</code>`
      : bold(span.text).map((part) => (part.bold ? html`<strong>${part.text}</strong>` : html`${part.text}`)),
  );
}
