import { describe, expect, it } from 'vitest';
import { createAskCommand } from '../../commands/ask.ts';
import { BusyError, UserError } from '../../src/errors.ts';
import { createAsker } from '../../src/help/asker.ts';
import { readQuestion } from '../../src/help/read-question.ts';
import { createRateLimiter } from '../../src/limits.ts';
import type { Narrowing } from '../../src/narrowing.ts';
import type { Sees } from '../../src/retrieval/retriever.ts';
import { anAnswer, fakeAnswerBook } from '../fakes/answers.ts';

const place = { platform: 'discord', kind: 'channel', server: 'S', channel: 'C' } as const;
const context = { platform: 'discord', user: '1', requestId: 'abc', place } as const;
const { signal } = new AbortController();

const setUp = (limit = 10) => {
  const asked: { question: string; limit: number | undefined; sees: Sees; narrowing?: Narrowing }[] = [];
  const answers = fakeAnswerBook();
  const usual: (readonly string[])[] = [];
  const asker = createAsker({
    answers,
    learnedAnswers: { apply: async (answer) => answer },
    sees: async ({ channel = '' }) => [`seen in ${channel}`],
    usualSources: ({ channel }) => (channel === 'has its own' ? ['github:acme/app'] : []),
    limiter: createRateLimiter({ limit, windowMs: 60_000 }),
    retriever: {
      async ask(question, options) {
        const { limit: most, sees, narrowing = {}, defaultSources = [] } = options;
        usual.push(defaultSources);
        asked.push({ question, limit: most, sees, ...(Object.keys(narrowing).length > 0 && { narrowing }) });
        return anAnswer({ question });
      },
    },
  });
  const visible = async () => ['github:acme/app', 'hub:acme/issues', '/home/me/team.jsonl'];
  const command = createAskCommand({ asker, sees: visible });
  return { command, asked, usual, answers };
};

describe('/ask', () => {
  it('asks for the five best comments and keeps the answer for its buttons', async () => {
    const { command, asked, answers } = setUp();
    const answer = await command.run({ question: '  How do I stream?  ' }, context, signal);
    expect(asked).toEqual([{ question: 'How do I stream?', limit: 5, sees: ['seen in C'] }]);
    expect(answer).toMatchObject({ kind: 'answer', id: 'answer1' });
    expect(answers.kept.size).toBe(1);
  });

  it('narrows the question as its inputs and the words in it say, which win', async () => {
    const { command, asked } = setUp();
    const values = { source: 'acme/app', state: 'closed', label: ' good first issue ', since: '2024-03' };
    await command.run({ question: 'How? author:octocat state:open', ...values }, context, signal);
    await command.run({ question: 'How?', state: 'any', label: '', since: undefined }, context, signal);
    expect(asked).toMatchObject([
      {
        question: 'How?',
        narrowing: {
          sources: ['acme/app'],
          state: 'open',
          labels: ['good first issue'],
          since: '2024-03',
          author: 'octocat',
        },
      },
      { question: 'How?' },
    ]);
    expect(asked[1]).not.toHaveProperty('narrowing');
    await expect(command.run({ question: 'How?', since: 'soon' }, context, signal)).rejects.toThrow('since:soon');
    await expect(command.run({ question: 'state:open' }, context, signal)).rejects.toThrow(
      'There is no question beside',
    );
  });

  it('is answered from the sources of the channel, in its threads too, where it has its own', async () => {
    const { command, usual } = setUp();
    const thread = { ...place, channel: 'a thread', parent: 'has its own' };
    for (const where of [place, { ...place, channel: 'has its own' }, thread]) {
      await command.run({ question: 'How?' }, { ...context, channel: where.channel, place: where }, signal);
    }
    expect(usual).toEqual([[], ['github:acme/app'], ['github:acme/app']]);
  });

  it('suggests the sources that may answer there, by what was typed, and no file’s folder', async () => {
    const { command } = setUp();
    expect(await command.suggest?.('source', '', place)).toEqual(['github:acme/app', 'hub:acme/issues', 'team.jsonl']);
    expect(await command.suggest?.('source', 'ISSUES', place)).toEqual(['hub:acme/issues']);
    expect(await command.suggest?.('label', 'a', place)).toEqual([]);
  });

  it('is answered also when the answer cannot be kept, as on a full disk', async () => {
    const { command, answers } = setUp();
    answers.keep = () => Promise.reject(new Error('the disk is full'));
    const answer = await command.run({ question: 'How do I stream?' }, context, signal);
    expect(answer).toMatchObject({ kind: 'answer', hits: { length: 5 } });
    expect(answer).not.toHaveProperty('id');
  });

  it.each([
    ['nothing', undefined, 'There is no question.'],
    ['white space', ' \n\t ', 'There is no question.'],
    ['emoji', '🤷 👍🏽', 'There are no words in that question.'],
    ['punctuation', '???', 'There are no words in that question.'],
  ])('asks for words when it gets %s', async (_what, question, message) => {
    const { command, asked } = setUp();
    await expect(command.run({ question }, context, signal)).rejects.toThrow(UserError);
    await expect(command.run({ question }, context, signal)).rejects.toThrow(message);
    expect(asked).toEqual([]);
  });

  it('takes words in any script', () => {
    expect(readQuestion(' 如何离线加载数据集？ ')).toBe('如何离线加载数据集？');
    expect(readQuestion('404?')).toBe('404?');
  });

  it.each([
    'hello',
    'Hi there!',
    'hey bot 👋',
    'Good morning, everyone',
    'thanks!',
    'Thank you so much',
    'help',
    'Help me, please',
    'test',
    'How are you?',
    'what can you do?',
    '你好',
  ])('helps who greets, thanks or calls for help instead of searching: %s', async (question) => {
    const { command, asked } = setUp();
    await expect(command.run({ question }, context, signal)).rejects.toThrow('Hello! Ask me a question in words');
    expect(asked).toEqual([]);
  });

  it.each([
    'hello world example fails',
    'help with load_dataset',
    'test suite hangs',
    'ping times out',
    'thanks to which setting is the cache kept?',
  ])('searches for everything else, however short: %s', async (question) => {
    const { command, asked } = setUp();
    await command.run({ question }, context, signal);
    expect(asked).toHaveLength(1);
  });

  it('says "busy" to a user who asks too often, and to nobody else', async () => {
    const { command } = setUp(1);
    await command.run({ question: 'one' }, context, signal);
    await expect(command.run({ question: 'two' }, context, signal)).rejects.toThrow(BusyError);
    await expect(command.run({ question: 'two' }, { ...context, user: '2' }, signal)).resolves.toBeDefined();
    await expect(command.run({ question: 'two' }, { ...context, platform: 'slack' }, signal)).resolves.toBeDefined();
  });

  it('does not count a question without words against the limit', async () => {
    const { command } = setUp(1);
    await expect(command.run({ question: '' }, context, signal)).rejects.toThrow(UserError);
    await expect(command.run({ question: 'one' }, context, signal)).resolves.toBeDefined();
  });

  it('answers the asker alone unless everyone is chosen', () => {
    const { command } = setUp();
    expect(command.audience({})).toBe('asker');
    expect(command.audience({ visibility: 'asker' })).toBe('asker');
    expect(command.audience({ visibility: 'everyone' })).toBe('everyone');
  });
});
