import {
  type APIActionRowComponent,
  type APIButtonComponent,
  type APIStringSelectComponent,
  ButtonStyle,
  ComponentType,
} from 'discord.js';
import type { Answer } from '../retrieval/answer.ts';
import { LIMITS } from './limits.ts';
import { plainLine } from './sanitize.ts';

/**
 * What a press asks for. It is written into the component's custom id together with the answer's id, so that it needs
 * nothing from memory and works after a restart.
 */
export type Press =
  /** Post these hits for everyone in the channel. */
  | { readonly action: 'share'; readonly id: string; readonly offset: number }
  /** The same in a thread of its own. */
  | { readonly action: 'thread'; readonly id: string; readonly offset: number }
  /** Show the hits after `offset`. */
  | { readonly action: 'page'; readonly id: string; readonly offset: number }
  /** Show a whole comment; its rank is what was chosen in the select. */
  | { readonly action: 'whole'; readonly id: string }
  /** Show another page of a whole comment. */
  | { readonly action: 'part'; readonly id: string; readonly rank: number; readonly part: number };

const PREFIX = 'precedent';

export function encodePress(press: Press): string {
  return [PREFIX, press.action, press.id, ...numbersOf(press)].join('|');
}

function numbersOf(press: Press): readonly number[] {
  if (press.action === 'whole') return [];
  return press.action === 'part' ? [press.rank, press.part] : [press.offset];
}

/** Undefined for a custom id that is not of this version. */
export function parsePress(customId: string): Press | undefined {
  const [prefix, action, id, ...numbers] = customId.split('|');
  if (prefix !== PREFIX || !id || !numbers.every((number) => /^\d{1,6}$/.test(number))) return undefined;
  const [first, second] = numbers.map(Number);
  if (action === 'whole' && first === undefined) return { action, id };
  if (action === 'part' && first !== undefined && second !== undefined)
    return { action, id, rank: first, part: second };
  if ((action === 'share' || action === 'thread' || action === 'page') && first !== undefined && second === undefined) {
    return { action, id, offset: first };
  }
  return undefined;
}

export function button(label: string, press: Press): APIButtonComponent {
  return { type: ComponentType.Button, style: ButtonStyle.Secondary, label, custom_id: encodePress(press) };
}

export function row<Component extends APIButtonComponent | APIStringSelectComponent>(
  components: readonly Component[],
): APIActionRowComponent<Component> {
  return { type: ComponentType.ActionRow, components: [...components] };
}

/** Whatever concerns a single hit stands behind this one select, so that a message keeps to five buttons. */
export function wholeCommentSelect(
  id: string,
  hits: Answer['hits'],
  describe: (hit: Answer['hits'][number]) => string,
): APIStringSelectComponent {
  return {
    type: ComponentType.StringSelect,
    custom_id: encodePress({ action: 'whole', id }),
    placeholder: 'Show the whole comment',
    options: hits.map((hit) => {
      const description = plainLine(describe(hit), 60);
      const label = plainLine(`${hit.rank}. ${hit.title}`, Math.min(70, LIMITS.selectText));
      return { label, value: String(hit.rank), ...(description && { description }) };
    }),
  };
}
