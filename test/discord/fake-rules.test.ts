import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { toObject } from '../fakes/discord-rules.ts';
import { FakeDiscord } from '../fakes/discord-server.ts';
import { type FakeChannel, type FakeInteraction, FORUM, INVITED, MAY } from '../fakes/discord-state.ts';

/** Speaks to the fake as a careless bot would. */
let discord: FakeDiscord;
let channel: FakeChannel;

beforeEach(async () => {
  discord = await FakeDiscord.start();
  channel = discord.addChannel(discord.addGuild());
});
afterEach(() => discord.close());

async function call(method: string, path: string, body?: unknown, token = discord.token) {
  const response = await fetch(`${discord.apiUrl}/v10${path}`, {
    method,
    headers: { authorization: `Bot ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: toObject(text ? JSON.parse(text) : {}), headers: response.headers };
}

const text = (content = 'hello') => ({ type: 10, content });
const button = (custom_id: string, label = 'Do it') => ({ type: 2, style: 2, custom_id, label });
const row = (...components: unknown[]) => ({ type: 1, components });
const select = (options: unknown[], more = {}) => row({ type: 3, custom_id: 's', options, ...more });
const option = (value: string, label = 'One') => ({ label, value });
const v2 = (...components: unknown[]) => ({ flags: (1 << 15) | 4, components, allowed_mentions: { parse: [] } });
const classic = (fields: object) => ({ allowed_mentions: { parse: [] }, flags: 4, ...fields });
let nonces = 0;
const nonce = () => ({ nonce: String(++nonces), enforce_nonce: true });
const post = (body: object, to = channel.id) => call('POST', `/channels/${to}/messages`, { ...body, ...nonce() });
const acknowledge = ({ id, token }: FakeInteraction, body: unknown = { type: 5 }) =>
  call('POST', `/interactions/${id}/${token}/callback`, body);
const edit = ({ token }: FakeInteraction, body: unknown) =>
  call('PATCH', `/webhooks/${discord.applicationId}/${token}/messages/%40original`, body);
const followUp = ({ token }: FakeInteraction, body: unknown) =>
  call('POST', `/webhooks/${discord.applicationId}/${token}`, body);

describe('a good message', () => {
  it.each([
    ['text', v2(text())],
    [
      'five rows of five buttons',
      classic({
        content: 'x',
        components: Array.from({ length: 5 }, (_, r) =>
          row(...Array.from({ length: 5 }, (__, b) => button(`${r}-${b}`))),
        ),
      }),
    ],
    ['a link by its title', v2(text('### 1\\. [Title](https://github.com/a/b/issues/1)'))],
    [
      'a section with a link button',
      v2({ type: 9, components: [text()], accessory: { type: 2, style: 5, label: 'Open', url: 'https://github.com' } }),
    ],
    ['a container', v2({ type: 17, components: [text(), { type: 14 }] })],
    ['a select', v2(text(), select([option('1')], { placeholder: 'Which?' }))],
    ['40 components', v2(...Array.from({ length: 40 }, () => text()))],
  ])('is taken: %s', async (_name, body) => {
    expect((await post(body)).status).toBe(200);
    expect(discord.broken).toEqual([]);
  });
});

describe('a message that breaks a rule is refused', () => {
  const long = (length: number) => 'x'.repeat(length);
  it.each<[string, object, number?]>([
    ['empty', classic({ content: '' }), 50_006],
    ['only white space', classic({ content: ' \n ' }), 50_006],
    ['no components', v2(), 50_006],
    ['content over 2000', classic({ content: long(2_001) })],
    ['an embed title over 256', classic({ embeds: [{ title: long(257) }] })],
    ['an embed description over 4096', classic({ embeds: [{ description: long(4_097) }] })],
    ['26 fields', classic({ embeds: [{ fields: Array.from({ length: 26 }, () => ({ name: 'a', value: 'b' })) }] })],
    ['a field name over 256', classic({ embeds: [{ fields: [{ name: long(257), value: 'b' }] }] })],
    ['a field value over 1024', classic({ embeds: [{ fields: [{ name: 'a', value: long(1_025) }] }] })],
    ['a footer over 2048', classic({ embeds: [{ title: 'a', footer: { text: long(2_049) } }] })],
    ['an embed author over 256', classic({ embeds: [{ author: { name: long(257) } }] })],
    ['embeds over 6000 together', classic({ embeds: [{ description: long(4_000) }, { description: long(2_001) }] })],
    ['11 embeds', classic({ embeds: Array.from({ length: 11 }, () => ({ title: 'a' })) })],
    [
      '6 rows',
      classic({ content: 'x', components: Array.from({ length: 6 }, (_, index) => row(button(String(index)))) }),
    ],
    ['6 buttons in a row', v2(row(...Array.from({ length: 6 }, (_, index) => button(String(index)))))],
    ['an empty row', v2(text(), row())],
    ['a button beside a select', v2(row(button('a'), { type: 3, custom_id: 's', options: [option('1')] }))],
    ['41 components', v2(...Array.from({ length: 41 }, () => text()))],
    ['41 components, nested', v2({ type: 17, components: Array.from({ length: 40 }, () => text()) })],
    ['a text over 4000', v2(text(long(4_001)))],
    ['texts over 4000 together', v2(text(long(2_000)), text(long(2_001)))],
    ['an empty text', v2(text('  '))],
    ['content beside components v2', { ...v2(text()), content: 'x' }],
    ['embeds beside components v2', { ...v2(text()), embeds: [{ title: 'x' }] }],
    ['components v2 without the flag', classic({ content: 'x', components: [text()] })],
    ['an unknown component', v2({ type: 99 })],
    ['a container in a container', v2({ type: 17, components: [{ type: 17, components: [text()] }] })],
    ['an empty container', v2({ type: 17, components: [] })],
    ['a section without accessory', v2({ type: 9, components: [text()] })],
    ['a section of four texts', v2({ type: 9, components: [text(), text(), text(), text()], accessory: button('a') })],
    ['a custom_id over 100', v2(row(button(long(101))))],
    ['an empty custom_id', v2(row(button('')))],
    ['a custom_id twice', v2(row(button('a')), row(button('a')))],
    ['a label over 80', v2(row(button('a', long(81))))],
    ['an empty label', v2(row(button('a', ' ')))],
    ['a button without style', v2(row({ type: 2, custom_id: 'a', label: 'x' }))],
    ['a link button without a link', v2(row({ type: 2, style: 5, label: 'x' }))],
    ['a link over 512', v2(row({ type: 2, style: 5, label: 'x', url: `https://github.com/${long(512)}` }))],
    [
      'a link button with a custom_id',
      v2(row({ type: 2, style: 5, label: 'x', url: 'https://github.com', custom_id: 'a' })),
    ],
    ['a select without options', v2(select([]))],
    ['26 options', v2(select(Array.from({ length: 26 }, (_, index) => option(String(index)))))],
    ['an option value twice', v2(select([option('1'), option('1')]))],
    ['an option label over 100', v2(select([option('1', long(101))]))],
    ['an option value over 100', v2(select([option(long(101))]))],
    ['an option description over 100', v2(select([{ ...option('1'), description: long(101) }]))],
    ['a placeholder over 150', v2(select([option('1')], { placeholder: long(151) }))],
    ['no allowed_mentions', { flags: (1 << 15) | 4, components: [text()] }],
    ['mentions of users', { ...v2(text()), allowed_mentions: { parse: ['users'] } }],
    ['a mention of one user', { ...v2(text()), allowed_mentions: { parse: [], users: ['1'] } }],
    ['a ping of the one replied to', { ...v2(text()), allowed_mentions: { parse: [], replied_user: true } }],
    ['a link that unfurls', { allowed_mentions: { parse: [] }, content: 'https://github.com' }],
    ['a private message that is none', { ...v2(text()), flags: (1 << 15) | 4 | 64 }],
    ['an unknown flag', { ...v2(text()), flags: (1 << 15) | 1 }],
    ['an unknown field', { ...v2(text()), ephemeral: true }],
    ['a field of the wrong type', { ...v2(text()), components: 'none' }],
    ['a nonce over 25', { ...v2(text()), nonce: long(26) }],
    ['a live mass mention', v2(text('@everyone'))],
    ['a live mention', v2(text('<@123>'))],
    ['a live channel', v2(text('<#123>'))],
    ['a live timestamp', v2(text('<t:1:R>'))],
    ['a live command', v2(text('</ask:123>'))],
    ['an invite', v2(text('come to discord.gg/abc'))],
    ['a masked link to elsewhere than https', v2(text('[a](http://github.com)'))],
    ['markup in the label of a link', v2(text('[`a`](https://github.com)'))],
    ['hidden characters', v2(text('a\u202Eb'))],
    ['zero-width characters', v2(text('a\u200Bb'))],
  ])('%s', async (_name, body, code = 50_035) => {
    const sent = 'nonce' in body ? call('POST', `/channels/${channel.id}/messages`, body) : post(body);
    expect(await sent).toMatchObject({ status: 400, body: { code } });
    expect(discord.takeBroken().length).toBeGreaterThan(0);
    expect(discord.messages).toEqual([]);
  });

  it('a post whose repetition would double', async () => {
    await call('POST', `/channels/${channel.id}/messages`, v2(text()));
    expect(discord.takeBroken()).toEqual(['a post without an enforced nonce may double']);
  });
});

describe('an interaction', () => {
  it('must be acknowledged within 3 s', async () => {
    const interaction = discord.beginAsk('How?');
    discord.advance(3_001);
    expect((await acknowledge(interaction)).body.code).toBe(10_062);
  });

  it('is acknowledged once', async () => {
    const interaction = discord.beginAsk('How?');
    const first = await acknowledge(interaction);
    expect([first.status, first.headers.get('content-type')]).toEqual([204, null]);
    expect((await acknowledge(interaction)).body.code).toBe(40_060);
  });

  it('is known only by its own token', async () => {
    const interaction = discord.beginAsk('How?');
    expect((await acknowledge({ ...interaction, token: 'other' })).body.code).toBe(10_062);
  });

  it.each([
    ['a flag other than EPHEMERAL', { type: 5, data: { flags: 1 << 15 } }],
    ['content', { type: 5, data: { content: 'x' } }],
    ['an update of no message', { type: 6 }],
    ['an unknown type', { type: 1 }],
  ])('cannot be deferred with %s', async (_name, body) => {
    expect((await acknowledge(discord.beginAsk('How?'), body)).body.code).toBe(50_035);
  });

  it('stays private or public as it was deferred', async () => {
    const [hidden, open] = [discord.beginAsk('How?'), discord.beginAsk('How?')];
    await acknowledge(hidden, { type: 5, data: { flags: 64 } });
    await acknowledge(open);
    expect((await edit(open, { ...v2(text()), flags: (1 << 15) | 4 | 64 })).body.code).toBe(50_035);
    expect((await edit(hidden, v2(text()))).body.flags).toBe((1 << 15) | 4 | 64);
    expect([hidden.original?.visibleTo, open.original?.visibleTo]).toEqual([discord.person.id, 'everyone']);
  });

  it('cannot be answered before it is acknowledged, nor after 15 minutes', async () => {
    const interaction = discord.beginAsk('How?');
    expect((await edit(interaction, v2(text()))).body.code).toBe(10_015);
    await acknowledge(interaction);
    discord.advance(15 * 60_000 + 1);
    expect((await edit(interaction, v2(text()))).body.code).toBe(50_027);
    expect((await followUp(interaction, v2(text()))).body.code).toBe(50_027);
  });

  it('gives its first follow-up the place and the audience of what was deferred', async () => {
    const interaction = discord.beginAsk('How?');
    await acknowledge(interaction, { type: 5, data: { flags: 64 } });
    await followUp(interaction, v2(text()));
    expect([interaction.followUps, interaction.original?.visibleTo]).toEqual([[], discord.person.id]);
  });

  it('keeps components v2 once it has them', async () => {
    const interaction = discord.beginAsk('How?');
    await acknowledge(interaction);
    await edit(interaction, v2(text()));
    expect((await edit(interaction, classic({ content: 'x' }))).body.code).toBe(50_035);
  });

  it('of an app that is not in the server has five follow-ups, private where the server says so', async () => {
    const away = discord.addChannel(discord.addGuild({ hasBot: false, allowsExternalApps: false }));
    const interaction = discord.beginAsk('How?', { channel: away, install: 'user' });
    await acknowledge(interaction);
    await edit(interaction, v2(text()));
    for (let count = 0; count < 5; count++) expect((await followUp(interaction, v2(text()))).status).toBe(200);
    expect((await followUp(interaction, v2(text()))).body.code).toBe(40_094);
    expect(interaction.followUps[0]?.visibleTo).toBe(discord.person.id);
    expect((await post(v2(text()), away.id)).body.code).toBe(50_001);
  });
});

describe('channels and threads', () => {
  it('ask for their permissions', async () => {
    channel.permissions = 0n;
    expect((await post(v2(text()))).body.code).toBe(50_001);
    channel.permissions = MAY.view;
    expect((await post(v2(text()))).body.code).toBe(50_013);
    expect((await call('POST', `/channels/${channel.id}/typing`)).body.code).toBe(50_013);
    expect((await post(v2(text()), '42')).body.code).toBe(10_003);
  });

  it('ask for the history before a reply, and for a message that is there', async () => {
    const reference = { message_reference: { message_id: discord.say('hi', channel).id } };
    channel.permissions = MAY.view | MAY.send;
    expect((await post({ ...v2(text()), ...reference })).body.code).toBe(160_002);
    channel.permissions = INVITED;
    expect((await post({ ...v2(text()), message_reference: { message_id: '42' } })).body.code).toBe(50_035);
    const lenient = { message_reference: { message_id: '42', fail_if_not_exists: false } };
    expect((await post({ ...v2(text()), ...lenient })).status).toBe(200);
  });

  it('give back the first message for a nonce that was seen', async () => {
    const body = { ...v2(text()), nonce: 'same', enforce_nonce: true };
    const path = `/channels/${channel.id}/messages`;
    const [first, second] = [await call('POST', path, body), await call('POST', path, body)];
    expect(second.body.id).toBe(first.body.id);
    discord.advance(6 * 60_000);
    expect((await call('POST', path, body)).body.id).not.toBe(first.body.id);
  });

  it('have one thread a message, with a name, a known time and a permission', async () => {
    const { id } = discord.say('hi', channel);
    const open = (body: object) => call('POST', `/channels/${channel.id}/messages/${id}/threads`, body);
    expect((await open({ name: ' ' })).body.code).toBe(50_035);
    expect((await open({ name: 'x'.repeat(101) })).body.code).toBe(50_035);
    expect((await open({ name: 'x', auto_archive_duration: 61 })).body.code).toBe(50_035);
    channel.permissions = MAY.view | MAY.send;
    expect((await open({ name: 'x' })).body.code).toBe(50_013);
    channel.permissions = INVITED;
    expect((await open({ name: 'x', auto_archive_duration: 60 })).body.id).toBe(id);
    expect((await open({ name: 'x' })).body.code).toBe(160_004);
    const thread = discord.channels.get(id);
    if (!thread) throw new Error('no thread');
    expect(
      (await call('POST', `/channels/${id}/messages/${discord.say('x', thread).id}/threads`, { name: 'x' })).body.code,
    ).toBe(50_024);
    channel.permissions = MAY.view | MAY.send;
    expect((await post(v2(text()), id)).body.code).toBe(50_013);
    channel.permissions = INVITED;
    thread.locked = true;
    expect((await post(v2(text()), id)).body.code).toBe(160_005);
    thread.locked = false;
    thread.archived = true;
    expect((await post(v2(text()), id)).status).toBe(200);
    expect(thread.archived).toBe(false);
  });

  it('let the bot take back what it posted, once, and nothing else', async () => {
    const remove = (id: unknown) => call('DELETE', `/channels/${channel.id}/messages/${id}`);
    const { body } = await post(v2(text()));
    expect([(await remove(body.id)).status, (await remove(body.id)).body.code]).toEqual([204, 10_008]);
    expect((await remove(discord.say('hi', channel).id)).body.code).toBe(50_013);
  });

  it('of a forum take no plain message', async () => {
    const forum = discord.addChannel(discord.addGuild(), { type: FORUM });
    expect((await post(v2(text()), forum.id)).body.code).toBe(40_058);
  });
});

describe('the token', () => {
  it('is asked for', async () => {
    expect(await call('GET', '/users/@me', undefined, 'wrong')).toMatchObject({ status: 401, body: { code: 0 } });
    expect(await call('GET', '/nowhere')).toMatchObject({ status: 404 });
  });
});

describe('commands', () => {
  const good = { name: 'ask', description: 'Ask', options: [], integration_types: [0, 1], contexts: [0, 1, 2] };
  const wanted = { type: 3, name: 'q', description: 'Q', required: true };
  const put = (...commands: unknown[]) => call('PUT', `/applications/${discord.applicationId}/commands`, commands);

  it('come back with what Discord adds', async () => {
    expect((await put({ ...good, options: [wanted] })).status).toBe(200);
    expect(discord.commands[0]).toMatchObject({ ...good, version: '1', options: [wanted] });
  });

  it.each<[string, unknown[]]>([
    ['an upper-case name', [{ ...good, name: 'Ask' }]],
    ['a name over 32', [{ ...good, name: 'a'.repeat(33) }]],
    ['a name with a space', [{ ...good, name: 'a b' }]],
    ['a name twice', [good, good]],
    ['no description', [{ ...good, description: '' }]],
    ['a description over 100', [{ ...good, description: 'x'.repeat(101) }]],
    ['101 commands', Array.from({ length: 101 }, (_, index) => ({ ...good, name: `a${index}` }))],
    [
      '26 options',
      [{ ...good, options: Array.from({ length: 26 }, (_, index) => ({ ...wanted, name: `q${index}` })) }],
    ],
    [
      'a required option after another',
      [
        {
          ...good,
          options: [
            { ...wanted, required: false },
            { ...wanted, name: 'r' },
          ],
        },
      ],
    ],
    [
      '26 choices',
      [
        {
          ...good,
          options: [
            { ...wanted, choices: Array.from({ length: 26 }, (_, index) => ({ name: `${index}`, value: `${index}` })) },
          ],
        },
      ],
    ],
    ['an empty choice', [{ ...good, options: [{ ...wanted, choices: [{ name: '', value: 'x' }] }] }]],
    ['max_length over 6000', [{ ...good, options: [{ ...wanted, max_length: 6_001 }] }]],
    [
      'over 8000 characters',
      [
        {
          ...good,
          options: Array.from({ length: 4 }, (_, index) => ({
            ...wanted,
            name: `q${index}`,
            choices: Array.from({ length: 25 }, (__, choice) => ({
              name: `${choice}`.padEnd(60, 'x'),
              value: `${choice}`.padEnd(60, 'x'),
            })),
          })),
        },
      ],
    ],
    ['no contexts', [{ ...good, contexts: undefined }]],
    ['no integration types', [{ ...good, integration_types: undefined }]],
    ['a deprecated field', [{ ...good, dm_permission: true }]],
    ['another kind of command', [{ ...good, type: 2 }]],
    ['another kind of option', [{ ...good, options: [{ ...wanted, type: 4 }] }]],
  ])('are refused: %s', async (_name, commands) => {
    expect((await put(...commands)).body.code).toBe(50_035);
    expect(discord.commands).toEqual([]);
  });
});

describe('the gateway closes the connection of', () => {
  const identify = (d: object = {}) => ({ op: 2, d: { token: discord.token, intents: 513, properties: {}, ...d } });
  const closeCode = (...payloads: unknown[]) =>
    new Promise<number>((resolve, reject) => {
      const socket = new WebSocket(`${discord.gatewayUrl}/?v=10&encoding=json`);
      socket.on('open', () => {
        for (const payload of payloads) socket.send(JSON.stringify(payload));
      });
      socket.on('close', resolve);
      socket.on('error', reject);
    });

  it.each<[string, number, () => unknown[]]>([
    ['a wrong token', 4004, () => [identify({ token: 'wrong' })]],
    ['intents that do not exist', 4013, () => [identify({ intents: 2 ** 30 })]],
    ['a privileged intent', 4014, () => [identify({ intents: 1 << 15 })]],
    ['a second IDENTIFY', 4005, () => [identify(), identify()]],
    ['a payload before IDENTIFY', 4003, () => [{ op: 3, d: {} }]],
    ['an unknown opcode', 4001, () => [identify(), { op: 99 }]],
    ['a payload over 4096 bytes', 4002, () => [{ op: 1, d: 'x'.repeat(4_100) }]],
    ['121 payloads in a minute', 4008, () => Array.from({ length: 121 }, () => ({ op: 1, d: null }))],
  ])('%s', async (_name, code, payloads) => {
    expect(await closeCode(...payloads())).toBe(code);
  });
});
