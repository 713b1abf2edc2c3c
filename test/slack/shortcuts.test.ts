import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { wordsOf } from '../fakes/slack-blocks.ts';
import type { OpenView } from '../fakes/slack-world.ts';
import { type Bench, openBench } from './setup.ts';

/** The modal on top, once it says something of interest. */
async function modal({ server }: Bench, says: string): Promise<OpenView> {
  const top = () => server.world.views.filter(({ open }) => open).at(-1);
  await server.until(`a modal with ${says}`, () => wordsIn(top()).includes(says));
  return top() as OpenView;
}

function wordsIn(view: OpenView | undefined): string {
  return wordsOf((view?.view.blocks ?? []) as unknown[]);
}

describe.each(['socket', 'http'] as const)('"Find answers" in the menu of a message over %s', (mode) => {
  it('shows the hits in a modal to who chose it, and posts them as a thread on that message', async () => {
    const bench = await openBench({ mode });
    const { server, ask } = bench;
    const written = server.person().write('How do I cache <!here>?');
    expect(await server.person('U2').choose('Find answers', written)).toMatchObject({ acked: true });
    const view = await modal(bench, '1. Using datasets');
    expect(view.user).toBe('U2');
    expect(server.messages).toEqual([]);
    expect(wordsIn(view)).toContain('[Post in a thread on the message][Next five]');
    await server.person('U2').pressIn(view, 'Post in a thread on the message');
    const posted = await server.message(({ threadTs }) => threadTs === written.ts);
    expect(wordsOf(posted.blocks)).toContain('1. Using datasets');
    await server.person('U2').pressIn(view, 'Post in a thread on the message');
    await modal(bench, 'posted here already');
    expect(server.messages).toHaveLength(1);
    expect(ask.asked).toMatchObject([{ context: { user: 'U2', channel: 'C1' } }]);
  });
});

describe('"Find answers"', () => {
  it('goes on in the modal: the next five, a whole comment upon it, a vote, sentences', async () => {
    const bench = await openBench();
    const { server } = bench;
    const person = server.person('U2');
    const written = server.person().write('How do I cache?');
    await person.choose('Find answers', written);
    const view = await modal(bench, '1. Using datasets');
    await person.pressIn(view, 'Next five');
    await server.until('the next', () => wordsIn(view).includes('6. Using datasets'));
    expect(wordsIn(view)).not.toContain('Share');
    await person.selectIn(view, 0);
    const comment = await modal(bench, '[Not helpful][This solved it]');
    expect(wordsIn(comment)).toContain('Comment 6: save');
    await person.pressIn(comment, 'Not helpful');
    const said = await modal(bench, 'Your vote for hit 6: not helpful');
    person.dismiss(said);
    person.dismiss(comment);
    await person.pressIn(view, 'Helpful');
    await modal(bench, 'Your vote for this answer: helpful');
  });

  it('in a thread posts there, on a message of the bot or of another bot as well', async () => {
    const bench = await openBench();
    const { server } = bench;
    const root = server.person().write('Hello');
    const reply = server.person('U3').write('How do I cache?', { threadTs: root.ts, more: { bot_id: 'B3' } });
    await server.person('U2').choose('Find answers', reply);
    await server.person('U2').pressIn(await modal(bench, '1. Using datasets'), 'Post in a thread on the message');
    expect(await server.message(({ user }) => user === undefined)).toMatchObject({ threadTs: root.ts });
  });

  it('of a message that is gone by then says so, and leaves nothing in the channel', async () => {
    const bench = await openBench();
    const { server } = bench;
    const written = server.person().write('How do I cache?');
    await server.person('U2').choose('Find answers', written);
    const view = await modal(bench, '1. Using datasets');
    await server.person().erase(written);
    await server.person('U2').pressIn(view, 'Post in a thread on the message');
    await modal(bench, 'is gone');
    expect(server.messages.every(({ deleted }) => deleted)).toBe(true);
  });

  it('where the bot is not says how to invite it when the hits are to be posted', async () => {
    const bench = await openBench();
    const { server } = bench;
    const written = server.person().write('How do I cache?', { channel: 'C2' });
    await server.person('U2').choose('Find answers', written);
    await server.person('U2').pressIn(await modal(bench, '1. Using datasets'), 'Post in a thread on the message');
    await modal(bench, 'Invite me with /invite @precedent');
  });

  it('in a channel that others read shows the hits and posts nothing', async () => {
    const bench = await openBench();
    const { server, ask } = bench;
    const written = server.person().write('How do I cache?', { channel: 'C9' });
    await server.person('U2').choose('Find answers', written);
    expect(wordsIn(await modal(bench, '1. Using datasets'))).not.toContain('[Post in a thread');
    expect(ask.asked[0]?.context.place.kind).toBe('outside');
  });

  it('answers in the channel, for the caller alone, where no modal can be opened', async () => {
    const bench = await openBench();
    const { server } = bench;
    server.fail('views.open', { error: 'expired_trigger_id' });
    await server.person('U2').choose('Find answers', server.person().write('How do I cache?'));
    expect(await server.message(({ user }) => user === 'U2')).toMatchObject({ via: 'response_url' });
  });

  it('says what the caller can mend, and calmly what broke', async () => {
    const bench = await openBench();
    const { server, ask } = bench;
    const written = server.person().write('?');
    ask.reply = () => Promise.reject(new UserError('There are no words in that message.'));
    await server.person('U2').choose('Find answers', written);
    await modal(bench, 'There are no words in that message.');
    ask.reply = () => Promise.reject(new Error('upside down'));
    await server.person('U2').choose('Find answers', written);
    await modal(bench, 'Something went wrong');
  });
});
