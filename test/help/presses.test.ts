import { describe, expect, it } from 'vitest';
import type { Action } from '../../src/help/action.ts';
import { ChatRefusal } from '../../src/help/chat.ts';
import type { Press } from '../../src/help/conversations.ts';
import { aMessage } from '../fakes/fake-chat.ts';
import { answerOf, aScene, hideFrom, ranksOf, saying } from './setup.ts';

async function anAnswered(options: Parameters<typeof aScene>[0] = {}) {
  const scene = await aScene(options);
  const message = aMessage();
  await scene.conversations.message(message);
  const [post] = scene.chat.posts;
  const { id = '' } = answerOf(scene, 0);
  const press = (action: Without<Action>, by = 'asker', overrides: Partial<Press> = {}) =>
    scene.conversations.press({ ...action, id } as Action, {
      by,
      room: message.ref,
      place: message.place,
      on: post?.ref,
      requestId: 'r',
      ...overrides,
    });
  const says = async (...args: Parameters<typeof press>) => {
    const { say } = await press(...args);
    return say ? saying({ outcome: say }) : undefined;
  };
  return { ...scene, id, message, post, press, says };
}

type Without<Any> = Any extends unknown ? Omit<Any, 'id'> : never;
type Answered = Awaited<ReturnType<typeof anAnswered>>;

const votesOf = ({ memory }: Answered, rank: number, scope = 'discord:S') =>
  memory.votes.net(scope, [`comment-${rank}`]);

describe('a vote', () => {
  it('counts once for each person and comment, and is taken back by the same button', async () => {
    const scene = await anAnswered();
    const up = { kind: 'vote', rank: 2, up: true } as const;
    expect(await scene.says(up, 'one')).toContain('helpful');
    expect(await scene.says(up, 'two')).toContain('helpful');
    expect(await votesOf(scene, 2)).toEqual(new Map([['comment-2', 2]]));
    await scene.press({ kind: 'vote', rank: 2, up: false }, 'two');
    expect(await votesOf(scene, 2)).toEqual(new Map());
    expect(await scene.says(up, 'one')).toBe('Your vote is taken back.');
    expect(await votesOf(scene, 2)).toEqual(new Map([['comment-2', -1]]));
  });

  it('counts where it was given alone; those of MANAGERS everywhere', async () => {
    const scene = await anAnswered({ settings: { managers: ['boss'] } });
    const up = { kind: 'vote', rank: 1, up: true } as const;
    await scene.press(up, 'member');
    expect(await votesOf(scene, 1, 'discord:elsewhere')).toEqual(new Map());
    await scene.press(up, 'boss');
    expect(await votesOf(scene, 1, 'discord:elsewhere')).toEqual(new Map([['comment-1', 1]]));
    expect(await votesOf(scene, 1)).toEqual(new Map([['comment-1', 2]]));
  });

  it('moves the comment in later answers, and its score stays as it is', async () => {
    const scene = await anAnswered();
    for (const person of ['one', 'two', 'three']) await scene.press({ kind: 'vote', rank: 3, up: true }, person);
    const later = aMessage();
    await scene.conversations.message(later);
    expect(ranksOf(scene, 1)).toEqual([1, 3, 2, 4, 5]);
    expect(answerOf(scene, 1).hits[1]).toMatchObject({ rank: 2, score: 22.5 });
    await scene.memory.votes.remove(
      'discord:S',
      (await scene.memory.votes.list('discord:S')).map(({ id }) => id),
    );
    await scene.conversations.message(aMessage());
    expect(ranksOf(scene, 2)).toEqual([1, 2, 3, 4, 5]);
  });

  it('for the whole answer moves no comment', async () => {
    const scene = await anAnswered();
    await scene.press({ kind: 'vote', rank: 0, up: false });
    for (let rank = 1; rank <= 5; rank++) expect(await votesOf(scene, rank)).toEqual(new Map());
    expect(await scene.memory.votes.list('discord:S')).toHaveLength(1);
  });

  it('of somebody who opted out is not kept, and they are told so', async () => {
    const scene = await anAnswered();
    await scene.memory.optOuts.add('discord:reader');
    expect(await scene.says({ kind: 'vote', rank: 1, up: true }, 'reader')).toContain('opted out');
    expect(await scene.memory.votes.list('discord:S')).toEqual([]);
  });

  it('works below an answer from before a restart, and says when that is too old', async () => {
    const before = await anAnswered();
    const scene = await aScene({ file: before.file });
    const press = { by: 'x', room: before.message.ref, place: before.message.place, requestId: 'r' };
    const vote = { kind: 'vote', rank: 1, up: true } as const;
    const { say } = await scene.conversations.press({ ...vote, id: before.id }, press);
    expect(say).toMatchObject({ text: expect.stringContaining('helpful') });
    const old = await scene.conversations.press({ ...vote, id: 'unknown' }, press);
    expect(old.say).toMatchObject({ text: expect.stringContaining('too old') });
  });

  it('for a comment that is gone says so', async () => {
    const scene = await anAnswered();
    scene.gone.add('comment-1');
    expect(await scene.says({ kind: 'vote', rank: 1, up: true })).toContain('no longer there');
  });
});

describe('"this solved it"', () => {
  const solved = { kind: 'solved', rank: 0 } as const;

  it('asks which hit, then marks the thread and names it, and is undone by the same button', async () => {
    const scene = await anAnswered();
    expect((await scene.press(solved)).ask).toMatchObject({
      action: { kind: 'solved' },
      answer: { hits: { length: 5 } },
    });
    expect(await scene.says({ kind: 'solved', rank: 2 })).toContain('Solved by hit 2');
    expect(scene.chat.marks.at(-1)).toMatchObject({ solved: true, on: { message: scene.message.ref.message } });
    expect(scene.post?.post.outcome).toMatchObject({ notes: ['Hit 2 solved it.'] });
    expect(await votesOf(scene, 2)).toEqual(new Map([['comment-2', 1]]));
    expect(await scene.says(solved)).toBe('Not solved any more.');
    expect(scene.chat.marks.at(-1)).toMatchObject({ solved: false });
    expect(scene.post?.post.outcome).toMatchObject({ notes: [] });
    expect(await votesOf(scene, 2)).toEqual(new Map());
  });

  it('is undone whoever had said it, and moves on when another hit is named', async () => {
    const scene = await anAnswered();
    scene.chat.standings.set('manager', 'manager');
    await scene.press({ kind: 'solved', rank: 2 });
    await scene.press({ kind: 'solved', rank: 3 }, 'manager');
    expect(await votesOf(scene, 2)).toEqual(new Map());
    expect(await scene.says(solved)).toBe('Not solved any more.');
    expect(await votesOf(scene, 3)).toEqual(new Map());
  });

  it('is for who asked, helpers and managers', async () => {
    const scene = await anAnswered();
    expect(await scene.says({ kind: 'solved', rank: 1 }, 'passer-by')).toContain('Only who asked');
    for (const standing of ['helper', 'manager'] as const) {
      scene.chat.standings.set(standing, standing);
      expect(await scene.says({ kind: 'solved', rank: standing === 'helper' ? 1 : 2 }, standing)).toContain(
        'Solved by',
      );
    }
    expect(await scene.memory.votes.solution(scene.id)).toBe('comment-2');
  });

  it('is noted also where the thread may not be marked', async () => {
    const scene = await anAnswered();
    scene.chat.mark = () => Promise.reject(new ChatRefusal('forbidden', 'no permission'));
    expect(await scene.says({ kind: 'solved', rank: 1 })).toContain('Solved by hit 1');
  });
});

describe('removing', () => {
  it('is for who asked and managers, and takes the answer away for everyone', async () => {
    const scene = await anAnswered();
    scene.chat.standings.set('helper', 'helper');
    expect(await scene.says({ kind: 'remove' }, 'passer-by')).toContain('Only who asked and managers');
    expect(await scene.says({ kind: 'remove' }, 'helper')).toContain('Only who asked and managers');
    expect(scene.chat.posts).toHaveLength(1);
    expect(await scene.says({ kind: 'remove' }, 'asker')).toBe('Removed.');
    expect(scene.chat.posts).toEqual([]);
    const other = await anAnswered();
    other.chat.standings.set('boss', 'manager');
    await other.press({ kind: 'remove' }, 'boss');
    expect(other.chat.posts).toEqual([]);
  });
});

describe('hiding', () => {
  it('is for managers, and keeps a comment out of posted and later answers', async () => {
    const scene = await anAnswered();
    scene.chat.standings.set('boss', 'manager');
    expect(await scene.says({ kind: 'hide', rank: 1, what: 'comment' })).toContain('Only managers');
    expect((await scene.press({ kind: 'hide', rank: 0, what: 'comment' }, 'boss')).ask).toBeDefined();
    await scene.press({ kind: 'hide', rank: 1, what: 'comment' }, 'boss');
    expect(ranksOf(scene, 0)).toEqual([2, 3, 4, 5, 6]);
    await scene.conversations.message(aMessage());
    expect(ranksOf(scene, 1)).toEqual([2, 3, 4, 5, 6]);
  });

  it('an author keeps out everything they wrote', async () => {
    const scene = await anAnswered();
    scene.chat.standings.set('boss', 'manager');
    await scene.press({ kind: 'hide', rank: 2, what: 'author' }, 'boss');
    expect(ranksOf(scene, 0)).toEqual([1, 3, 4, 5, 6]);
    await scene.conversations.message(aMessage());
    expect(ranksOf(scene, 1)).toEqual([1, 3, 4, 5, 6]);
  });

  it('holds in the server where it was done, and of MANAGERS everywhere', async () => {
    const scene = await anAnswered({ settings: { managers: ['operator'] } });
    scene.chat.standings.set('boss', 'manager');
    const elsewhere = () =>
      aMessage({
        ref: { platform: 'discord', server: 'other', channel: 'D', message: `far-${scene.chat.posts.length}` },
      });
    await scene.press({ kind: 'hide', rank: 1, what: 'comment' }, 'boss');
    await scene.conversations.message(elsewhere());
    expect(ranksOf(scene, 1)).toEqual([1, 2, 3, 4, 5]);
    await scene.press({ kind: 'hide', rank: 2, what: 'comment' }, 'operator');
    expect(ranksOf(scene, 1)).toEqual([1, 3, 4, 5, 6]);
  });
});

describe('asking a helper', () => {
  it('posts once to their channel, with the one ping, and links to the question', async () => {
    const scene = await anAnswered();
    scene.policy.current = { helpersChannel: 'HELP', helpersRole: 'role' };
    const says = await Promise.all([scene.says({ kind: 'helper' }), scene.says({ kind: 'helper' })]);
    expect(says).toContain('The helpers were asked.');
    expect(await scene.says({ kind: 'helper' }, 'another')).toBe('The helpers know of it already.');
    const calls = scene.chat.posts.filter(({ ref }) => ref.channel === 'HELP');
    expect(calls).toHaveLength(1);
    expect(calls[0]?.post).toMatchObject({
      ping: 'role',
      asks: 'asker',
      banner: `Somebody asks for a helper: https://chat.example/C/${scene.message.ref.message}`,
    });
  });

  it('shows the helpers only what their channel may see, now and after changes', async () => {
    const scene = await anAnswered();
    scene.policy.current = { helpersChannel: 'HELP' };
    hideFrom(scene, 'HELP');
    await scene.press({ kind: 'helper' });
    expect(scene.chat.posts.at(-1)?.ref.channel).toBe('HELP');
    expect(ranksOf(scene, -1)).toEqual([1, 3, 4, 5, 6]);
    scene.gone.add('comment-3');
    await scene.conversations.commentsChanged(['comment-3']);
    expect(ranksOf(scene, -1)).toEqual([1, 4, 5, 6, 7]);
  });

  it('happens at most three times an hour for one person, also across a restart', async () => {
    const before = await anAnswered();
    const after = await aScene({ file: before.file });
    const said: (string | undefined)[] = [];
    for (const scene of [before, before, before, after]) {
      scene.policy.current = { helpersChannel: 'HELP' };
      await scene.conversations.message(aMessage());
      const { id = '' } = answerOf(scene, -1);
      const press = { by: 'asker', room: before.message.ref, place: before.message.place, requestId: 'r' };
      const { say } = await scene.conversations.press({ kind: 'helper', id }, press);
      said.push(say && saying({ outcome: say }));
    }
    expect(said.slice(0, 3)).toEqual(Array.from({ length: 3 }, () => 'The helpers were asked.'));
    expect(said[3]).toContain('often enough');
  });

  it('says why not where nobody named any, or the bot may not post there', async () => {
    const scene = await anAnswered();
    expect(await scene.says({ kind: 'helper' })).toContain('No helpers are named here');
    scene.policy.current = { helpersChannel: 'HELP' };
    scene.chat.beforePost = () => {
      throw new ChatRefusal('forbidden', 'no permission');
    };
    expect(await scene.says({ kind: 'helper' })).toContain('cannot be reached');
    scene.chat.beforePost = () => {
      throw new Error('503');
    };
    expect(await scene.says({ kind: 'helper' })).toContain('Something went wrong');
    scene.chat.beforePost = () => {};
    expect(await scene.says({ kind: 'helper' })).toBe('The helpers were asked.');
  });

  it('happens once where the bot is killed before it has noted where it posted', async () => {
    const before = await anAnswered();
    before.policy.current = { helpersChannel: 'HELP' };
    const posted = new Promise<void>((resolve) => {
      before.chat.afterPost = () => new Promise(() => resolve());
    });
    void before.press({ kind: 'helper' });
    await posted;
    const after = await aScene({ file: before.file });
    after.policy.current = { helpersChannel: 'HELP' };
    const press = { by: 'another', room: before.message.ref, place: before.message.place, requestId: 'r' };
    const { say } = await after.conversations.press({ kind: 'helper', id: before.id }, press);
    expect(say && saying({ outcome: say })).toContain('may know of it already');
    expect(after.chat.posts).toEqual([]);
  });

  it('still names the question after it is edited, and goes with it', async () => {
    const scene = await anAnswered();
    scene.policy.current = { helpersChannel: 'HELP' };
    await scene.press({ kind: 'helper' });
    await scene.conversations.deleted(scene.message.ref);
    expect(scene.chat.posts).toEqual([]);
  });
});

describe('a press that breaks', () => {
  it('says so calmly, and the log has the rest', async () => {
    const scene = await anAnswered();
    scene.chat.standing = () => Promise.reject(new Error('the network is down'));
    expect(await scene.says({ kind: 'vote', rank: 1, up: true })).toContain('Something went wrong');
    expect(scene.logged.join()).toContain('the network is down');
  });
});

describe('judging what would have been shown', () => {
  it('is for managers of that channel, and what they press shows the report again', async () => {
    const scene = await anAnswered({ settings: { managers: ['boss'] } });
    const { memory, message } = scene;
    const where = { platform: 'discord', server: 'S', channel: 'C' } as const;
    memory.helpOutcomes.add({
      message: { ...where, message: 'q' },
      link: 'https://chat.example/C/q',
      mode: 'shadow',
      version: '1',
      decision: 'spoke',
      asker: 'discord:a',
      issues: [],
    });
    const id = `${memory.helpOutcomes.list()[0]?.id}`;
    const judge = (by: string, room: Press['room'] = message.ref) => {
      const press = { by, room, place: message.place, requestId: 'r' };
      return scene.conversations.press({ kind: 'judge', id, right: false }, press);
    };
    scene.chat.standings.set('aide', 'helper');
    expect((await judge('aide')).say).toMatchObject({ text: 'Only managers of that channel can judge that.' });
    const elsewhere = await judge('boss', { ...where, server: 'other' });
    expect(elsewhere.say).toMatchObject({ text: 'That question is no longer kept.' });
    scene.chat.standing = async (_user, { channel }) => (channel === 'D' ? 'manager' : 'member');
    const besides = await judge('aide', { ...where, channel: 'D' });
    expect(besides.say).toMatchObject({ text: 'Only managers of that channel can judge that.' });
    expect(memory.helpOutcomes.list()[0]?.judged).toBeUndefined();
    expect((await judge('boss', { ...where, channel: 'D' })).replace?.outcome).toMatchObject({
      lines: expect.arrayContaining(['shadow, version 1: wrong 1']),
    });
    expect(memory.helpOutcomes.list()[0]?.judged).toBe('wrong');
  });
});
