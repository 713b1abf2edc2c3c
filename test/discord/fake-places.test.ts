import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { INTENTS } from '../fakes/discord-gateway.ts';
import { type Json, toObject } from '../fakes/discord-rules.ts';
import { FakeDiscord } from '../fakes/discord-server.ts';
import { type FakeChannel, type FakeGuild, INVITED, MAY, TEXT } from '../fakes/discord-state.ts';

/** The fake's rules for threads, forums, reading, reactions, forms and events, each broken once. */
let discord: FakeDiscord;
let guild: FakeGuild;
let channel: FakeChannel;

beforeAll(async () => {
  discord = await FakeDiscord.start();
});
afterAll(() => discord.close());
beforeEach(() => {
  guild = discord.addGuild();
  channel = discord.addChannel(guild);
});
afterEach(() => {
  discord.takeBroken();
  discord.grantsContent = false;
  discord.threadsAreFull = false;
});

async function call(method: string, path: string, body?: unknown) {
  const response = await fetch(`${discord.apiUrl}/v10${path}`, {
    method,
    headers: { authorization: `Bot ${discord.token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const parsed: unknown = text ? JSON.parse(text) : {};
  const list = Array.isArray(parsed) ? parsed.map(toObject) : [];
  return { status: response.status, body: toObject(parsed), list };
}

let nonces = 0;
const words = (content = 'hello', more = {}) => ({
  flags: (1 << 15) | 4,
  components: [{ type: 10, content }],
  allowed_mentions: { parse: [], ...more },
});
const post = (to: FakeChannel, body: object = words()) =>
  call('POST', `/channels/${to.id}/messages`, { ...body, nonce: `n${++nonces}`, enforce_nonce: true });
const patch = (thread: FakeChannel, body: object) => call('PATCH', `/channels/${thread.id}`, body);
const code = async (answer: Promise<{ status: number; body: Json }>) => {
  const { status, body } = await answer;
  return body.code ?? status;
};

describe('a thread on the fake', () => {
  const aThread = () => discord.startThread(discord.say('hi', channel), 'A thread');
  const ownThread = () => discord.addThread(channel, 'Ours');

  it('is changed by who opened it, or who manages threads', async () => {
    const [theirs, ours] = [aThread(), ownThread()];
    expect(await code(patch(theirs, { name: 'x' }))).toBe(50_013);
    expect(await code(patch(ours, { name: 'x', archived: true }))).toBe(200);
    expect(ours).toMatchObject({ name: 'x', archived: true });
    channel.permissions |= MAY.manageThreads;
    expect(await code(patch(theirs, { name: 'x' }))).toBe(200);
    expect(await code(patch(channel, { name: 'x' }))).toBe(50_013);
  });

  it('takes no change but the opening while it is archived', async () => {
    const thread = ownThread();
    const posted = String((await post(thread)).body.id);
    thread.archived = true;
    expect(await code(patch(thread, { name: 'x' }))).toBe(50_083);
    expect(await code(call('PATCH', `/channels/${thread.id}/messages/${posted}`, words('new')))).toBe(50_083);
    expect(await code(call('DELETE', `/channels/${thread.id}/messages/${posted}`))).toBe(50_083);
    channel.permissions |= MAY.react;
    const reaction = `/channels/${thread.id}/messages/${posted}/reactions/%E2%9C%85/@me`;
    expect(await code(call('PUT', reaction))).toBe(50_083);
    expect(await code(patch(thread, { archived: false }))).toBe(200);
    expect(await code(call('PATCH', `/channels/${thread.id}/messages/${posted}`, words('new')))).toBe(200);
    expect(await code(call('PUT', reaction))).toBe(204);
  });

  it('of somebody else may be opened again, and not closed, by whoever may write in it', async () => {
    const thread = aThread();
    thread.archived = true;
    expect(await code(patch(thread, { archived: false }))).toBe(200);
    expect(await code(patch(thread, { archived: true }))).toBe(50_013);
  });

  it('that is locked belongs to who manages threads', async () => {
    const thread = ownThread();
    const posted = String((await post(thread)).body.id);
    thread.locked = true;
    expect(await code(post(thread))).toBe(160_005);
    expect(await code(patch(thread, { name: 'x' }))).toBe(50_013);
    expect(await code(call('PATCH', `/channels/${thread.id}/messages/${posted}`, words('new')))).toBe(160_005);
    channel.permissions |= MAY.manageThreads;
    expect(await code(post(thread))).toBe(200);
  });

  it('is deleted only by who manages threads', async () => {
    const thread = ownThread();
    expect(await code(call('DELETE', `/channels/${thread.id}`))).toBe(50_013);
    expect(await code(call('DELETE', `/channels/${channel.id}`))).toBe(50_013);
    channel.permissions |= MAY.manageThreads;
    expect(await code(call('DELETE', `/channels/${thread.id}`))).toBe(200);
    expect(await code(call('GET', `/channels/${thread.id}`))).toBe(10_003);
  });

  it('cannot be opened where too many are active', async () => {
    discord.threadsAreFull = true;
    const { id } = discord.say('hi', channel);
    expect(await code(call('POST', `/channels/${channel.id}/messages/${id}/threads`, { name: 'x' }))).toBe(160_006);
  });
});

describe('a forum on the fake', () => {
  it('takes answers in a post only once its author has written', async () => {
    const { thread, sayFirst } = discord.post(discord.addForum(guild), { later: true });
    expect(await code(post(thread))).toBe(40_058);
    expect(await code(call('GET', `/channels/${thread.id}/messages/${thread.id}`))).toBe(10_008);
    expect(sayFirst().id).toBe(thread.id);
    expect(await code(post(thread))).toBe(200);
  });

  it('has its posts tagged by who manages threads, with tags that it has, and with one where it must', async () => {
    const permissions = INVITED | MAY.manageThreads;
    const forum = discord.addForum(guild, { tags: ['solved!', 'question'], requiresTag: true, permissions });
    const [solved, question] = forum.tags.map(({ id }) => id);
    const { thread } = discord.post(forum, { tags: ['question'] });
    expect(await code(patch(thread, { applied_tags: [] }))).toBe(40_067);
    expect(await code(patch(thread, { applied_tags: ['42'] }))).toBe(10_087);
    expect(await code(patch(thread, { applied_tags: Array(6).fill(question) }))).toBe(50_035);
    expect(await code(patch(thread, { applied_tags: [question, solved] }))).toBe(200);
    expect(thread.appliedTags).toEqual([question, solved]);
    forum.permissions = INVITED;
    expect(await code(patch(thread, { applied_tags: [question] }))).toBe(50_013);
  });
});

describe('reading on the fake', () => {
  it('gives text only with the intent, or to whom it was written', async () => {
    const said = ['words', `<@${discord.botUser.id}> words`].map((content) => discord.say(content, channel));
    const read = async () => {
      const answers = await Promise.all(said.map(({ id }) => call('GET', `/channels/${channel.id}/messages/${id}`)));
      return answers.map(({ body }) => body.content);
    };
    expect(await read()).toEqual(['', `<@${discord.botUser.id}> words`]);
    discord.grantsContent = true;
    expect((await read())[0]).toBe('words');
  });

  it('gives the text of a reply that pings the bot, and not of one that does not', async () => {
    const { body } = await post(channel);
    const replyTo = discord.messages.find(({ id }) => id === body.id);
    if (!replyTo) throw new Error('nothing was posted');
    const said = [true, false].map((pings) => discord.say('and then?', channel, { replyTo, pings }));
    const { list } = await call('GET', `/channels/${channel.id}/messages?limit=2`);
    expect(list.map(({ id, content }) => [id, content])).toEqual([
      [said[1]?.id, ''],
      [said[0]?.id, 'and then?'],
    ]);
  });

  it('needs the history, and pages of at most 100', async () => {
    const { id } = discord.say('hi', channel);
    expect(await code(call('GET', `/channels/${channel.id}/messages?limit=101`))).toBe(50_035);
    channel.permissions &= ~MAY.history;
    expect(await code(call('GET', `/channels/${channel.id}/messages`))).toBe(50_001);
    expect(await code(call('GET', `/channels/${channel.id}/messages/${id}`))).toBe(50_001);
    channel.permissions = MAY.send;
    expect(await code(call('GET', `/channels/${channel.id}`))).toBe(50_001);
  });

  it('knows the members of a server with their roles', async () => {
    const role = discord.addRole(guild, { name: 'helpers' }, [discord.stranger]);
    const { body } = await call('GET', `/guilds/${guild.id}/members/${discord.stranger.id}`);
    expect(body).toMatchObject({ user: { username: 'kim' }, roles: [role.id] });
    expect(await code(call('GET', `/guilds/${guild.id}/members/42`))).toBe(10_007);
    discord.guilds.set(guild.id, { ...guild, hasBot: false });
    expect(await code(call('GET', `/guilds/${guild.id}/members/${discord.stranger.id}`))).toBe(50_001);
  });
});

describe('messages on the fake', () => {
  it('are edited by who wrote them, and stay components v2', async () => {
    const { body } = await post(channel);
    const path = `/channels/${channel.id}/messages/${body.id}`;
    expect(await code(call('PATCH', path, { content: 'x', flags: 4, allowed_mentions: { parse: [] } }))).toBe(50_035);
    expect(await code(call('PATCH', path, words('new')))).toBe(200);
    const { id } = discord.say('hi', channel);
    expect(await code(call('PATCH', `/channels/${channel.id}/messages/${id}`, words()))).toBe(50_005);
  });

  it('of others are deleted by who manages messages', async () => {
    const path = `/channels/${channel.id}/messages/${discord.say('hi', channel).id}`;
    expect(await code(call('DELETE', path))).toBe(50_013);
    channel.permissions |= MAY.manageMessages;
    expect(await code(call('DELETE', path))).toBe(204);
  });

  it('take a first reaction with the permission, and one that is there without', async () => {
    const message = discord.say('hi', channel);
    const path = `/channels/${channel.id}/messages/${message.id}/reactions/%E2%9C%85/@me`;
    expect(await code(call('PUT', path))).toBe(50_013);
    discord.react(message, '✅');
    expect(await code(call('PUT', path))).toBe(204);
    expect(message.reactions).toHaveLength(2);
    expect(await code(call('DELETE', path))).toBe(204);
    expect(message.reactions).toHaveLength(1);
  });

  it('ping one role at most, and only the one that is named', async () => {
    const role = discord.addRole(guild, { name: 'helpers' });
    expect(await code(post(channel, words(`<@&${role.id}>`, { roles: [role.id] })))).toBe(200);
    expect(await code(post(channel, words(`<@&${role.id}>`)))).toBe(50_035);
    expect(await code(post(channel, words('hi', { roles: ['1', '2'] })))).toBe(50_035);
    expect(await code(post(channel, words('hi', { users: ['1'] })))).toBe(50_035);
  });

  it('reach nobody who takes no direct messages', async () => {
    const { body } = await call('POST', '/users/@me/channels', { recipient_id: discord.stranger.id });
    const direct = discord.channels.get(String(body.id));
    if (!direct) throw new Error('no direct messages');
    expect(await code(post(direct))).toBe(200);
    direct.closed = true;
    expect(await code(post(direct))).toBe(50_007);
    expect(await code(call('POST', '/users/@me/channels', { recipient_id: '42' }))).toBe(50_033);
  });
});

describe('interactions on the fake', () => {
  const acknowledge = ({ id, token }: { id: string; token: string }, body: unknown) =>
    call('POST', `/interactions/${id}/${token}/callback`, body);
  const choice = { name: 'One', value: '1' };
  const input = { type: 18, label: 'Question', component: { type: 4, custom_id: 'q', style: 1 } };
  const form = { title: 'Filters', custom_id: 'f', components: [input] };

  it('while something is typed take choices and nothing else', async () => {
    const type = () => discord.interact('autocomplete', { name: 'ask', options: [] }, { channel });
    expect(await code(acknowledge(type(), { type: 5 }))).toBe(50_035);
    expect(await code(acknowledge(type(), { type: 8, data: { choices: Array(26).fill(choice) } }))).toBe(50_035);
    expect(await code(acknowledge(type(), { type: 8, data: { choices: [{ name: '', value: '1' }] } }))).toBe(50_035);
    expect(await code(acknowledge(type(), { type: 8, data: {} }))).toBe(50_035);
    expect(await code(acknowledge(type(), { type: 8, data: { choices: [choice] } }))).toBe(204);
  });

  it.each<[string, object]>([
    ['a title over 45', { title: 'x'.repeat(46) }],
    ['no inputs', { components: [] }],
    ['six inputs', { components: Array.from({ length: 6 }, () => input) }],
    ['a label over 45', { components: [{ ...input, label: 'x'.repeat(46) }] }],
    ['a button', { components: [{ ...input, component: { type: 2, custom_id: 'q' } }] }],
    ['no custom_id', { custom_id: '' }],
    ['an input twice', { components: [input, input] }],
  ])('open no form with %s', async (_name, change) => {
    const press = discord.beginAsk('How?', { channel });
    expect(await code(acknowledge(press, { type: 9, data: { ...form, ...change } }))).toBe(50_035);
    expect(await code(acknowledge(press, { type: 9, data: form }))).toBe(204);
  });

  it('with a form take no second one', async () => {
    const sent = discord.interact('modal', { custom_id: 'f', components: [] }, { channel });
    expect(await code(acknowledge(sent, { type: 9, data: form }))).toBe(50_035);
    expect(await code(acknowledge(sent, { type: 6 }))).toBe(50_035);
    expect(await code(acknowledge(sent, { type: 5 }))).toBe(204);
  });

  it('let their answer be removed', async () => {
    const asked = discord.beginAsk('How?', { channel });
    await acknowledge(asked, { type: 5 });
    const path = `/webhooks/${discord.applicationId}/${asked.token}/messages/%40original`;
    expect(await code(call('DELETE', path))).toBe(204);
    expect(await code(call('DELETE', path))).toBe(10_008);
  });
});

describe('entries in the menu of messages', () => {
  const places = { integration_types: [0, 1], contexts: [0, 1, 2] };
  const good = { type: 3, name: 'Find answers', ...places };
  const put = (...commands: unknown[]) => call('PUT', `/applications/${discord.applicationId}/commands`, commands);

  it.each<[string, unknown[]]>([
    ['a description', [{ ...good, description: 'x' }]],
    ['options', [{ ...good, options: [{ type: 3, name: 'q', description: 'Q' }] }]],
    ['a name over 32', [{ ...good, name: 'x'.repeat(33) }]],
    ['15 others', Array.from({ length: 16 }, (_, index) => ({ ...good, name: `${index}` }))],
    ['no contexts', [{ ...good, contexts: undefined }]],
    ['the name of another', [good, good]],
  ])('are refused with %s', async (_name, commands) => {
    expect(await code(put(...commands))).toBe(50_035);
  });

  it('may have the name of a command', async () => {
    const command = { name: 'ask', description: 'Ask', options: [], ...places };
    expect(await code(put(command, { ...good, name: 'ask' }))).toBe(200);
    expect(discord.commands).toMatchObject([{ description: 'Ask' }, { type: 3, description: '' }]);
  });
});

describe('events of the fake', () => {
  /** A connection with intents, and the events that it was told. */
  async function listen(intents: number) {
    const socket = new WebSocket(`${discord.gatewayUrl}/?v=10&encoding=json`);
    const events: { t: string; d: Json }[] = [];
    const closed = new Promise<number>((resolve) => socket.on('close', resolve));
    socket.on('message', (data) => {
      const { op, t, d } = toObject(JSON.parse(String(data)));
      if (op === 0 && typeof t === 'string') events.push({ t, d: toObject(d) });
    });
    await new Promise((resolve) => socket.once('open', resolve));
    socket.send(JSON.stringify({ op: 2, d: { token: discord.token, intents, properties: {} } }));
    const heard = async (type: string) => {
      await discord.waitFor(() => events.some(({ t }) => t === type), type);
      return events.filter(({ t }) => t === type).map(({ d }) => d);
    };
    return { socket, events, closed, heard };
  }
  const { guilds, guildMessages, guildReactions, content } = INTENTS;

  it('bring no text without the intent, which must be granted', async () => {
    const refused = await listen(guilds | guildMessages | content);
    expect(await refused.closed).toBe(4014);
    discord.grantsContent = true;
    const [blind, seeing] = [await listen(guilds | guildMessages), await listen(guilds | guildMessages | content)];
    await Promise.all([blind.heard('GUILD_CREATE'), seeing.heard('GUILD_CREATE')]);
    discord.say('words', channel);
    expect(await blind.heard('MESSAGE_CREATE')).toMatchObject([{ content: '' }]);
    expect(await seeing.heard('MESSAGE_CREATE')).toMatchObject([{ content: 'words' }]);
    blind.socket.terminate();
    seeing.socket.terminate();
  });

  it('tell of edits, deletions, threads, reactions and leaving, to whom has the intent', async () => {
    const [all, few] = [await listen(guilds | guildMessages | guildReactions), await listen(guilds)];
    await Promise.all([all.heard('GUILD_CREATE'), few.heard('GUILD_CREATE')]);
    const message = discord.say('words', channel);
    discord.editMessage(message, `<@${discord.botUser.id}> words`);
    discord.react(message, '💡');
    const thread = discord.startThread(message, 'A thread');
    discord.changeThread(thread, { archived: true });
    discord.deleteThread(thread);
    discord.deleteMessage(message);
    discord.removeBot(guild);
    const [left] = (await few.heard('GUILD_DELETE')).slice(-1);
    expect(left).toEqual({ id: guild.id });
    await all.heard('GUILD_DELETE');
    const types = (events: typeof all.events) => events.map(({ t }) => t).filter((t) => /^(MESSAGE|THREAD)/.test(t));
    expect(types(few.events)).toEqual(['THREAD_CREATE', 'THREAD_UPDATE', 'THREAD_DELETE']);
    expect(types(all.events)).toEqual([
      'MESSAGE_CREATE',
      'MESSAGE_UPDATE',
      'MESSAGE_REACTION_ADD',
      'THREAD_CREATE',
      'THREAD_UPDATE',
      'THREAD_DELETE',
      'MESSAGE_DELETE',
    ]);
    expect(all.events.find(({ t }) => t === 'MESSAGE_UPDATE')?.d).toMatchObject({
      content: expect.stringContaining('words'),
      edited_timestamp: expect.any(String),
    });
    all.socket.terminate();
    few.socket.terminate();
  });

  it('open an archived thread again when somebody writes in it', async () => {
    const thread = discord.startThread(discord.say('hi', channel), 'A thread');
    thread.archived = true;
    discord.say('again', thread);
    expect(thread.archived).toBe(false);
    expect(channel.type).toBe(TEXT);
  });
});
