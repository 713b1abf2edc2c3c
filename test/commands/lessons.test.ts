import { describe, expect, it } from 'vitest';
import { createPrivacyCommand } from '../../commands/ask-privacy.ts';
import { createTeachCommand } from '../../commands/ask-teach.ts';
import { createVotesCommand } from '../../commands/ask-votes.ts';
import { createFindAnswersAction } from '../../commands/find-answers.ts';
import type { Notice } from '../../src/command.ts';
import { commandNames } from '../../src/command-name.ts';
import { UserError } from '../../src/errors.ts';
import type { Standing } from '../../src/help/chat.ts';
import { anAnswer } from '../fakes/answers.ts';
import { aMessage } from '../fakes/fake-chat.ts';
import { answerOf, aScene, ranksOf } from '../help/setup.ts';

const place = { platform: 'discord', kind: 'channel', server: 'S', channel: 'C' } as const;
const contextOf = (user: string) =>
  ({ platform: 'discord', user, server: 'S', channel: 'C', place, requestId: 'r' }) as const;
const { signal } = new AbortController();
const commandName = commandNames();
const standings: Readonly<Record<string, Standing>> = { boss: 'manager', helper: 'helper' };
const standing = async ({ user }: { readonly user: string }) => standings[user] ?? 'member';

async function setUp(managers: readonly string[] = []) {
  const scene = await aScene();
  const { memory, asker } = scene;
  const comments = async (keys: readonly string[]) => scene.comments(keys, 'all');
  const parts = { standing, managers, comments };
  const votes = createVotesCommand({ memory, ...parts });
  const teach = createTeachCommand({ asker, taught: memory.taught, ...parts, commandName });
  const privacy = createPrivacyCommand({ optOuts: memory.optOuts, keepDays: 30, commandName });
  const run = async (command: typeof votes, values: Record<string, string>, user = 'member') =>
    (await command.run(values, contextOf(user), signal)) as Notice;
  const vote = (voter: string, comment: string, scope = 'discord:S') =>
    memory.votes.cast({ scope, voter: `discord:${voter}`, comment, answer: 'a', up: true });
  return { ...scene, votes, teach, privacy, run, vote };
}

describe('/ask-votes', () => {
  it('shows the own votes with their links, and takes them back by name', async () => {
    const { votes, run, vote, memory } = await setUp();
    await vote('member', 'comment-1');
    await vote('other', 'comment-2');
    const shown = await run(votes, {});
    expect(shown.lines).toEqual([
      expect.stringMatching(/^v\d+ · helpful, \d{4}-\d\d-\d\d · https:\/\/github\.com\/.*#issuecomment-1$/),
    ]);
    const name = shown.lines[0]?.split(' ')[0] ?? '';
    expect((await run(votes, { undo: name })).text).toContain('Taken back: 1.');
    expect(await memory.votes.list('discord:S')).toHaveLength(1);
  });

  it("takes back nobody else's, but for a manager", async () => {
    const { votes, run, vote, memory } = await setUp();
    await vote('other', 'comment-2');
    const [{ id = 0 } = {}] = await memory.votes.list('discord:S');
    expect((await run(votes, { undo: `v${id}` })).text).toContain('nothing to take back');
    await expect(run(votes, { undo: 'all' })).rejects.toThrow(UserError);
    await expect(run(votes, { whose: 'all' }, 'helper')).rejects.toThrow('Only managers');
    expect((await run(votes, { undo: `v${id}` }, 'boss')).text).toContain('Taken back: 1.');
  });

  it('shows managers everything that was given there, and takes back hides and taught answers', async () => {
    const { votes, run, vote, memory } = await setUp();
    await vote('other', 'comment-2');
    await memory.hides.add({ scope: 'discord:S', what: 'author', value: 'Spammer' });
    await memory.hides.add({ scope: 'discord:elsewhere', what: 'comment', value: 'comment-3' });
    const taught = {
      comment: 'comment-4',
      question: 'How?',
      model: 'm',
      vector: new Float32Array(2),
    };
    await memory.taught.add({ ...taught, scope: 'discord:S' });
    const { lines } = await run(votes, { undo: 'all' }, 'boss');
    expect(lines.map((line) => line[0])).toEqual(['t', 'h', 'v']);
    const names = lines.map((line) => line.split(' ')[0]).join(' ');
    expect((await run(votes, { undo: names }, 'boss')).text).toBe('Taken back: 3. Nothing is kept here.');
    expect(await memory.hides.list('discord:elsewhere')).toHaveLength(1);
  });

  it('says how things are named when it does not understand', async () => {
    const { votes, run } = await setUp();
    await expect(run(votes, { undo: 'everything!' })).rejects.toThrow('v12 for a vote');
  });
});

describe('/ask-teach', () => {
  const link = 'https://github.com/example/project/issues/4#issuecomment-4';
  const vector = new Float32Array([1, 0]);

  /** The corpus of the scene names its comments otherwise than GitHub does, whose discussions count theirs apart. */
  const inScene = (key: string) => (key === 'd4' ? 'comment-5' : `comment-${key}`);
  async function aTeacher(managers: readonly string[] = []) {
    const scene = await setUp(managers);
    scene.search.answer = (question) => anAnswer({ question, vector });
    const comments = async (keys: readonly string[]) =>
      scene.comments(
        keys.map((key) => inScene(key)),
        'all',
      );
    const taught = {
      ...scene.memory.taught,
      add: (lesson: Parameters<typeof scene.memory.taught.add>[0]) =>
        scene.memory.taught.add({ ...lesson, comment: inScene(lesson.comment) }),
    };
    const teach = createTeachCommand({ asker: scene.asker, taught, standing, managers, comments, commandName });
    return { ...scene, teach };
  }

  it('has similar questions find that comment first', async () => {
    const scene = await aTeacher();
    const said = await scene.run(scene.teach, { link, question: 'How do I work offline?' }, 'helper');
    expect(said.lines[0]).toBe('Kept as you wrote it: How do I work offline?');
    await scene.conversations.message(aMessage());
    expect(ranksOf(scene, 0)).toEqual([4, 1, 2, 3, 5]);
    expect(answerOf(scene, 0).hits[0]?.because).toBe('taught by helpers');
  });

  it('takes link and question also from one line, as Slack gives it', async () => {
    const { run, teach, memory } = await aTeacher();
    await run(teach, { link: `<${link}> How do I work offline?` }, 'helper');
    expect(await memory.taught.list('discord:S')).toMatchObject([{ question: 'How do I work offline?' }]);
  });

  it('takes the link of a comment of a discussion, which is another than the one of an issue with its number', async () => {
    const { run, teach, memory } = await aTeacher();
    const talk = 'https://github.com/example/project/discussions/9#discussioncomment-4';
    await run(teach, { link: talk, question: 'How?' }, 'helper');
    await run(teach, { link, question: 'Where?' }, 'helper');
    const taught = await memory.taught.list('discord:S');
    expect(taught.map(({ comment, question }) => [question, comment]).sort()).toEqual([
      ['How?', 'comment-5'],
      ['Where?', 'comment-4'],
    ]);
  });

  it('counts everywhere when one of MANAGERS teaches', async () => {
    const { run, teach, memory } = await aTeacher(['helper']);
    await run(teach, { link, question: 'How?' }, 'helper');
    expect(await memory.taught.list('*')).toHaveLength(1);
  });

  it.each([
    ['somebody who is no helper', { link, question: 'How?' }, 'member', 'Only helpers'],
    [
      'no link',
      { link: 'https://github.com/example/project/issues/4', question: 'How?' },
      'helper',
      'it ends in "#issuecomment-" or "#discussioncomment-" and a number',
    ],
    ['no question', { link }, 'helper', 'There is no question'],
  ])('refuses %s, and says why', async (_what, values, user, why) => {
    const { run, teach, memory } = await aTeacher();
    await expect(run(teach, values, user)).rejects.toThrow(why);
    expect(await memory.taught.list('discord:S')).toEqual([]);
  });

  it('refuses a comment that is not there, and to teach while there is no search by meaning', async () => {
    const scene = await aTeacher();
    scene.gone.add('comment-4');
    await expect(scene.run(scene.teach, { link, question: 'How?' }, 'helper')).rejects.toThrow('not in the corpus');
    scene.gone.clear();
    scene.search.answer = (question) => anAnswer({ question, mode: 'keyword', model: null });
    await expect(scene.run(scene.teach, { link, question: 'How?' }, 'helper')).rejects.toThrow('search by meaning');
  });
});

describe('/ask-privacy', () => {
  it('shows what is kept, opts out and in again', async () => {
    const { privacy, run, memory } = await setUp();
    const kept = (await run(privacy, {})).lines.join('\n');
    expect(kept).toMatch(/With each answer, for 30 days/);
    expect(kept).toMatch(/questions you write in help channels.* for 30 days/);
    expect(kept).toContain('when you first wrote there');
    const out = await run(privacy, { choice: 'out' });
    expect(out.text).toContain('You opted out');
    expect(out.lines.join()).toContain('help-channel records');
    expect(await memory.optOuts.has('discord:member')).toBe(true);
    expect((await run(privacy, {})).text).toContain('You opted out');
    await run(privacy, { choice: 'in' });
    expect(await memory.optOuts.has('discord:member')).toBe(false);
  });
});

describe('Find answers', () => {
  it('asks what the message says, and says when that is nothing', async () => {
    const { asker, searched } = await setUp();
    const action = createFindAnswersAction({ asker });
    expect(await action.run({ text: 'Where is the cache?' }, contextOf('member'), signal)).toMatchObject({
      kind: 'answer',
    });
    expect(searched).toEqual(['Where is the cache?']);
    await expect(action.run({ text: '👍' }, contextOf('member'), signal)).rejects.toThrow('no words');
  });
});
