import { describe, expect, it } from 'vitest';
import type { Command, CommandInput } from '../../src/command.ts';
import { lineValues, needsForm, renderForm } from '../../src/slack/form.ts';
import { checkView } from '../fakes/slack-rules.ts';

const text = (name: string, required: boolean): CommandInput => ({
  kind: 'text',
  name,
  description: 'What it is',
  required,
  maxLength: 6_000,
});
const mode: CommandInput = {
  kind: 'choice',
  name: 'mode',
  description: 'How much',
  choices: [{ value: 'off', label: 'off' }],
};
const command = (...inputs: readonly CommandInput[]): Command => ({
  name: 'teach',
  description: 'Teaches',
  inputs,
  audience: () => 'asker',
  run: async () => ({ kind: 'notice', text: 'Done.', lines: [] }),
});

describe('the line behind a command', () => {
  it('is its first text, whatever else it can be told', () => {
    const one = command(text('question', true), mode);
    expect(lineValues(one, 'How do I cache?')).toEqual({ question: 'How do I cache?' });
    expect(lineValues(one, '')).toEqual({});
    expect(lineValues(command(mode), 'off')).toEqual({});
  });

  it('that says too little is in the form already', () => {
    const two = command(text('link', true), text('question', true));
    const values = lineValues(two, 'https://a.example/1');
    expect(needsForm(two, values)).toBe(true);
    const origin = { command: 'teach', channel: 'C1', responseUrl: 'https://a.example', issuedAt: 0 };
    const view = renderForm(two, origin, values);
    expect(checkView(view)).toEqual([]);
    expect(JSON.stringify(view.blocks[0])).toContain('"initial_value":"https://a.example/1"');
    expect(JSON.stringify(view.blocks[1])).not.toContain('initial_value');
  });
});
