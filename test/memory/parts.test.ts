import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../src/log.ts';
import type { MessageSpot, NewPost } from '../../src/memory/posts.ts';
import { EVERYWHERE, scopeOf } from '../../src/memory/scope.ts';
import { openMemory } from '../../src/memory/sqlite-memory.ts';
import { anAnswer } from '../fakes/answers.ts';

const DAY_MS = 24 * 3600_000;
const place = { platform: 'discord', kind: 'channel', server: 'S', channel: 'C' } as const;
const context = { platform: 'discord', user: 'user-4711', server: 'S', channel: 'C', place, requestId: 'r' } as const;
const spot = (message: string, over: Partial<MessageSpot> = {}): MessageSpot => ({
  platform: 'discord',
  server: 'S',
  channel: 'C',
  message,
  ...over,
});

const newPost = (answerId: string, message: MessageSpot): NewPost => ({
  answerId,
  kind: 'answer',
  message,
  through: 'bot',
  offset: 0,
  place,
  asker: 'a',
  shows: [{ comment: 'comment-1', content: 'abc' }],
});

async function aMemory({ now = Date.now, file }: { now?: () => number; file?: string } = {}) {
  const where = file ?? path.join(await mkdtemp(path.join(tmpdir(), 'parts-')), 'memory.sqlite');
  const memory = await openMemory(where, {
    keepDays: 30,
    log: silentLogger,
    now,
    comments: async () => [],
    sees: async () => [],
  });
  onTestFinished(() => memory.close());
  const post = async (over: Partial<NewPost> = {}) => {
    const { id = '' } = await memory.answers.keep(anAnswer(), context);
    await memory.posts.add({ ...newPost(id, spot(`bot-${id}`)), ...over });
    return id;
  };
  return { memory, file: where, post };
}

describe('where answers are posted', () => {
  it('is found by answer, message, question, thread and comment', async () => {
    const { memory, post } = await aMemory();
    const question = spot('q');
    const opened = { platform: 'discord', server: 'S', channel: 'C', thread: 'T' } as const;
    const id = await post({ message: spot('m', { thread: 'T' }), question, opened, banner: 'Automatic.' });
    await post({ message: spot('other'), shows: [{ comment: 'comment-2', content: 'abc' }] });
    const { posts } = memory;
    const [record] = await posts.ofAnswer(id);
    expect(record).toMatchObject({ answerId: id, question, opened, through: 'bot', place, banner: 'Automatic.' });
    expect(await posts.ofMessage(spot('m'))).toEqual(record);
    expect(await posts.ofQuestion(question)).toEqual([record]);
    expect(await posts.inThread(opened)).toEqual([record]);
    expect(await posts.inThread({ ...opened, thread: undefined })).toEqual([]);
    expect(await posts.showing(['comment-1', 'comment-9'])).toEqual([record]);
    expect(await posts.inServer({ platform: 'discord', server: 'S' })).toHaveLength(2);
    expect(await posts.inServer({ platform: 'discord', server: undefined })).toEqual([]);
    expect(await posts.inServer(undefined)).toHaveLength(2);
  });

  it('knows the asker by a hash alone', async () => {
    const { memory, post, file } = await aMemory();
    await post({ message: spot('m'), asker: 'user-4711' });
    const record = await memory.posts.ofMessage(spot('m'));
    expect(record && memory.posts.isAsker(record, 'user-4711')).toBe(true);
    expect(record && memory.posts.isAsker(record, 'user-4712')).toBe(false);
    const folder = path.dirname(file);
    const bytes = await Promise.all((await readdir(folder)).map((name) => readFile(path.join(folder, name), 'latin1')));
    expect(bytes.join('')).not.toContain('user-4711');
  });

  it('is one place for one message, told apart by channel on Slack', async () => {
    const { memory, post } = await aMemory();
    const inSlack = (channel: string) => spot('1.0', { platform: 'slack', server: 'T', channel });
    const first = await post({ message: inSlack('A') });
    await post({ message: inSlack('A') });
    await post({ message: inSlack('B') });
    expect((await memory.posts.ofMessage(inSlack('A')))?.answerId).toBe(first);
    expect(await memory.posts.inServer({ platform: 'slack', server: 'T' })).toHaveLength(2);
  });

  it('is removed by a record that is out of date without taking a later one along', async () => {
    const { memory, post } = await aMemory();
    await post({ message: spot('m') });
    const record = await memory.posts.ofMessage(spot('m'));
    if (!record) throw new Error('it is not there');
    await memory.posts.remove(record);
    await post({ message: spot('n') });
    await memory.posts.remove(record);
    expect(await memory.posts.ofMessage(spot('n'))).toBeDefined();
  });

  it('follows what is shown there, and goes with the answer', async () => {
    let time = Date.parse('2026-01-01T00:00:00Z');
    const { memory, post } = await aMemory({ now: () => time });
    const id = await post({ message: spot('m') });
    const record = await memory.posts.ofMessage(spot('m'));
    if (!record) throw new Error('it is not there');
    await memory.posts.shows(record, [{ comment: 'comment-7', content: 'def' }]);
    expect(await memory.posts.shown(record)).toEqual(['comment-7']);
    expect(await memory.posts.allShown()).toEqual([{ comment: 'comment-7', content: 'def' }]);
    await memory.answers.forget(id);
    expect(await memory.posts.ofMessage(spot('m'))).toBeUndefined();
    expect(await memory.posts.allShown()).toEqual([]);
    const other = await post({ message: spot('n') });
    time += 31 * DAY_MS;
    expect(await memory.answers.recall(other)).toBeUndefined();
  });
});

describe('votes', () => {
  const vote = { scope: 'discord:S', voter: 'discord:1', comment: 'c', answer: 'a', up: true } as const;

  it('last until they are taken back, also across a restart', async () => {
    const { memory, file } = await aMemory();
    await memory.votes.cast(vote);
    await memory.votes.cast({ ...vote, voter: 'discord:2' });
    const again = await aMemory({ file });
    expect(await again.memory.votes.net('discord:S', ['c', 'd'])).toEqual(new Map([['c', 2]]));
    expect(await again.memory.votes.of(vote)).toMatchObject({ up: true, solved: false });
    expect(await again.memory.votes.undo(vote)).toBe(true);
    expect(await again.memory.votes.undo(vote)).toBe(false);
    expect(await again.memory.votes.net('discord:S', ['c'])).toEqual(new Map([['c', 1]]));
  });

  it('are removed by id, by their voter or by whoever may remove all of that place', async () => {
    const { memory } = await aMemory();
    await memory.votes.cast(vote);
    const [own] = await memory.votes.list('discord:S', 'discord:1');
    const ids = [own?.id ?? 0];
    expect(await memory.votes.remove('discord:S', ids, 'discord:2')).toBe(0);
    expect(await memory.votes.remove('discord:elsewhere', ids)).toBe(0);
    expect(await memory.votes.remove('discord:S', ids)).toBe(1);
  });

  it('name what solved a question, until it is undone', async () => {
    const { memory, post } = await aMemory();
    const id = await post();
    const solve = async (comment: string) => {
      await memory.votes.solve(id, comment);
      await memory.votes.cast({ scope: 'discord:S', voter: 'x:1', comment, answer: id, up: true, solved: true });
    };
    const votes = () => memory.votes.list('discord:S');
    await solve('comment-1');
    await solve('comment-2');
    expect(await memory.votes.solution(id)).toBe('comment-2');
    expect(await votes()).toMatchObject([{ comment: 'comment-2' }]);
    expect(await memory.votes.unsolve(id)).toBe(true);
    expect(await memory.votes.solution(id)).toBeUndefined();
    expect(await votes()).toEqual([]);
    await solve('comment-1');
    await memory.votes.remove('discord:S', [(await votes())[0]?.id ?? 0]);
    expect(await memory.votes.solution(id)).toBeUndefined();
  });
});

describe('opting out', () => {
  it('deletes what is kept of a person, keeps nothing more of them, and lasts', async () => {
    const { memory, post, file } = await aMemory();
    const id = await post({ message: spot('m'), asker: 'user-4711' });
    await memory.votes.cast({ scope: 'discord:S', voter: 'discord:user-4711', comment: 'c', answer: id, up: true });
    const mine = await memory.answers.keep(anAnswer(), context);
    await memory.optOuts.add('discord:user-4711');
    expect(await memory.answers.recall(mine.id ?? '')).toBeUndefined();
    expect(await memory.votes.list('discord:S')).toEqual([]);
    const other = await memory.answers.keep(anAnswer({ vector: new Float32Array(2) }), context, { forEveryone: true });
    await memory.answers.replace(other.id ?? '', anAnswer({ vector: new Float32Array(2) }));
    await memory.posts.add({ ...newPost(other.id ?? '', spot('n')), asker: 'user-4711' });
    for (const [answer, message] of [
      [id, 'm'],
      [other.id ?? '', 'n'],
    ] as const) {
      // Where it is and what it shows, and nothing of who asked.
      expect(await memory.answers.recall(answer)).toMatchObject({ question: undefined, vector: undefined });
      expect((await memory.answers.recall(answer))?.isAsker('discord:user-4711')).toBe(false);
      expect(await memory.posts.ofMessage(spot(message))).toMatchObject({ asker: '' });
    }
    const { memory: again } = await aMemory({ file });
    expect(await again.answers.keep(anAnswer(), context)).not.toHaveProperty('id');
    expect(await again.optOuts.has('slack:user-4711')).toBe(false);
    expect(await again.optOuts.remove('discord:user-4711')).toBe(true);
    expect(await again.answers.keep(anAnswer(), context)).toHaveProperty('id');
  });
});

describe('a server that the bot left', () => {
  it('is forgotten whole, and no other', async () => {
    const { memory, post } = await aMemory();
    const teach = (scope: string) =>
      memory.taught.add({ scope, comment: 'c', question: 'How?', model: 'm', vector: new Float32Array(2) });
    const hide = (scope: string) => memory.hides.add({ scope, what: 'author', value: 'Someone' });
    const vote = (scope: string) => memory.votes.cast({ scope, voter: 'x:1', comment: 'c', answer: 'a', up: true });
    const [here, there] = [scopeOf({ platform: 'discord', server: 'S' }), scopeOf({ platform: 'slack', server: 'S' })];
    for (const scope of [here, there]) await Promise.all([teach(scope), hide(scope), vote(scope)]);
    const id = await post({ message: spot('m') });
    const bot = { platform: 'discord', bot: 'B' } as const;
    memory.servers.add(bot, ['S', 'T']);
    await memory.purge({ platform: 'discord', server: 'S' });
    expect(memory.servers.of(bot)).toEqual(['T']);
    expect(await memory.answers.recall(id)).toBeUndefined();
    expect(await memory.posts.inServer(undefined)).toEqual([]);
    const counts = async (scope: string) => [
      (await memory.taught.list(scope)).length,
      (await memory.hides.list(scope)).length,
      (await memory.votes.list(scope)).length,
    ];
    expect(await counts(here)).toEqual([0, 0, 0]);
    expect(await counts(there)).toEqual([1, 1, 1]);
  });

  it('keeps what MANAGERS gave for everywhere', async () => {
    const { memory } = await aMemory();
    await memory.hides.add({ scope: EVERYWHERE, what: 'comment', value: 'c' });
    await memory.purge({ platform: 'discord', server: 'S' });
    expect((await memory.hides.of('discord:any')).comments).toEqual(new Set(['c']));
  });
});

describe('a direct message', () => {
  it('on Discord, where it is in no server, is a place of its own', () => {
    expect(scopeOf({ platform: 'discord', channel: 'D1' })).not.toBe(scopeOf({ platform: 'discord', channel: 'D2' }));
    expect(scopeOf({ platform: 'slack', server: 'T', channel: 'D1' })).toBe('slack:T');
  });
});
