import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { call, POST, start } from './slack-calls.ts';
import { sign } from './slack-delivery.ts';
import type { SlackServer } from './slack-server.ts';

const VIEW = { type: 'modal', title: { type: 'plain_text', text: 'A' }, blocks: [{ type: 'divider' }] };

describe('the fake Slack refuses a call', () => {
  it('to open a view whose trigger is unknown, used or older than three seconds', async () => {
    const server = await start({ triggerMs: 400 });
    const open = (trigger: string) => call(server, 'views.open', { trigger_id: trigger, view: VIEW });
    expect((await open('nonsense')).body).toMatchObject({ error: 'invalid_trigger_id' });
    const trigger = server.world.newTrigger('U1');
    expect((await open(trigger)).body).toMatchObject({ ok: true });
    expect((await open(trigger)).body).toMatchObject({ error: 'exchanged_trigger_id' });
    const old = server.world.newTrigger('U1');
    await new Promise((resolve) => setTimeout(resolve, 450));
    expect((await open(old)).body).toMatchObject({ error: 'expired_trigger_id' });
    expect((await call(server, 'views.update', { view_id: 'V99', view: VIEW })).body).toMatchObject({
      error: 'not_found',
    });
  });

  it('without a good token', async () => {
    const server = await start();
    expect((await call(server, 'auth.test', {}, '')).body).toMatchObject({ error: 'not_authed' });
    expect((await call(server, 'auth.test', {}, 'xoxb-wrong')).body).toMatchObject({ error: 'invalid_auth' });
    expect((await call(server, 'auth.test', {}, server.appToken)).body).toMatchObject({
      error: 'not_allowed_token_type',
    });
    server.tokenError = 'token_revoked';
    expect((await call(server, 'auth.test')).body).toMatchObject({ error: 'token_revoked' });
    const connect = (token: string) => call(server, 'apps.connections.open', {}, token);
    expect((await connect(server.botToken)).body).toMatchObject({ error: 'not_allowed_token_type' });
    expect((await connect('xapp-wrong')).body).toMatchObject({ error: 'invalid_auth' });
  });

  it('that the app has no scope for, and says what is granted', async () => {
    const server = await start();
    expect((await call(server, 'auth.test')).headers.get('x-oauth-scopes')).toContain('chat:write');
    server.world.scopes = ['commands'];
    expect((await call(server, 'chat.postMessage', POST)).body).toEqual({
      ok: false,
      error: 'missing_scope',
      needed: 'chat:write',
      provided: 'commands',
    });
    expect((await call(server, 'conversations.open', { users: 'U1' })).body).toMatchObject({ needed: 'im:write' });
    expect((await call(server, 'conversations.history', { channel: 'D1' })).body).toMatchObject({
      needed: 'im:history',
    });
  });

  it('that it does not know, or that is not form-encoded', async () => {
    const server = await start();
    expect((await call(server, 'chat.shout')).body).toMatchObject({ error: 'unknown_method' });
    const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
    const response = await fetch(`${server.apiUrl}/auth.test`, json);
    expect(await response.json()).toMatchObject({ error: 'invalid_post_type' });
  });

  it('to write where the bot is not, or where nobody writes', async () => {
    const server = await start();
    server.world.addChannel({ id: 'C3', name: 'old', archived: true });
    const post = async (channel: string) => (await call(server, 'chat.postMessage', { ...POST, channel })).body.error;
    expect(await post('C2')).toBe('not_in_channel');
    expect(await post('G1')).toBe('channel_not_found');
    expect(await post('C404')).toBe('channel_not_found');
    expect(await post('C3')).toBe('is_archived');
    const gone = { channel: 'C1', ts: '1.1', text: 'hello' };
    expect((await call(server, 'chat.update', gone)).body).toMatchObject({ error: 'message_not_found' });
    expect((await call(server, 'chat.delete', gone)).body).toMatchObject({ error: 'message_not_found' });
    expect((await call(server, 'chat.postEphemeral', { ...POST, channel: 'C2', user: 'U1' })).body).toMatchObject({
      error: 'not_in_channel',
    });
  });

  it('when more than one message a second goes to a channel', async () => {
    const server = await start();
    await call(server, 'chat.postMessage', POST);
    const second = await call(server, 'chat.postMessage', { ...POST, text: 'again' });
    expect(second.status).toBe(429);
    expect(second.headers.get('retry-after')).toBe('1');
    expect((await call(server, 'chat.postMessage', { ...POST, channel: 'C9' })).body).toMatchObject({ ok: true });
    expect(server.rateLimited).toBe(1);
  });

  it('to an address that was used five times, is half an hour old, or was never given', async () => {
    const server = await start({ minuteMs: 20 });
    const post = async (id: string, text: string) => {
      const body = JSON.stringify({ text, unfurl_links: false, unfurl_media: false });
      const headers = { 'content-type': 'application/json' };
      return (await fetch(`${server.origin}/response/${id}`, { method: 'POST', headers, body })).status;
    };
    const { id } = server.world.newResponseUrl('C1', 'U1');
    const statuses: number[] = [];
    for (let use = 1; use <= 6; use++) statuses.push(await post(id, `use ${use}`));
    expect(statuses).toEqual([200, 200, 200, 200, 200, 404]);
    const old = server.world.newResponseUrl('C1', 'U1');
    await new Promise((resolve) => setTimeout(resolve, 650));
    expect(await post(old.id, 'late')).toBe(404);
    expect(await post('unknown', 'hello')).toBe(404);
  });
});

describe('the fake Slack notes', () => {
  /** An app that does with each envelope what the test says. */
  async function connect(server: SlackServer, act: (ws: WebSocket, envelope: { envelope_id: string }) => void) {
    const { body } = await call(server, 'apps.connections.open', {}, server.appToken);
    const ws = new WebSocket(String(body.url));
    ws.on('message', (data) => {
      const frame = JSON.parse(String(data)) as { type: string; envelope_id: string };
      if (frame.envelope_id) act(ws, frame);
    });
    await server.until('a connection', () => server.sockets.connections > 0);
    return ws;
  }
  const acknowledge = (ws: WebSocket, { envelope_id }: { envelope_id: string }) =>
    ws.send(JSON.stringify({ envelope_id }));

  it('an acknowledgement that never comes, and sends an event again at once, after one and after five minutes', async () => {
    const server = await start({ ackDeadlineMs: 20, minuteMs: 10 });
    const retries: unknown[] = [];
    await connect(server, (_ws, envelope) => retries.push((envelope as { retry_attempt?: number }).retry_attempt));
    const [delivery] = await server.person().dm('hello').deliveries;
    expect(delivery).toMatchObject({ acked: false, attempts: 4 });
    expect(retries).toEqual([0, 1, 2, 3]);
    expect(server.violations).toHaveLength(4);
    expect(server.violations[0]).toMatch(/^no_ack/);
    const command = await server.person().command('/ask', 'hello');
    expect(command).toMatchObject({ acked: false, attempts: 1 });
  });

  it('an acknowledgement that comes too late, twice, or for nothing', async () => {
    const server = await start({ ackDeadlineMs: 20, minuteMs: 1 });
    await connect(server, (ws, envelope) => {
      setTimeout(() => acknowledge(ws, envelope), 60);
      setTimeout(() => acknowledge(ws, envelope), 61);
      setTimeout(() => acknowledge(ws, { envelope_id: 'other' }), 62);
    });
    await server.person().command('/ask', 'hello');
    await server.until('the notes', () => server.violations.some((note) => note.startsWith('unknown_ack')));
    const kinds = server.violations.map((note) => note.split(':')[0]);
    expect(kinds).toEqual(expect.arrayContaining(['no_ack', 'late_ack', 'double_ack', 'unknown_ack']));
  });

  it('a message that people see twice', async () => {
    const server = await start({ messageIntervalMs: 0 });
    await call(server, 'chat.postMessage', POST);
    await call(server, 'chat.postMessage', POST);
    expect(server.violations).toEqual([expect.stringMatching(/^duplicate_post/)]);
  });

  it('nothing about an app that acknowledges in time; a mention comes as two events with their own ids', async () => {
    const server = await start();
    const ids: unknown[] = [];
    await connect(server, (ws, envelope) => {
      ids.push((envelope as unknown as { payload: { event_id: unknown } }).payload.event_id);
      acknowledge(ws, envelope);
    });
    expect(await server.person().mention('hello').deliveries).toMatchObject([{ acked: true }, { acked: true }]);
    expect(new Set(ids).size).toBe(2);
    expect(server.violations).toEqual([]);
  });

  it('and takes no eleventh connection', async () => {
    const server = await start();
    for (let count = 0; count < 10; count++) await connect(server, acknowledge);
    await server.until('ten', () => server.sockets.connections === 10);
    const { body } = await call(server, 'apps.connections.open', {}, server.appToken);
    const eleventh = new WebSocket(String(body.url));
    const frame = await new Promise((resolve) => eleventh.once('message', (data) => resolve(JSON.parse(String(data)))));
    expect(frame).toMatchObject({ type: 'disconnect', reason: 'too_many_websockets' });
  });

  it('over HTTP a server that answers with an error or not at all', async () => {
    const server = await start({ minuteMs: 1 });
    server.pushTo(`${server.origin}/nothing-here`);
    expect(await server.person().dm('hello').deliveries).toMatchObject([
      { acked: false, attempts: 4, problem: 'http_error' },
    ]);
    expect(server.violations).toEqual([]);

    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const impatient = await start({ ackDeadlineMs: 50 });
    impatient.pushTo(`http://127.0.0.1:${(silent.address() as AddressInfo).port}/slack/events`);
    expect(await impatient.person().command('/ask', 'hello')).toMatchObject({ acked: false, problem: 'http_timeout' });
    expect(impatient.violations).toEqual([expect.stringMatching(/^no_ack/)]);
    silent.closeAllConnections();
    silent.close();
  });

  it('what was signed as Slack signs it', () => {
    // By Python: hmac.new(b'secret', b'v0:1:body', hashlib.sha256).hexdigest()
    expect(sign('body', 'secret', 1)).toEqual({
      'x-slack-request-timestamp': '1',
      'x-slack-signature': 'v0=c9bc7cc90a3668336bc5414530c26b4fdd714d73e447a37b322b8251e09f98e2',
    });
  });
});
