/** What Discord's clients make of a text: everything in it that is more than plain words, in order. */
export type Markup =
  | { readonly kind: 'link'; readonly label: string; readonly url: string }
  | { readonly kind: MarkupKind; readonly text: string };

type MarkupKind =
  | 'mention'
  | 'everyone'
  | 'special'
  | 'address'
  | 'invite'
  | 'code'
  | 'code block'
  | 'heading'
  | 'subtext'
  | 'list'
  | 'quote'
  | 'format';

type Rule = { readonly kind: MarkupKind; readonly at: RegExp };

/** In the order in which they are tried at each place; `escape` and `plain` are the two that yield nothing. */
const INLINE: readonly (Rule | { readonly kind: 'escape' | 'link'; readonly at: RegExp })[] = [
  { kind: 'escape', at: /\\[^0-9A-Za-z\s]/y },
  { kind: 'code block', at: /```(?:[a-z0-9_+\-.#]+?\n)?\n*[^\n][\s\S]*?\n*```/iy },
  { kind: 'code', at: /(`+)[\s\S]*?[^`]\1(?!`)/y },
  { kind: 'mention', at: /<(?:@[!&]?|#)\d+>/y },
  { kind: 'special', at: /<(?:a?:\w+:\d+|t:-?\d+(?::\w)?|id:\w+|\/[^>]+:\d+)>/y },
  { kind: 'address', at: /<[^: >]+:\/[^ >]+>/y },
  { kind: 'link', at: /\[((?:\[[^\]]*\]|[^[\]])*)\]\(\s*<?((?:\([^)]*\)|[^\s()])*?)>?\s*\)/y },
  { kind: 'invite', at: /(?:https?:\/\/)?(?:www\.)?discord(?:\.gg|(?:app)?\.com\/invite)\/[\w-]+/iy },
  { kind: 'address', at: /https?:\/\/[^\s<]+[^<.,:;"'\]\s]/iy },
  { kind: 'everyone', at: /@(?:everyone|here)/y },
  { kind: 'format', at: /\*\*[\s\S]+?\*\*(?!\*)/y },
  { kind: 'format', at: /__[\s\S]+?__(?!_)/y },
  { kind: 'format', at: /~~[\s\S]+?~~/y },
  { kind: 'format', at: /\|\|[\s\S]+?\|\|/y },
  { kind: 'format', at: /\*(?=\S)[\s\S]*?\S\*(?!\*)/y },
  { kind: 'format', at: /\b_(?:\\[\s\S]|[^\\_])+?_\b/y },
];

const LINE_STARTS: readonly Rule[] = [
  { kind: 'quote', at: />>> |> /y },
  { kind: 'heading', at: /#{1,3}\s+(?=\S)/y },
  { kind: 'subtext', at: /-#\s+(?=\S)/y },
  { kind: 'list', at: /[ ]*(?:[-*]|\d+\.)\s+(?=\S)/y },
];

export function readMarkup(text: string): readonly Markup[] {
  const found: Markup[] = [];
  let index = 0;
  let atLineStart = true;
  while (index < text.length) {
    const start = atLineStart ? match(LINE_STARTS, text, index) : undefined;
    if (start) {
      found.push({ kind: start.rule.kind, text: start.text });
      index += start.text.length;
      // A quote's text may begin with a heading or a list.
      continue;
    }
    atLineStart = false;
    const hit = match(INLINE, text, index);
    if (!hit) {
      atLineStart = text[index] === '\n';
      index++;
      continue;
    }
    if (hit.rule.kind === 'link') found.push({ kind: 'link', label: hit.groups[1] ?? '', url: hit.groups[2] ?? '' });
    else if (hit.rule.kind !== 'escape') found.push({ kind: hit.rule.kind, text: hit.text });
    index += hit.text.length;
  }
  return found;
}

function match<Candidate extends { readonly at: RegExp }>(rules: readonly Candidate[], text: string, index: number) {
  for (const rule of rules) {
    rule.at.lastIndex = index;
    const groups = rule.at.exec(text);
    if (groups && groups[0].length > 0) return { rule, text: groups[0], groups };
  }
  return undefined;
}

/** Characters that nobody sees, or that turn what follows around. */
export const HIDDEN =
  /[[\p{Cc}\p{Cs}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\uFFF9-\uFFFB]--[\n\t\u200C\u200D\uFE0E\uFE0F]]/v;
