/** Text that is HTML already. Only `html` and `trusted` make it, so that everything else is escaped. */
export type Html = { readonly html: string };

type Part = Html | string | number | undefined | readonly Html[];

/** A template whose values are escaped, unless they are `Html` themselves; undefined leaves nothing. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { html: strings.reduce((text, string, index) => text + render(parts[index - 1]) + string) };
}

/** Takes text as HTML: only for what this folder wrote itself. */
export function trusted(text: string): Html {
  return { html: text };
}

export const nothing: Html = { html: '' };

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Inert in element content and in quoted attributes. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}

function render(part: Part): string {
  if (part === undefined) return '';
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return String(part);
  return 'html' in part ? part.html : part.map((item) => item.html).join('');
}
