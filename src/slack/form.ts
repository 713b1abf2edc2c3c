import type { types } from '@slack/bolt';
import type { ChoiceInput, Command, CommandInput, CommandValues, TextInput } from '../command.ts';
import { excerpt } from '../visible-text.ts';
import { plainText } from './blocks.ts';
import { withoutEmojiAlone } from './sanitize.ts';

/**
 * A command's inputs on Slack: a slash command carries one line of text, so the line is the first text input, the
 * others keep their defaults, and a modal asks for all of them when a required text is missing.
 */
export const FORM_CALLBACK = 'precedent_form';

/** Where the answer goes once the form is sent: it travels in the form, so it survives a restart. */
export type FormOrigin = {
  readonly command: string;
  readonly channel: string;
  readonly responseUrl: string;
  /** Milliseconds since 1970. */
  readonly issuedAt: number;
};

/** As far as Slack lets a person type into one field. */
const LONGEST_INPUT = 3_000;

export function lineValues({ inputs }: Command, line: string): CommandValues {
  const first = inputs.find((input) => input.kind === 'text');
  return first && line ? { [first.name]: line } : {};
}

/** What narrows a question is written in it, or chosen below its answer. */
function asked({ inputs }: Command): readonly CommandInput[] {
  return inputs.filter(({ narrows }) => !narrows);
}

/** Whether the line alone does not say enough. */
export function needsForm({ inputs }: Command, values: CommandValues): boolean {
  if (inputs.length === 0) return false;
  const missing = inputs.some((input) => input.kind === 'text' && input.required && !values[input.name]);
  return missing || inputs.every((input) => input.kind === 'choice');
}

/** `values`: what the line said already. */
export function renderForm(command: Command, origin: FormOrigin, values: CommandValues = {}): types.ModalView {
  return {
    type: 'modal',
    callback_id: FORM_CALLBACK,
    private_metadata: JSON.stringify(origin),
    title: plainText(excerpt(titleCase(command.name), 24)),
    submit: plainText('Send'),
    close: plainText('Cancel'),
    blocks: asked(command).map((input, index) => renderInput(input, { focus: index === 0, value: values[input.name] })),
  };
}

type FieldState = { readonly focus: boolean; readonly value: string | undefined };

function renderInput(input: CommandInput, { focus, value }: FieldState): types.InputBlock {
  return {
    type: 'input',
    block_id: input.name,
    label: plainText(titleCase(input.name)),
    hint: plainText(input.description),
    optional: input.kind === 'text' && !input.required,
    element: {
      ...(input.kind === 'text' ? renderTextInput(input, value) : renderChoice(input)),
      focus_on_load: focus,
    },
  };
}

function renderTextInput({ name, maxLength }: TextInput, value: string | undefined): types.PlainTextInput {
  return {
    type: 'plain_text_input',
    action_id: name,
    multiline: true,
    max_length: Math.min(maxLength, LONGEST_INPUT),
    ...(value && { initial_value: value.slice(0, Math.min(maxLength, LONGEST_INPUT)) }),
  };
}

function renderChoice({ name, choices }: ChoiceInput): types.StaticSelect {
  const options = choices.map(({ value, label }) => ({
    text: plainText(excerpt(titleCase(label), 75)),
    value,
  }));
  return { type: 'static_select', action_id: name, options, ...(options[0] && { initial_option: options[0] }) };
}

type FormState = {
  readonly values: Readonly<
    Record<string, Readonly<Record<string, { value?: string | null; selected_option?: { value: string } | null }>>>
  >;
};

export function formValues(command: Command, state: FormState): CommandValues {
  return Object.fromEntries(
    asked(command).map(({ name }) => {
      const field = state.values[name]?.[name];
      const value = field?.selected_option?.value ?? withoutEmojiAlone(field?.value ?? '').trim();
      return [name, value || undefined];
    }),
  );
}

/** What is wrong with a form, by block: Slack shows it at the field. Undefined when nothing is. */
export function formErrors({ inputs }: Command, values: CommandValues): Record<string, string> | undefined {
  const missing = inputs.filter((input) => input.kind === 'text' && input.required && !values[input.name]);
  if (missing.length === 0) return undefined;
  return Object.fromEntries(missing.map(({ name }) => [name, 'Please write something here, in words.']));
}

/** Undefined when the form is not one of ours. */
export function readOrigin(privateMetadata: string): FormOrigin | undefined {
  try {
    const { command, channel, responseUrl, issuedAt } = JSON.parse(privateMetadata) as Record<string, unknown>;
    if (typeof command !== 'string' || typeof channel !== 'string') return undefined;
    if (typeof responseUrl !== 'string' || typeof issuedAt !== 'number') return undefined;
    return { command, channel, responseUrl, issuedAt };
  } catch {
    return undefined;
  }
}

function titleCase(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1).replaceAll('-', ' ');
}
