import { cleanText } from './clean-text.ts';
import { documentOf } from './prepare.ts';

/** What of a comment is embedded. */
export type Layout = {
  /** Kept in an index: it means the same text forever. What would embed another one has another name. */
  readonly name: LayoutName;
  documentOf(comment: { readonly title: string; readonly body: string; readonly text: string }): string;
};

/**
 * `seed`: the course's, title, body and comment whole, of which a long body leaves nothing of the comment. `short-body`:
 * the first words of the body, without what tells nothing (`cleanText`), then the comment. Cleaned comments were found less
 * often: docs/quality.md.
 */
export type LayoutName = 'seed' | 'short-body';

const BODY_WORDS = 80;

const LAYOUTS: Readonly<Record<LayoutName, Layout>> = {
  seed: { name: 'seed', documentOf },
  'short-body': {
    name: 'short-body',
    documentOf: ({ title, body, text }) => documentOf({ title, body: firstWords(cleanText(body), BODY_WORDS), text }),
  },
};

export function layoutOf(name: LayoutName): Layout {
  return LAYOUTS[name];
}

function firstWords(text: string, count: number): string {
  return text.trim().split(/\s+/, count).join(' ');
}
