import type { types } from '@slack/bolt';
import type { CommandInput, CommandValues } from '../command.ts';
import { excerpt } from '../visible-text.ts';
import { plainText } from './blocks.ts';
import { withoutEmojiAlone } from './sanitize.ts';

export const NARROW_CALLBACK = 'precedent_narrow';

/** What is narrowed, and where the new answer goes: it travels in the form, so it survives a restart. */
export type NarrowOrigin = {
  readonly answerId: string;
  readonly channel: string;
  readonly threadTs?: string | undefined;
  /** Absent where the answer stood in a modal. */
  readonly responseUrl?: string | undefined;
  /** Milliseconds since 1970. */
  readonly issuedAt: number;
};

const MOST_OPTIONS = 100;
const LONGEST_OPTION = 75;
const LONGEST_TEXT = 100;
/** What people mean by "lately"; any other date is a word of a question. */
const SINCE = [
  { value: '30d', label: 'The last 30 days' },
  { value: '6m', label: 'The last 6 months' },
  { value: '1y', label: 'The last year' },
  { value: '2y', label: 'The last 2 years' },
  { value: '5y', label: 'The last 5 years' },
];

/** A select for each input that narrows; a line of text for what cannot be listed. None has to be filled in. */
export function renderNarrowForm(
  inputs: readonly CommandInput[],
  sources: readonly string[],
  origin: NarrowOrigin,
): types.ModalView {
  return {
    type: 'modal',
    callback_id: NARROW_CALLBACK,
    private_metadata: JSON.stringify(origin),
    title: plainText('Narrow the search'),
    submit: plainText('Search'),
    close: plainText('Cancel'),
    blocks: narrowing(inputs).flatMap((input) => {
      const element = elementOf(input, sources);
      return element ? [blockOf(input, element)] : [];
    }),
  };
}

function narrowing(inputs: readonly CommandInput[]): readonly CommandInput[] {
  return inputs.filter(({ narrows }) => narrows);
}

function blockOf({ name, description }: CommandInput, element: types.InputBlock['element']): types.InputBlock {
  const label = plainText(name.charAt(0).toUpperCase() + name.slice(1));
  return { type: 'input', block_id: name, label, hint: plainText(description), optional: true, element };
}

function elementOf(input: CommandInput, sources: readonly string[]): types.InputBlock['element'] | undefined {
  const { name } = input;
  if (input.kind === 'choice') return select(name, input.choices);
  if (name === 'since') return select(name, SINCE);
  if (!input.suggests) return { type: 'plain_text_input', action_id: name, max_length: LONGEST_TEXT };
  // Cut, it would name another one. With a single source there is nothing to choose.
  const shown = sources.filter((source) => source.length <= LONGEST_OPTION).slice(0, MOST_OPTIONS);
  if (shown.length < 2) return undefined;
  return select(
    name,
    shown.map((source) => ({ value: source, label: source })),
  );
}

function select(
  name: string,
  choices: readonly { readonly value: string; readonly label: string }[],
): types.StaticSelect {
  const options = choices.map(({ value, label }) => ({ text: plainText(excerpt(label, LONGEST_OPTION)), value }));
  return { type: 'static_select', action_id: name, options };
}

type Field = { readonly value?: string | null; readonly selected_option?: { readonly value: string } | null };
type FormState = { readonly values: Readonly<Record<string, Readonly<Record<string, Field>>>> };

export function narrowValues(inputs: readonly CommandInput[], { values }: FormState): CommandValues {
  return Object.fromEntries(
    narrowing(inputs).map(({ name }) => {
      const field = values[name]?.[name];
      return [name, field?.selected_option?.value ?? (withoutEmojiAlone(field?.value ?? '').trim() || undefined)];
    }),
  );
}

/** Undefined when the form is not one of ours. */
export function readNarrowOrigin(privateMetadata: string): NarrowOrigin | undefined {
  try {
    const { answerId, channel, threadTs, responseUrl, issuedAt } = JSON.parse(privateMetadata) as Record<
      string,
      unknown
    >;
    if (typeof answerId !== 'string' || typeof channel !== 'string' || typeof issuedAt !== 'number') return undefined;
    const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
    return { answerId, channel, threadTs: text(threadTs), responseUrl: text(responseUrl), issuedAt };
  } catch {
    return undefined;
  }
}
