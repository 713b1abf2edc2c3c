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

type Block = { readonly kind: 'text' | 'code'; readonly text: string };

const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/;

/** Splits at code fences; a fence that never closes holds until the end, as on GitHub. */
function blocksOf(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let lines: string[] = [];
  let fence: string | undefined;
  const finish = (kind: Block['kind']) => {
    const content = kind === 'code' ? lines.join('\n') : tidy(lines.join('\n'));
    if (content.trim()) blocks.push({ kind, text: content });
    lines = [];
  };
  for (const line of text.split('\n')) {
    const [, marker = '', rest = ''] = FENCE.exec(line) ?? [];
    const opens = fence === undefined && marker !== '' && !(marker.startsWith('`') && rest.includes('`'));
    const closes = fence !== undefined && marker.startsWith(fence) && rest.trim() === '';
    if (opens) finish('text');
    else if (closes) finish('code');
    else lines.push(line);
    if (opens) fence = marker;
    if (closes) fence = undefined;
  }
  finish(fence === undefined ? 'text' : 'code');
  return blocks;
}

function paragraphs(text: string): readonly Html[] {
  return text.split(/\n{2,}/).map((paragraph) => html`<p>${inlineCode(paragraph)}</p>`);
}

/** Spans between equal runs of backticks become code. One pass: a wall of backticks must not cost more. */
function inlineCode(text: string): readonly Html[] {
  const runs = [...text.matchAll(/`+/g)].map(({ 0: { length }, index }) => ({ index, length }));
  const later = new Map<number, number[]>();
  for (const { index, length } of runs.toReversed()) {
    const places = later.get(length);
    if (places) places.push(index);
    else later.set(length, [index]);
  }
  const parts: Html[] = [];
  let end = 0;
  for (const { index, length } of runs) {
    const places = later.get(length) as number[];
    while ((places.at(-1) ?? Number.POSITIVE_INFINITY) <= index) places.pop();
    const close = places.at(-1);
    if (index < end || close === undefined) continue;
    parts.push(html`${text.slice(end, index)}<code>${text.slice(index + length, close)}</code>`);
    end = close + length;
  }
  return [...parts, html`${text.slice(end)}`];
}
