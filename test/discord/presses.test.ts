import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { scopeOf } from '../../src/memory/scope.ts';
import type { Answer } from '../../src/retrieval/answer.ts';
import { anAnswer } from '../fakes/answers.ts';
import {
  buttonsOf,
  componentsOf,
  type FakeChannel,
  type FakeMessage,
  type FakeUser,
  INVITED,
  MAY,
  optionsOf,
  textsOf,
} from '../fakes/discord-state.ts';
import { openTalk, type Talk } from './talk.ts';

let talk: Talk;
let manager: FakeUser;
beforeAll(async () => {
  talk = await openTalk({ chatConfig: { readsMessages: true } });
  manager = talk.discord.otherBot;
  talk.discord.addRole(talk.guild, { name: 'managers', permissions: MAY.manageChannels }, [manager]);
  talk.discord.gateway.dispatch('GUILD_ROLE_CREATE', { guild_id: talk.guild.id, role: roleJson() });
});
afterAll(() => talk.close());
afterEach(async () => {
  talk.expectSound();
  talk.policy.current = {};
  talk.search.answer = (question) => anAnswer({ question });
  talk.gone.clear();
  // What was voted for stands first, without a way to a new issue.
  const scope = scopeOf({ platform: 'discord', server: talk.guild.id });
  const votes = await talk.memory.votes.list(scope);
  await talk.memory.votes.remove(
    scope,
    votes.map(({ id }) => id),
  );
});

const said = (message: FakeMessage) => textsOf(message).join('\n');
const titles = (message: FakeMessage) => textsOf(message).filter((text) => text.startsWith('### '));

const optionLabels = (options: unknown) =>
  Array.isArray(options) ? options.map(({ label }: { label?: unknown }) => label) : [];

function roleJson() {
  const [role] = talk.guild.roles;
  return { id: role?.id, name: 'managers', permissions: String(MAY.manageChannels), position: 1, color: 0, flags: 0 };
}

/** A public answer to somebody's question. */
async function anAnswered(channel: FakeChannel = talk.aChannel(), question = 'How can I load it offline?') {
  return talk.discord.replyTo(talk.mention(question, channel));
}

/** Waits until it is remembered that an answer is public. */
async function remembered({ id, channelId }: FakeMessage): Promise<void> {
  const server = talk.discord.channels.get(channelId)?.guildId;
  const ref = { platform: 'discord', server, channel: channelId, message: id } as const;
  await expect.poll(() => talk.memory.posts.ofMessage(ref), { timeout: 20_000 }).toBeDefined();
}

/** Presses, by whomever, and says what they are told. */
async function told(message: FakeMessage, label: string, user: FakeUser = talk.discord.person): Promise<string> {
  return said(await talk.discord.press(message, label, { user }));
}

describe('a public answer', () => {
  it('has five buttons at most, and one select for what is left', async () => {
    const answer = await anAnswered();
    expect(buttonsOf(answer)).toEqual(['Next five', 'This solved it', 'Helpful', 'Not helpful', 'Open an issue']);
    const more = componentsOf(answer).find(({ placeholder }) => placeholder === 'More');
    expect(more?.options).toMatchObject([
      { label: 'Remove' },
      { label: 'Hide a comment' },
      { label: 'Hide an author' },
    ]);
  });

  it('has no votes where they are switched off', async () => {
    talk.policy.current = { buttons: false };
    const answer = await anAnswered();
    expect(buttonsOf(answer)).toEqual(['Next five', 'Remove', 'Hide a comment', 'Hide an author', 'Open an issue']);
    expect(buttonsOf(await talk.discord.select(answer, '2.'))).toEqual([]);
  });

  it('links to a new issue with the question filled in', async () => {
    const button = componentsOf(await anAnswered()).find(({ label }) => label === 'Open an issue');
    expect(button).toMatchObject({
      style: 5,
      url: 'https://github.com/example/project/issues/new?title=How+can+I+load+it+offline%3F',
    });
  });

  it('shows a whole comment to whoever chose it, with what concerns that comment alone', async () => {
    const answer = await anAnswered();
    const whole = await talk.discord.select(answer, '2.', { user: talk.discord.stranger });
    expect(whole.visibleTo).toBe(talk.discord.stranger.id);
    expect(buttonsOf(whole)).toEqual(['Helpful', 'Not helpful', 'This solved it']);
  });

  it('is removed by who asked, and not by others', async () => {
    const answer = await anAnswered();
    const refused = await talk.discord.select(answer, 'Remove', { user: talk.discord.stranger });
    expect(said(refused)).toMatch(/Only who asked/);
    expect(answer.deleted).toBe(false);
    expect(said(await talk.discord.select(answer, 'Remove'))).toBe('Removed.');
    expect(answer.deleted).toBe(true);
  });

  it('is removed by who manages the channel, for everyone', async () => {
    const answer = await anAnswered();
    expect(said(await talk.discord.select(answer, 'Remove', { user: manager }))).toBe('Removed.');
    expect(answer.deleted).toBe(true);
  });

  it('loses a comment that a manager hides for good', async () => {
    const answer = await anAnswered();
    const refused = await talk.discord.select(answer, 'Hide a comment');
    expect(said(refused)).toMatch(/Only managers/);
    const which = await talk.discord.select(answer, 'Hide a comment', { user: manager });
    expect(said(which)).toBe('Which one is never to be shown here again?');
    const last = titles(answer)[4];
    const done = await talk.discord.select(which, '5.', { user: manager });
    expect(said(done)).toMatch(/not shown here again/);
    // The question is taken back, so that it is not answered twice.
    expect(done).toBe(which);
    await talk.discord.waitFor(() => titles(answer)[4] !== last, 'the hidden comment to go');
    const whose = await talk.discord.select(answer, 'Hide an author', { user: manager });
    expect(said(await talk.discord.select(whose, '1.', { user: manager }))).toMatch(/What this author wrote/);
    await talk.discord.waitFor(() => !titles(answer)[0]?.includes('(1)'), 'what the author wrote to go');
    const scope = scopeOf({ platform: 'discord', server: talk.guild.id });
    const hides = await talk.memory.hides.list(scope);
    await talk.memory.hides.remove(
      scope,
      hides.map(({ id }) => id),
    );
  });
});

describe('votes', () => {
  it('for the answer and for a hit are counted once, and taken back by the same button', async () => {
    const answer = await anAnswered();
    expect(await told(answer, 'Helpful')).toMatch(/^Your vote for this answer: helpful/);
    expect(await told(answer, 'Helpful')).toBe('Your vote is taken back.');
    const whole = await talk.discord.select(answer, '2.');
    expect(await told(whole, 'Not helpful')).toMatch(/^Your vote for hit 2: not helpful/);
    expect(await told(whole, 'Not helpful')).toBe('Your vote is taken back.');
  });
});

describe('this solved it', () => {
  const solve = async (answer: FakeMessage, channel: FakeChannel) => {
    const which = await talk.discord.press(answer, 'This solved it', { channel });
    expect(said(which)).toBe('Which comment solved it?');
    expect(optionsOf(which)).toHaveLength(5);
    return said(await talk.discord.select(which, '2.', { channel }));
  };

  it('asks which, sets the tag that the forum has for it, and takes it back', async () => {
    const permissions = INVITED | MAY.manageThreads;
    const { thread } = talk.discord.post(talk.aForum({ tags: ['question', 'Solved!'], permissions }), {
      tags: ['question'],
    });
    const answer = await anAnswered(thread);
    expect(await solve(answer, thread)).toMatch(/^Solved by hit 2/);
    await talk.discord.waitFor(() => thread.appliedTags.length === 2, 'the tag');
    await talk.discord.waitFor(() => said(answer).includes('Hit 2 solved it.'), 'the note');
    expect(await told(answer, 'This solved it')).toBe('Not solved any more.');
    await talk.discord.waitFor(() => thread.appliedTags.length === 1, 'the tag to go');
  });

  it('sets a reaction where there is no such tag, or the bot may not set it', async () => {
    const { thread, answer } = await (async () => {
      const forum = talk.aForum({ tags: ['solved'], permissions: INVITED | MAY.react });
      const post = talk.discord.post(forum);
      return { thread: post.thread, answer: await anAnswered(post.thread) };
    })();
    expect(await solve(answer, thread)).toMatch(/^Solved by hit 2/);
    const marked = () => talk.discord.messages.filter(({ reactions }) => reactions.some(({ emoji }) => emoji === '✅'));
    await talk.discord.waitFor(() => marked().length === 1, 'the reaction');
    expect(thread.appliedTags).toEqual([]);
    expect(await told(answer, 'This solved it')).toBe('Not solved any more.');
    await talk.discord.waitFor(() => marked().length === 0, 'the reaction to go');
  });

  it('is noted though nothing may be marked', async () => {
    const channel = talk.aChannel();
    const answer = await anAnswered(channel);
    expect(await solve(answer, channel)).toMatch(/^Solved by hit 2/);
  });
});

describe('ask a helper', () => {
  it('posts once to the helpers\u2019 channel and pings their role and nobody else', async () => {
    const helpers = talk.aChannel();
    const role = talk.discord.addRole(talk.guild, { name: 'helpers' });
    talk.policy.current = { helpersChannel: helpers.id, helpersRole: role.id };
    const answer = await anAnswered();
    const ask = () => talk.discord.select(answer, 'Ask a helper', { user: talk.discord.stranger });
    expect(said(await ask())).toBe('The helpers were asked.');
    const call = await talk.postIn(helpers);
    expect(call.payload?.allowed_mentions).toEqual({ parse: [], roles: [role.id] });
    expect(textsOf(call)[0]).toBe(`<@&${role.id}>`);
    expect(said(call)).toContain(`https://discord.com/channels/${talk.guild.id}/`);
    expect(textsOf(call)).toContain(`Asked by <@${talk.discord.stranger.id}>`);
    expect(said(await ask())).toBe('The helpers know of it already.');
    expect(talk.discord.postsIn(helpers)).toHaveLength(1);
  });

  it('stands below an answer, with a new issue, where nothing is close', async () => {
    talk.policy.current = { helpersChannel: talk.aChannel().id };
    const withBand = (band: Answer['band']) => {
      talk.search.answer = (question) => anAnswer({ question, band });
      return anAnswered();
    };
    const controls = ['Ask a helper', 'Open an issue'];
    expect(buttonsOf(await withBand('weak'))).toEqual(expect.arrayContaining(controls));
    const close = componentsOf(await withBand('strong'));
    const labels = close.flatMap(({ label, options }) => [label, ...optionLabels(options)]);
    expect(labels.filter((label) => controls.includes(String(label)))).toEqual([]);
    talk.search.answer = (question) => anAnswer({ question, hits: [], ranking: [], more: false });
    expect(buttonsOf(await anAnswered())).toContain('Ask a helper');
  });

  it('says so where the bot may not post there', async () => {
    const helpers = talk.aChannel(MAY.view);
    talk.policy.current = { helpersChannel: helpers.id };
    const told = await talk.discord.select(await anAnswered(), 'Ask a helper');
    expect(said(told)).toMatch(/cannot be reached/);
  });
});

describe('an answer that somebody made public', () => {
  it('lives on as the bot\u2019s own: shared, in a thread, or asked for everyone', async () => {
    const channel = talk.aChannel();
    const open = await talk.discord.ask('How can I load it?', { visibility: 'everyone', channel });
    const mine = await talk.discord.ask('How can I load it?', { channel });
    await talk.discord.press(mine, 'Share in this channel');
    const shared = talk.discord.postsIn(channel).find((post) => said(post).includes('Shared by robin.'));
    await talk.discord.press(mine, 'Open a thread with it');
    const [start] = talk.discord.postsIn(channel).filter((post) => said(post).includes('opened a thread'));
    const thread = await talk.discord.threadOn(start as FakeMessage);
    const threaded = await talk.postIn(thread);
    const posts = [open, shared as FakeMessage, threaded, await anAnswered(channel)];
    for (const post of posts) await remembered(post);
    talk.gone.add('comment-1');
    await talk.conversations.commentsChanged(['comment-1']);
    for (const post of posts) {
      expect(titles(post)[0]).not.toContain('(1)');
      expect(post.edits).toBeGreaterThan(0);
    }
    // The name of who shared it is in no file, so it is gone.
    expect(said(shared as FakeMessage)).not.toContain('robin');
    await talk.discord.select(threaded, 'Remove', { channel: thread });
    await talk.discord.waitFor(() => thread.archived && (start as FakeMessage).deleted, 'thread and line to go');
  });

  it('through an interaction alone is changed by it, and later by a press', async () => {
    const elsewhere = talk.discord.addGuild({ hasBot: false });
    const channel = talk.discord.addChannel(elsewhere, { permissions: 0n });
    const where = { channel, install: 'user' } as const;
    const answer = await talk.discord.ask('How can I load it?', { visibility: 'everyone', ...where });
    await remembered(answer);
    talk.gone.add('comment-1');
    await talk.conversations.commentsChanged(['comment-1']);
    expect(titles(answer)[0]).not.toContain('(1)');
    talk.gone.add('comment-2');
    talk.discord.advance(16 * 60_000);
    await talk.conversations.commentsChanged(['comment-2']);
    expect(titles(answer)[0]).toContain('(2)');
    const press = talk.discord.beginPress(answer, 'Helpful', where);
    await talk.discord.waitFor(() => press.followUps.length > 0, 'what is told');
    expect(said(press.followUps[0] as FakeMessage)).toMatch(/^Your vote/);
    await talk.discord.waitFor(() => !titles(answer)[0]?.includes('(2)'), 'the answer to change');
    const removal = talk.discord.beginSelect(answer, 'Remove', where);
    await talk.discord.waitFor(() => removal.followUps.length > 0, 'what is told');
    expect(removal.followUps.map(said)).toEqual(['Removed.']);
    expect(answer.deleted).toBe(true);
    talk.discord.advance(-16 * 60_000);
  });
});

describe('an answer to somebody who opted out', () => {
  it('follows their question as any other', async () => {
    const author = { id: '700000000000000078', username: 'sam' };
    await talk.memory.optOuts.add(`discord:${author.id}`);
    const channel = talk.aChannel();
    const question = talk.mention('How can I lod it?', channel, { author });
    const answer = await talk.discord.replyTo(question);
    await remembered(answer);
    talk.discord.editMessage(question, `<@${talk.discord.botUser.id}> How can I load it?`);
    await talk.discord.waitFor(() => answer.edits > 0, 'the answer to change');
    talk.discord.deleteMessage(question);
    await talk.discord.waitFor(() => answer.deleted, 'the answer to go');
  });
});

describe('a channel that wants so many public answers an hour', () => {
  it('gets no more, however they are asked for; the rest is for the asker alone', async () => {
    const channel = talk.aChannel();
    talk.policy.current = { perHour: 2 };
    await talk.discord.ask('How can I load it?', { visibility: 'everyone', channel });
    const mine = await talk.discord.ask('How can I load it?', { channel });
    await talk.discord.press(mine, 'Share in this channel');
    await talk.discord.waitFor(() => talk.discord.postsIn(channel).length === 2, 'what is shared');
    const third = await talk.discord.ask('How can I load it?', { visibility: 'everyone', channel });
    expect(third.visibleTo).toBe(talk.discord.person.id);
    expect(textsOf(third)[0]).toMatch(/enough public answers for this hour/);
    expect(said(await talk.discord.press(mine, 'Open a thread with it'))).toMatch(/enough public answers/);
    expect(said(await anAnswered(channel))).toMatch(/enough public answers for this hour.*Use \/ask/);
  });
});

describe('a channel that wants no public answers', () => {
  it('gets private ones, or none', async () => {
    const channel = talk.aChannel();
    talk.policy.current = { answers: 'private' };
    const mine = await talk.discord.ask('How can I load it?', { visibility: 'everyone', channel });
    expect(mine.visibleTo).toBe(talk.discord.person.id);
    expect(buttonsOf(mine)).not.toContain('Share in this channel');
    // A button from before.
    talk.policy.current = {};
    const old = await talk.discord.ask('How can I load it?', { channel });
    talk.policy.current = { answers: 'private' };
    expect(said(await talk.discord.press(old, 'Share in this channel'))).toMatch(/wants no public answers/);
    talk.policy.current = { answers: 'none' };
    const none = await talk.discord.ask('How can I load it?', { channel });
    expect(said(none)).toBe('Whoever manages this channel wants no answers here.');
  });
});

describe('a bot that was started again', () => {
  it('knows the answers that it gave, and what can be pressed below them', async () => {
    const channel = talk.aChannel();
    const answer = await anAnswered(channel);
    const mine = await talk.discord.ask('How can I load it?', { channel });
    await talk.discord.press(mine, 'Share in this channel');
    await talk.discord.waitFor(() => talk.discord.postsIn(channel).length === 2, 'what is shared');
    await remembered(talk.discord.postsIn(channel)[1] as FakeMessage);
    await talk.bot.close();
    const again = await openTalk({ discord: talk.discord, file: talk.file, chatConfig: { readsMessages: true } });
    try {
      expect(said(await again.discord.press(answer, 'Helpful'))).toMatch(/^Your vote/);
      expect(titles(await again.discord.press(answer, 'Next five'))).toHaveLength(5);
      expect(said(await again.discord.press(mine, 'Share in this channel'))).toBe('This was posted here already.');
      expect(said(await again.discord.press(mine, 'Open a thread with it'))).toBe('The thread is open.');
      const message = talk.discord.messages.find(({ id }) => id === answer.replyTo) as FakeMessage;
      talk.discord.deleteMessage(message);
      await talk.discord.waitFor(() => answer.deleted, 'the answer to go');
    } finally {
      await again.close();
    }
  });
});
