import { type Html, html } from '../../src/web/html.ts';

/** A text display of Discord's as HTML: the markdown that the bot sends, drawn the way Discord's clients draw it. */
export function markdownHtml(text: string): readonly Html[] {
  const blocks: Html[] = [];
  let quote: string[] = [];
  const endQuote = () => {
    if (quote.length > 0)
      blocks.push(html`<blockquote>${quote.map((line) => html`<p>${inline(line)}</p>`)}</blockquote>`);
    quote = [];
  };
  for (const line of text.split('\n')) {
    const quoted = /^> ?(.*)$/.exec(line)?.[1];
    if (quoted !== undefined) quote.push(quoted);
    else {
      endQuote();
      blocks.push(lineHtml(line));
    }
  }
  endQuote();
  return blocks;
}

function lineHtml(line: string): Html {
  const [, marks = '', words = ''] = /^(#{1,3}|-#|-) +(.+)$/.exec(line) ?? [];
  if (marks === '##') return html`<h2>${inline(words)}</h2>`;
  if (marks.startsWith('#')) return html`<h3>${inline(words)}</h3>`;
  if (marks === '-#') return html`<small>${inline(words)}</small>`;
  if (marks === '-') return html`<p>• ${inline(words)}</p>`;
  return html`<p>${inline(line)}</p>`;
}

const INLINE =
  /\\(?<escaped>[^0-9A-Za-z\s])|`(?<code>[^`]+)`|\[(?<label>[^\]]+)\]\((?<url>[^)\s]+)\)|<(?<address>https?:\/\/[^ >]+)>|\*\*(?<bold>[^*]+)\*\*/g;

function inline(text: string): readonly Html[] {
  const parts: Html[] = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const { escaped, code, label, address, bold } = match.groups ?? {};
    parts.push(html`${text.slice(end, match.index)}`);
    if (escaped !== undefined) parts.push(html`${escaped}`);
    else if (code !== undefined) parts.push(html`<code>${code}</code>`);
    else if (bold !== undefined) parts.push(html`<b>${inline(bold)}</b>`);
    else parts.push(html`<a>${label ?? address}</a>`);
    end = match.index + match[0].length;
  }
  return [...parts, html`${text.slice(end)}`];
}
