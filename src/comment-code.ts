import { tidy } from './visible-text.ts';

/**
 * Where a comment has code: all of its Markdown that every platform shows. Pure text work on untrusted input; what
 * comes out is as untrusted as what went in.
 */
export type Block = {
  readonly kind: 'text' | 'code';
  /** Without the fences, never blank. */
  readonly text: string;
  /** As the fence names it: `python`; empty where it names none, and for text. */
  readonly language: string;
};

export type Span = { readonly kind: 'text' | 'code'; readonly text: string };

const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/;

/** Splits at code fences; a fence that never closes holds until the end, as on GitHub. */
export function blocksOf(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let lines: string[] = [];
  let fence: { readonly marker: string; readonly language: string } | undefined;
  const finish = () => {
    const content = fence ? lines.join('\n') : tidy(lines.join('\n'));
    if (content.trim()) blocks.push({ kind: fence ? 'code' : 'text', text: content, language: fence?.language ?? '' });
    lines = [];
  };
  for (const line of text.split('\n')) {
    const [, marker = '', rest = ''] = FENCE.exec(line) ?? [];
    const opens = !fence && marker !== '' && !(marker.startsWith('`') && rest.includes('`'));
    const closes = fence && marker.startsWith(fence.marker) && rest.trim() === '';
    if (opens || closes) finish();
    else lines.push(line);
    if (opens) fence = { marker, language: languageOf(rest) };
    else if (closes) fence = undefined;
  }
  finish();
  return blocks;
}

/** Spans between equal runs of backticks are code. One pass: a wall of backticks must not cost more. */
export function spansOf(text: string): readonly Span[] {
  if (!text.includes('`')) return text ? [{ kind: 'text', text }] : [];
  const runs = [...text.matchAll(/`+/g)].map(({ 0: { length }, index }) => ({ index, length }));
  const later = new Map<number, number[]>();
  for (const { index, length } of runs.toReversed()) {
    const places = later.get(length);
    if (places) places.push(index);
    else later.set(length, [index]);
  }
  const spans: Span[] = [];
  let end = 0;
  for (const { index, length } of runs) {
    const places = later.get(length) as number[];
    while ((places.at(-1) ?? Number.POSITIVE_INFINITY) <= index) places.pop();
    const close = places.at(-1);
    if (index < end || close === undefined) continue;
    spans.push(
      { kind: 'text', text: text.slice(end, index) },
      { kind: 'code', text: text.slice(index + length, close) },
    );
    end = close + length;
  }
  spans.push({ kind: 'text', text: text.slice(end) });
  return spans.filter((span) => span.text !== '');
}

function languageOf(info: string): string {
  const word = /^\s*([\w+#.-]+)/.exec(info)?.[1] ?? '';
  return /^[a-z][a-z0-9+#-]{0,14}$/i.test(word) ? word : '';
}
