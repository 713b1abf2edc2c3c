import { blocksOf, spansOf } from '../comment-code.ts';
import { tidy, visibleText } from '../reply-text.ts';
import { type Html, html } from './html.ts';

/**
 * A comment as HTML: paragraphs, fenced code and inline code; all other Markdown stays as it was written. The text is
 * untrusted and comes out inert.
 */
export function renderComment(comment: string): readonly Html[] {
  const text = tidy(visibleText(comment));
  const blocks = blocksOf(text).flatMap(({ kind, text: content }) =>
    kind === 'code' ? [html`<pre><code>${content}</code></pre>`] : paragraphs(content),
  );
  // Nothing but a fence: better its marks than nothing at all.
  return blocks.length > 0 ? blocks : [html`<p>${text}</p>`];
}

/** Whether a comment is so long that the page folds it: about fourteen lines. */
export function isLong(comment: string): boolean {
  const lines = tidy(visibleText(comment)).split('\n');
  return lines.reduce((count, line) => count + Math.max(1, Math.ceil(line.length / 85)), 0) > 14;
}

function paragraphs(text: string): readonly Html[] {
  return text.split(/\n{2,}/).map((paragraph) => html`<p>${inlineCode(paragraph)}</p>`);
}

function inlineCode(text: string): readonly Html[] {
  return spansOf(text).map((span) => (span.kind === 'code' ? html`<code>${span.text}</code>` : html`${span.text}`));
}
