import { describe, expect, it } from 'vitest';
import { createAskCommand } from '../../commands/ask.ts';
import type { AskerOptions } from '../../src/help/asker.ts';
import { anAnswer } from '../fakes/answers.ts';
import { wordsOf } from '../fakes/slack-blocks.ts';
import { openBench } from './setup.ts';

type Asked = { readonly question: string; readonly narrowing: AskerOptions['narrowing']; readonly kind: string };

/** A bot whose second command is the real one, so that its answers can be narrowed. */
async function setUp(sources = ['github:acme/app', 'hub:acme/issues']) {
  const asked: Asked[] = [];
  const command = createAskCommand({
    sees: async () => sources,
    asker: {
      async ask(question, { place }, { narrowing }) {
        asked.push({ question, narrowing, kind: place.kind });
        return anAnswer({ question, notes: ['Narrowed to something.'] });
      },
    },
  });
  const bench = await openBench({ extraCommands: [{ ...command, name: 'narrowed' }] });
  const person = bench.server.person();
  const ask = async (question: string) => {
    const known = bench.server.messages.length;
    await person.command('/ask', question);
    await bench.server.until('an answer', () => bench.server.messages.length > known);
    return bench.server.messages[known] as NonNullable<(typeof bench.server.messages)[number]>;
  };
  const view = async () => {
    const { views } = bench.server.world;
    await bench.server.until('the form', () => views.length > 0);
    return views.at(-1) as NonNullable<(typeof views)[number]>;
  };
  return { ...bench, person, asked, ask, view };
}

describe('the Narrow button on Slack', () => {
  it('opens a form with the sources that may answer there, and asks the same question again within what was chosen', async () => {
    const { server, person, asked, ask, view } = await setUp();
    await person.press(await ask('How do I cache?'), 'Narrow');
    const form = await view();
    const words = JSON.stringify(form.view);
    for (const text of ['github:acme/app', 'hub:acme/issues', 'closed', 'The last year', 'Label']) {
      expect(words).toContain(text);
    }
    await person.submit(form, { source: 'hub:acme/issues', state: 'closed', since: '1y', label: 'bug' });
    await server.until('the narrowed answer', () => server.messages.length === 2);
    expect(asked).toEqual([
      {
        question: 'How do I cache?',
        kind: 'channel',
        narrowing: {
          sources: ['hub:acme/issues'],
          state: 'closed',
          since: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
          labels: ['bug'],
        },
      },
    ]);
    const answer = server.messages[1];
    expect(answer).toMatchObject({ user: 'U1' });
    expect(wordsOf(answer?.blocks ?? [])).toContain('Narrowed to something.');
    expect(wordsOf(answer?.blocks ?? [])).toContain('[Narrow]');
  });

  it('keeps the words of the question that the form says nothing of', async () => {
    const { server, person, asked, ask, view } = await setUp(['github:acme/app']);
    await person.press(await ask('How do I cache? state:open since:2024 author:octocat'), 'Narrow');
    const form = await view();
    expect(JSON.stringify(form.view)).not.toContain('github:acme/app');
    await person.submit(form, { state: 'closed' });
    await server.until('the narrowed answer', () => server.messages.length === 2);
    expect(asked).toMatchObject([
      { question: 'How do I cache? author:octocat', narrowing: { state: 'closed', since: '2024' } },
    ]);
  });

  it('says so where the question is no longer known', async () => {
    const { server, person, book, ask } = await setUp();
    const answer = await ask('How do I cache?');
    book.recall = async () => undefined;
    await person.press(answer, 'Narrow');
    await server.until('a sentence', () => server.messages.length === 2);
    expect(wordsOf(server.messages[1]?.blocks ?? [])).toContain('The words of this question are no longer kept');
    expect(server.world.views).toEqual([]);
  });
});
