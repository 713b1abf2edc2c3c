import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { call, POST, start } from './slack-calls.ts';
import type { SlackServer } from './slack-server.ts';

const SCOPES = [
  'commands',
  'chat:write',
  'app_mentions:read',
  'im:history',
  'channels:history',
  'channels:read',
  'users:read',
  'usergroups:read',
  'reactions:read',
  'reactions:write',
];
const EVENTS = ['app_mention', 'message.im', 'message.channels', 'reaction_added', 'reaction_removed'];
const MANIFEST = {
  features: {
    slash_commands: [{ command: '/ask' }],
    shortcuts: [{ name: 'Find answers', callback_id: 'find' }],
  },
  oauth_config: { scopes: { bot: SCOPES } },
  settings: { event_subscriptions: { bot_events: EVENTS } },
};

const open = (options: object = {}) => start({ manifest: MANIFEST, messageIntervalMs: 0, ...options });
const errorOf = async (server: SlackServer, method: string, args: object) =>
  (await call(server, method, args)).body.error;

/** What the app is sent; it acknowledges everything. */
async function listen(server: SlackServer): Promise<Record<string, unknown>[]> {
  const { body } = await call(server, 'apps.connections.open', {}, server.appToken);
  const ws = new WebSocket(String(body.url));
  const heard: Record<string, unknown>[] = [];
  ws.on('message', (data) => {
    const { envelope_id: id, payload } = JSON.parse(String(data)) as {
      envelope_id?: string;
      payload?: Record<string, unknown>;
    };
    if (!id || !payload) return;
    heard.push((payload.event ?? payload) as Record<string, unknown>);
    ws.send(JSON.stringify({ envelope_id: id }));
  });
  await server.until('a connection', () => server.sockets.connections > 0);
  return heard;
}

describe('a thread of the fake Slack', () => {
  it('whose first message was only just deleted lets a reply fall into the channel, later it knows it no more', async () => {
    const server = await open();
    const person = server.person();
    const { ts } = person.write('How do I cache?');
    void person.erase({ channel: 'C1', ts });
    const { body } = await call(server, 'chat.postMessage', { ...POST, thread_ts: ts });
    expect(body).toMatchObject({ ok: true, message: { type: 'message' } });
    expect(body.message).not.toHaveProperty('thread_ts');
    expect(server.messages[0]?.threadTs).toBeUndefined();
    const parent = server.world.findWritten('C1', ts);
    if (parent) parent.deletedAt = Date.now() - 61_000;
    expect(await errorOf(server, 'chat.postMessage', { ...POST, text: 'again', thread_ts: ts })).toBe(
      'thread_not_found',
    );
  });

  it('goes on below a first message that was deleted once somebody has replied', async () => {
    const server = await open();
    const heard = await listen(server);
    const person = server.person();
    const { ts } = person.write('How do I cache?');
    person.write('Me too', { threadTs: ts });
    await person.erase({ channel: 'C1', ts });
    expect(heard.at(-1)).toMatchObject({ subtype: 'message_changed', message: { subtype: 'tombstone', ts } });
    const { body } = await call(server, 'chat.postMessage', { ...POST, thread_ts: ts });
    expect(body).toMatchObject({ message: { thread_ts: ts } });
    const { body: read } = await call(server, 'conversations.replies', { channel: 'C1', ts });
    expect(read.messages).toMatchObject([{ subtype: 'tombstone' }, { text: 'Me too' }, { bot_id: 'BBOT' }]);
  });

  it('without replies shows nobody a private message', async () => {
    const server = await open();
    const { ts } = server.person().write('How do I cache?');
    const whisper = { channel: 'C1', user: 'U1', text: 'psst', thread_ts: ts };
    expect((await call(server, 'chat.postEphemeral', whisper)).body).toMatchObject({ ok: true });
    expect(server.messages).toEqual([]);
    expect(server.violations).toEqual([expect.stringMatching(/^unseen_ephemeral/)]);
    server.person().write('Me too', { threadTs: ts });
    await call(server, 'chat.postEphemeral', whisper);
    expect(server.messages).toMatchObject([{ user: 'U1', threadTs: ts }]);
  });
});

describe('the fake Slack lets the bot', () => {
  it('change and delete its own messages, and no others', async () => {
    const server = await open();
    const { ts: theirs } = server.person().write('How do I cache?');
    const { body } = await call(server, 'chat.postMessage', POST);
    const own = { channel: 'C1', ts: String(body.ts), text: 'changed' };
    expect(await errorOf(server, 'chat.update', { ...own, ts: theirs })).toBe('cant_update_message');
    expect(await errorOf(server, 'chat.delete', { channel: 'C1', ts: theirs })).toBe('cant_delete_message');
    expect(await errorOf(server, 'chat.update', own)).toBeUndefined();
    expect(await errorOf(server, 'chat.delete', own)).toBeUndefined();
    expect(await errorOf(server, 'chat.delete', own)).toBe('message_not_found');
    const channel = server.world.channels.get('C1');
    if (channel) channel.archived = true;
    expect(await errorOf(server, 'chat.update', own)).toBe('message_not_found');
  });

  it('read where it is, with the scope, a page at a time and so often a minute', async () => {
    const server = await open({ reading: { perMinute: 4, most: 2 } });
    const person = server.person();
    const written = ['one', 'two', 'three'].map((text) => person.write(text));
    const read = (args: object) => call(server, 'conversations.history', { channel: 'C1', ...args });
    expect((await read({})).body).toMatchObject({ messages: [{ text: 'three' }, { text: 'two' }], has_more: true });
    expect(await errorOf(server, 'conversations.replies', { channel: 'C1', ts: '1.1' })).toBe('thread_not_found');
    expect(await errorOf(server, 'conversations.history', { channel: 'C2' })).toBe('not_in_channel');
    expect(await errorOf(server, 'conversations.history', { channel: 'G1' })).toBe('missing_scope');
    const at = written[0]?.ts;
    expect((await read({ latest: at, oldest: at, inclusive: true })).body).toMatchObject({
      messages: [{ text: 'one' }],
    });
    await read({});
    expect((await read({})).status).toBe(429);
  });

  it('react once to a message that is there', async () => {
    const server = await open();
    const { ts } = server.person().write('How do I cache?');
    const mark = { channel: 'C1', timestamp: ts, name: 'white_check_mark' };
    expect(await errorOf(server, 'reactions.remove', mark)).toBe('no_reaction');
    expect(await errorOf(server, 'reactions.add', mark)).toBeUndefined();
    expect(await errorOf(server, 'reactions.add', mark)).toBe('already_reacted');
    expect(await errorOf(server, 'reactions.add', { ...mark, name: 'no such name!' })).toBe('invalid_name');
    expect(await errorOf(server, 'reactions.remove', mark)).toBeUndefined();
    void server.person().erase({ channel: 'C1', ts });
    expect(await errorOf(server, 'reactions.add', mark)).toBe('message_not_found');
    server.world.scopes = server.world.scopes.filter((scope) => scope !== 'reactions:write');
    expect(await errorOf(server, 'reactions.add', mark)).toBe('missing_scope');
  });

  it('know who is in a user group, who made a channel, and where a message is', async () => {
    const server = await open();
    server.world.usergroups.set('S1', ['U7']);
    expect((await call(server, 'usergroups.users.list', { usergroup: 'S1' })).body).toMatchObject({ users: ['U7'] });
    expect(await errorOf(server, 'usergroups.users.list', { usergroup: 'S2' })).toBe('no_such_subteam');
    expect((await call(server, 'conversations.info', { channel: 'C1' })).body).toMatchObject({
      channel: { creator: 'UCREATOR', is_archived: false },
    });
    const { ts } = server.person().write('How do I cache?');
    const link = await call(server, 'chat.getPermalink', { channel: 'C1', message_ts: ts });
    expect(link.body.permalink).toBe(`https://example.slack.com/archives/C1/p${ts.replace('.', '')}`);
    expect(await errorOf(server, 'chat.getPermalink', { channel: 'C1', message_ts: '1.1' })).toBe('message_not_found');
  });

  it('lay three views upon each other, and no fourth', async () => {
    const server = await open();
    const view = { type: 'modal', title: { type: 'plain_text', text: 'A' }, blocks: [{ type: 'divider' }] };
    const show = (method: string) => errorOf(server, method, { trigger_id: server.world.newTrigger('U1'), view });
    expect(await show('views.push')).toBe('invalid_arguments');
    expect(await show('views.open')).toBeUndefined();
    expect(await show('views.push')).toBeUndefined();
    expect(await show('views.push')).toBeUndefined();
    expect(await show('views.push')).toBe('push_limit_reached');
  });
});

describe('the fake Slack tells the app of', () => {
  it('messages, edits, previews, deletions and emoji in channels where it is', async () => {
    const server = await open();
    const heard = await listen(server);
    const person = server.person();
    const written = person.write('How do I cache?');
    await written.deliveries;
    await person.edit(written, 'How do I cache this?', { mentions: true });
    await person.unfurl(written);
    await person.react(written, 'eyes');
    await person.react(written, 'eyes', { added: false });
    await person.erase(written);
    await person.write('Elsewhere', { channel: 'C2' }).deliveries;
    expect(heard).toMatchObject([
      { type: 'message', channel_type: 'channel', text: 'How do I cache?', user: 'U1' },
      { type: 'app_mention', edited: { user: 'U1' } },
      { subtype: 'message_changed', message: { text: '<@UBOT> How do I cache this?' } },
      { subtype: 'message_changed', message: { text: '<@UBOT> How do I cache this?', attachments: [{}] } },
      { type: 'reaction_added', reaction: 'eyes', item: { channel: 'C1', ts: written.ts } },
      { type: 'reaction_removed', reaction: 'eyes' },
      { subtype: 'message_deleted', deleted_ts: written.ts },
    ]);
  });

  it('an action chosen in the menu of a message, which the manifest must have', async () => {
    const server = await open();
    const heard = await listen(server);
    const written = server.person().write('How do I cache?');
    expect(await server.person('U2').choose('Find answers', written)).toMatchObject({ acked: true });
    expect(heard.at(-1)).toMatchObject({ type: 'message_action', callback_id: 'find', message: { user: 'U1' } });
    expect(() => server.person().choose('Find nothing', written)).toThrow('no Find nothing');
  });
});
