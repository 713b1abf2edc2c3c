import { describe, expect, it } from 'vitest';
import { ChatRefusal, type MessageRef, type Room } from '../../src/help/chat.ts';
import { problem } from '../../src/run-command.ts';
import { wordsOf } from '../fakes/slack-blocks.ts';
import { call } from '../fakes/slack-calls.ts';
import { openBench } from './setup.ts';

const signal = new AbortController().signal;
const ROOM: Room = { platform: 'slack', server: 'T1', channel: 'C1' };
const READING = { chat: { readsMessages: true } } as const;
const says = (text: string) => ({ outcome: problem(text), actions: [] });
const refOf = ({
  channel,
  ts,
  threadTs,
}: {
  channel: string;
  ts: string;
  threadTs?: string | undefined;
}): MessageRef => ({
  ...ROOM,
  channel,
  thread: threadTs,
  message: ts,
});
const reasonOf = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof ChatRefusal ? error.reason : error;
};

describe('what conversations can do on Slack', () => {
  it('posts under a key once, changes and removes, and takes what is gone for removed', async () => {
    const { server, chat } = await openBench();
    const options = { key: 'k', asked: true };
    const [ref, again] = await Promise.all([
      chat().post(ROOM, says('one'), options, signal),
      chat().post(ROOM, says('one'), options, signal),
    ]);
    expect(again).toEqual(ref);
    await chat().edit(ref, says('two'), signal);
    expect(server.messages.map(({ blocks }) => wordsOf(blocks))).toEqual(['two']);
    server.fail('chat.delete', { status: 429, retryAfterSeconds: 0 });
    await chat().remove(ref, signal);
    await chat().remove(ref, signal);
    expect(server.messages[0]?.deleted).toBe(true);
    expect(await reasonOf(chat().edit(ref, says('three'), signal))).toBe('gone');
  });

  it('tells what Slack refuses for good from what may pass', async () => {
    const { server, chat } = await openBench();
    const post = (channel: string, key: string) =>
      reasonOf(chat().post({ ...ROOM, channel }, says(key), { key, asked: false }, signal));
    server.world.addChannel({ id: 'C3', name: 'old', archived: true });
    expect(await post('C2', 'a')).toBe('forbidden');
    expect(await post('G1', 'b')).toBe('forbidden');
    expect(await post('C3', 'c')).toBe('locked');
    server.fail('chat.postMessage', { error: 'thread_locked' });
    expect(await post('C1', 'd')).toBe('locked');
    server.fail('chat.postMessage', { error: 'internal_error' });
    expect(await post('C1', 'e')).toBeInstanceOf(Error);
    const { ts } = server.person().write('Not mine');
    expect(await reasonOf(chat().remove(refOf({ channel: 'C1', ts }), signal))).toBe('unsupported');
  });

  it('reads a message again, in a channel and in a thread, and not what is gone or may not be read', async () => {
    const { server, chat } = await openBench(READING);
    const root = server.person().write('How do I cache &amp; clear?');
    const reply = server.person('U2').write('Like this', { threadTs: root.ts });
    expect(await chat().read(refOf(root), signal)).toMatchObject({
      text: 'How do I cache &amp; clear?',
      room: 'channel',
    });
    // As an emoji names it: without its thread.
    expect(await chat().read(refOf({ ...reply, threadTs: undefined }), signal)).toMatchObject({
      text: 'Like this',
      ref: { thread: root.ts },
    });
    for (const there of [root, reply]) {
      expect(await chat().lookUp(refOf(there), signal)).toMatchObject({ ref: { message: there.ts } });
    }
    void server.person('U2').erase(reply);
    expect(await chat().read(refOf(reply), signal)).toBeUndefined();
    expect(await chat().lookUp(refOf(reply), signal)).toBe('gone');
    void server.person().erase(root);
    expect(await chat().lookUp(refOf(root), signal)).toBe('gone');
    expect(await chat().lookUp(refOf({ channel: 'C404', ts: root.ts }), signal)).toBe('unreadable');
    const deaf = await openBench();
    const { ts } = deaf.server.person().write('How do I cache?');
    expect(await deaf.chat().read(refOf({ channel: 'C1', ts }), signal)).toBeUndefined();
    expect(await deaf.chat().lookUp(refOf({ channel: 'C1', ts }), signal)).toBe('unreadable');
    expect(deaf.server.calls.some(({ method }) => method.startsWith('conversations.'))).toBe(false);
    expect([chat().reads(ROOM), deaf.chat().reads(ROOM)]).toEqual([true, false]);
  });

  it('knows whether others wrote in a thread, and says so where it cannot be told', async () => {
    const { server, chat } = await openBench(READING);
    const isAsker = (user: string) => user === 'U1';
    const { ts: thread } = server.person().write('How do I cache?');
    const others = () => chat().othersWrote({ ...ROOM, thread }, isAsker, signal);
    expect(await others()).toBe(false);
    await chat().post({ ...ROOM, thread }, says('an answer'), { key: 'k', asked: true }, signal);
    server.person().write('Thanks', { threadTs: thread });
    expect(await others()).toBe(false);
    server.person('U2').write('Me too', { threadTs: thread });
    expect(await others()).toBe(true);
    const deaf = await openBench();
    expect(await deaf.chat().othersWrote({ ...ROOM, thread }, isAsker, signal)).toBe(true);
  });

  it('knows managers and helpers, and gives nobody a right where Slack does not tell', async () => {
    const { server, chat } = await openBench({ chat: { readsMessages: true, managers: ['U9'] }, helpersRole: 'S1' });
    server.world.people.set('U3', { admin: true }).set('U4', { owner: true });
    server.world.usergroups.set('S1', ['U7']);
    const standing = (user: string) => chat().standing(user, ROOM, signal);
    expect(await Promise.all(['U9', 'U3', 'U4', 'UCREATOR', 'U7', 'U1'].map(standing))).toEqual([
      'manager',
      'manager',
      'manager',
      'manager',
      'helper',
      'member',
    ]);
    const deaf = await openBench({ helpersRole: 'S1' });
    expect(await deaf.chat().standing('U7', ROOM, signal)).toBe('member');
  });

  it('says whether it can read and post in a channel, and why not', async () => {
    const { server, chat } = await openBench(READING);
    const access = (channel: string) => chat().access({ ...ROOM, channel }, signal);
    server.world.addChannel({ id: 'C3', name: 'old', archived: true });
    expect(await access('C1')).toEqual({ ok: true, detail: 'the bot can read and post there' });
    expect(await access('C2')).toEqual({ ok: false, detail: 'the bot is not in the channel: invite it' });
    expect(await access('C3')).toEqual({ ok: false, detail: 'the channel is archived' });
    expect(await access('G1')).toMatchObject({ ok: false });
    const deaf = await openBench();
    expect(await deaf.chat().access(ROOM, signal)).toMatchObject({
      ok: false,
      detail: expect.stringContaining('READ_MESSAGES'),
    });
    deaf.server.world.scopes = [];
    expect(await deaf.chat().access(ROOM, signal)).toMatchObject({
      ok: false,
      detail: expect.stringContaining('scope'),
    });
  });

  it('tells somebody by direct message, unless that cannot be', async () => {
    const { server, chat } = await openBench();
    expect(await chat().tell('U5', 'The channel is archived.', signal)).toBe(true);
    expect(server.messages).toMatchObject([{ channel: 'D5', text: 'The channel is archived.' }]);
    server.fail('chat.postMessage', { error: 'messages_tab_disabled' });
    expect(await chat().tell('U5', 'Again.', signal)).toBe(false);
  });

  it('links to messages as Slack does', async () => {
    const { server, chat } = await openBench();
    const root = server.person().write('How do I cache?');
    const reply = server.person().write('Anybody?', { threadTs: root.ts });
    for (const written of [root, reply]) {
      const { body } = await call(server, 'chat.getPermalink', { channel: 'C1', message_ts: written.ts });
      expect(chat().linkTo(refOf(written))).toBe(body.permalink);
    }
  });

  it('takes the sign of work away where nothing came of it', async () => {
    const { server, chat } = await openBench({ timing: { workSignMs: 5 } });
    const working = new AbortController();
    chat().showWork(ROOM, working.signal);
    const sign = await server.message(({ text }) => text.startsWith('Looking'));
    working.abort();
    await server.until('its end', () => sign.deleted);
  });
});
