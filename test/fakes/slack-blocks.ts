import { isObject } from './slack-rules.ts';
import type { Json } from './slack-world.ts';

/** How people find their way in blocks: buttons, menus and fields. */

/** The first element that fits, with its block. */
export function find(blocks: readonly Json[], fits: (element: Json) => boolean, what: string) {
  for (const block of blocks) {
    const element = ((block.elements ?? []) as Json[]).find(fits);
    if (element) return { element, block };
  }
  throw new Error(`There is no ${what} in the message`);
}

/** The action of choosing an option, by its place in the first menu or by its words. */
export function chosen(blocks: readonly Json[], choice: number | string): Json {
  for (const block of blocks) {
    const menus = ((block.elements ?? []) as Json[]).filter(
      ({ type }) => type === 'static_select' || type === 'overflow',
    );
    for (const { type, action_id, options } of menus) {
      const list = options as Json[];
      const option =
        typeof choice === 'number' ? list[choice] : list.find((candidate) => labelOf(candidate) === choice);
      if (option) {
        return { type, action_id, block_id: block.block_id ?? 'b1', action_ts: '1', selected_option: option };
      }
    }
  }
  throw new Error(`There is no option ${choice}`);
}

export function labelOf({ text }: Json): unknown {
  return isObject(text) ? text.text : undefined;
}

/** What a field of a form holds when it is sent. */
export function fieldState(block: Json, values: Readonly<Record<string, string>>): Json {
  const element = block.element as Json;
  const value = values[String(block.block_id)];
  if (element.type === 'static_select') {
    const options = element.options as Json[];
    const chosen = options.find((option) => option.value === value) ?? element.initial_option ?? null;
    return { [String(element.action_id)]: { type: 'static_select', selected_option: chosen } };
  }
  if (!value && block.optional !== true) throw new Error(`Slack does not send an empty ${String(block.block_id)}`);
  if ((value ?? '').length > Number(element.max_length ?? 3_000)) throw new Error('Slack does not take that much text');
  return { [String(element.action_id)]: { type: 'plain_text_input', value: value ?? null } };
}

/** The words of a message or view as people read them, one line a block. */
export function wordsOf(blocks: readonly unknown[]): string {
  const words = (part: unknown): string => {
    if (typeof part === 'string') return part;
    if (Array.isArray(part)) return part.map(words).join('');
    if (!isObject(part)) return '';
    const { type, text, elements, placeholder } = part;
    if (type === 'button' || type === 'static_select') return `[${words(text ?? placeholder)}]`;
    if (type === 'overflow') return '[…]';
    if (type === 'feedback_buttons') return '[👍 👎]';
    if (type === 'usergroup') return `@${String(part.usergroup_id)}`;
    return `${words(text ?? '')}${words(elements ?? '')}`;
  };
  return blocks.map(words).join('\n');
}
