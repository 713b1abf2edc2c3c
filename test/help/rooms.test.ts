import { describe, expect, it } from 'vitest';
import { actionsFor } from '../../src/help/actions-for.ts';
import { ChatRefusal } from '../../src/help/chat.ts';
import { openedFor, threadName } from '../../src/help/thread-name.ts';
import { anAnswer } from '../fakes/answers.ts';
import { aMessage } from '../fakes/fake-chat.ts';
import { noHelpChannels } from '../fakes/no-help-channels.ts';
import { aScene, saying } from './setup.ts';

const slack = { platform: 'slack', server: 'T', channel: 'C', message: '1.0' } as const;
const outside = { platform: 'slack', kind: 'outside', server: 'T', channel: 'C' } as const;

describe('where others read along', () => {
  it('nothing is posted; a member of the own workspace is answered alone', async () => {
    const { chat, conversations } = await aScene({ platform: 'slack' });
    await conversations.message(aMessage({ ref: slack, place: outside }));
    expect(chat.posts).toEqual([]);
    expect(chat.whispers).toMatchObject([{ user: 'asker', post: { outcome: { kind: 'answer' } } }]);
  });

  it('a stranger gets nothing; members hear alone why they get none', async () => {
    const { chat, conversations, policy, searched } = await aScene({ platform: 'slack' });
    await conversations.message(aMessage({ ref: slack, place: outside, stranger: true }));
    expect(chat.whispers).toEqual([]);
    await conversations.message(aMessage({ ref: { ...slack, message: '2.0' }, place: outside, text: '' }));
    policy.current = { answers: 'none' };
    await conversations.message(aMessage({ ref: { ...slack, message: '3.0' }, place: outside }));
    expect(chat.whispers.map(({ post }) => saying(post))).toEqual([
      expect.stringContaining('Mention me together with your question'),
      'I give no answers in this channel.',
    ]);
    expect([...chat.posts, ...searched]).toEqual([]);
  });
});

describe('a channel', () => {
  it('with private answers alone has them whispered on Slack, and names the command on Discord', async () => {
    const there = await aScene({ platform: 'slack' });
    there.policy.current = { answers: 'private' };
    await there.conversations.message(aMessage({ ref: slack }));
    expect([there.chat.posts.length, there.chat.whispers.length]).toEqual([0, 1]);
    const here = await aScene();
    here.policy.current = { answers: 'private' };
    await here.conversations.message(aMessage());
    expect(here.chat.posts.map(({ post }) => saying(post))).toEqual([
      'Answers in this channel are for the asker alone: use /ask.',
    ]);
    expect(here.searched).toEqual([]);
  });

  it('without answers says so, and searches nothing', async () => {
    const { chat, conversations, policy, searched } = await aScene();
    policy.current = { answers: 'none' };
    await conversations.message(aMessage());
    expect(chat.posts.map(({ post }) => saying(post))).toEqual(['I give no answers in this channel.']);
    expect(searched).toEqual([]);
  });

  it('gets no more public answers an hour than it wants, also across a restart', async () => {
    let time = Date.parse('2026-01-01T00:00:00Z');
    const { chat, conversations, policy, file } = await aScene({ now: () => time });
    policy.current = { perHour: 1 };
    const ask = (scene = { conversations }) => scene.conversations.message(aMessage({ writtenAt: time }));
    await Promise.all([ask(), ask()]);
    const again = await aScene({ now: () => time, file, chat });
    again.policy.current = { perHour: 1 };
    await ask(again);
    time += 3600_001;
    await ask(again);
    const kinds = chat.posts.map(({ post }) => saying(post)).sort();
    const enough = expect.stringContaining('enough public answers for this hour');
    expect(kinds).toEqual([enough, enough, 'answer', 'answer']);
  });

  it('gets no more of them than its whole server wants, wherever they were given', async () => {
    const { chat, conversations, policy } = await aScene();
    policy.current = { perHour: 5, serverPerHour: 2 };
    const ask = (channel: string, server = 'S') =>
      conversations.message(
        aMessage({ ref: { platform: 'discord', server, channel, message: `${channel}-${server}` } }),
      );
    for (const channel of ['A', 'B', 'C']) await ask(channel);
    await ask('D', 'other');
    expect(chat.posts.map(({ post }) => saying(post))).toEqual([
      'answer',
      'answer',
      expect.stringContaining('enough public answers for this hour here.'),
      'answer',
    ]);
  });

  it('where the bot may not post has the asker told why, once an hour, also across a restart', async () => {
    const { chat, conversations, file } = await aScene();
    chat.beforePost = () => {
      throw new ChatRefusal('forbidden', 'no permission');
    };
    await conversations.message(aMessage());
    await conversations.message(aMessage());
    await (await aScene({ file, chat })).conversations.message(aMessage());
    expect(chat.told).toEqual([{ user: 'asker', text: expect.stringContaining('may not post') }]);
  });

  it('that vanished gets nothing, and nobody is told', async () => {
    const { chat, conversations } = await aScene();
    chat.beforePost = () => {
      throw new ChatRefusal('gone', 'unknown channel');
    };
    await conversations.message(aMessage());
    expect([...chat.posts, ...chat.told]).toEqual([]);
  });
});

describe('a follow-up that nobody addressed to the bot', () => {
  it('gets nothing where answers are not public, where others read along, or when the hour has had enough', async () => {
    const scene = await aScene({ platform: 'slack' });
    await scene.conversations.message(aMessage({ ref: slack }));
    let count = 1;
    const followUp = (place = aMessage({ ref: slack }).place) => {
      const ref = { ...slack, thread: slack.message, message: `${++count}.0` };
      return scene.conversations.message(aMessage({ ref, place, addressed: undefined, room: 'thread' }));
    };
    await followUp(outside);
    scene.policy.current = { answers: 'private' };
    await followUp();
    scene.policy.current = { perHour: 2 };
    await followUp();
    await followUp();
    expect(scene.chat.posts).toHaveLength(2);
    expect(scene.chat.whispers).toEqual([]);
  });
});

describe('somebody who asks too often', () => {
  it('is told when to ask again', async () => {
    const { chat, conversations } = await aScene({ limit: 1 });
    await conversations.message(aMessage());
    await conversations.message(aMessage());
    expect(saying(chat.posts[1]?.post ?? { outcome: { kind: '' } })).toMatch(/^Busy right now, try again in \d+ s\.$/);
  });
});

describe('the actions below an answer', () => {
  const open = noHelpChannels().policyOf({ platform: 'discord', server: 'S', channel: 'C' });
  const room = { platform: 'discord', server: 'S', channel: 'C' } as const;
  const kinds = (...[answer, view, policy]: Parameters<typeof actionsFor>) =>
    new Set(actionsFor(answer, view, policy).map(({ kind }) => kind));
  const answer = anAnswer({ id: 'a' });

  it('are those for whoever sees it', () => {
    expect(kinds(answer, { audience: 'asker', room, automatic: false }, open)).toContain('share');
    const everyone = kinds(answer, { audience: 'everyone', room, automatic: false }, open);
    expect(everyone).toContain('remove');
    expect(everyone).not.toContain('share');
    expect(kinds(answer, { audience: 'everyone', room, automatic: true }, open)).toContain('not-here');
  });

  it('share nothing where answers are private, and vote nowhere buttons are off', () => {
    const view = { audience: 'asker', room, automatic: false } as const;
    expect(kinds(answer, view, { ...open, answers: 'private' })).not.toContain('share');
    const off = kinds(answer, { ...view, audience: 'everyone' }, { ...open, buttons: false });
    expect([...off]).not.toEqual(expect.arrayContaining(['vote']));
    expect(off).not.toContain('solved');
  });

  it('ask a helper where some are named, and open an issue where the repository is known', () => {
    const view = { audience: 'asker', room, automatic: false } as const;
    expect(kinds(answer, view, open)).not.toContain('helper');
    expect(kinds(answer, view, { ...open, helpersChannel: 'H' })).toContain('helper');
    expect(kinds(answer, view, open)).toContain('issue');
    expect(kinds({ ...answer, question: undefined }, view, open)).not.toContain('issue');
  });

  it('lead to people where nothing is close, before the votes; where something is, they do not', () => {
    const view = { audience: 'everyone', room, automatic: false } as const;
    const helped = { ...open, helpersChannel: 'H' };
    for (const band of ['strong', 'fair'] as const) {
      expect(kinds({ ...answer, band }, view, helped)).not.toContain('helper');
      expect(kinds({ ...answer, band }, view, helped)).not.toContain('issue');
    }
    const unmeasured = [...kinds(answer, view, helped)];
    expect(unmeasured.slice(-2)).toEqual(['helper', 'issue']);
    const [first, ...rest] = answer.hits;
    for (const because of ['voted for here', 'taught by helpers']) {
      const hits = first ? [{ ...first, because }, ...rest] : [];
      expect(kinds({ ...answer, hits }, view, helped)).not.toContain('helper');
    }
    const weak = [...kinds({ ...answer, band: 'weak' }, view, helped)];
    expect(weak.slice(2, 6)).toEqual(['helper', 'issue', 'solved', 'vote']);
    expect(kinds({ ...answer, hits: [], more: false }, view, helped)).toEqual(new Set(['helper', 'remove']));
  });

  it('are none below an answer that is not kept', () => {
    expect(actionsFor(anAnswer(), { audience: 'asker', room, automatic: false }, open)).toEqual([]);
  });
});

describe("a thread's name", () => {
  it.each([
    ['How can I load a dataset offline? I tried the cache.', 'How can I load a dataset offline?'],
    ['# Heading\nand more', 'Heading and more'],
    ['>>> quoted', 'quoted'],
    ['', 'Answers'],
    [undefined, 'Answers'],
    ['a\u202Eb', 'ab'],
  ])('of %j is %j', (question, name) => {
    expect(threadName(question)).toBe(name);
  });

  it('is cut where it is long', () => {
    expect(threadName('word '.repeat(100)).length).toBeLessThanOrEqual(90);
  });

  it('is for a thread that the bot opens: one that the message stands in is not its own', () => {
    const room = { platform: 'discord', server: 'S', channel: 'C', thread: 't' } as const;
    expect(openedFor(aMessage(), room)).toEqual(room);
    expect(openedFor(aMessage({ ref: { ...room, message: 'm' } }), room)).toBeUndefined();
  });
});
