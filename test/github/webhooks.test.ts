import { createHmac, randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDeliveries } from '../../src/corpus/sqlite-deliveries.ts';
import { type Delivery, type DeliveryLog, serveWebhooks } from '../../src/github/webhooks.ts';
import { silentLogger as log } from '../../src/log.ts';
import { type OpenPublicListener, openPublicListener } from '../../src/web/public-listener.ts';
import { temporaryFolder } from '../fakes/issues.ts';

const SECRET = 'a-webhook-secret';
let folder: string;
let listener: OpenPublicListener;
let deliveries: Awaited<ReturnType<typeof openDeliveries>>;
let nowMs: number;
let isFull: boolean;
let taken: Delivery[];
let take: (delivery: Delivery) => Promise<void>;
let settled: () => Promise<void>;

beforeEach(async () => {
  folder = await temporaryFolder();
  taken = [];
  isFull = false;
  nowMs = Date.parse('2026-01-01T00:00:00Z');
  take = async (delivery) => void taken.push(delivery);
  await start();
});

afterEach(async () => {
  await stop();
  await rm(folder, { recursive: true });
});

async function start() {
  listener = await openPublicListener({ host: '127.0.0.1', port: 0, log });
  deliveries = await openDeliveries(path.join(folder, 'corpus.sqlite'), { now: () => nowMs });
  const kept: DeliveryLog = {
    ...deliveries,
    accept: async (id, delivery) =>
      isFull ? Promise.reject(new Error('the disk is full')) : deliveries.accept(id, delivery),
  };
  const takeNow = (delivery: Delivery) => take(delivery);
  ({ settled } = serveWebhooks({ listener, secret: SECRET, take: takeNow, deliveries: kept, log }));
}

async function stop() {
  await listener.close();
  await deliveries.close();
}

type Sent = { body?: string; event?: string; id?: string; signature?: string; type?: string };

async function deliver({
  body = '{"action":"created"}',
  event = 'issue_comment',
  id = randomUUID(),
  ...more
}: Sent = {}) {
  const signature = more.signature ?? `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`;
  const headers = {
    'content-type': more.type ?? 'application/json',
    'x-github-event': event,
    'x-github-delivery': id,
    'x-hub-signature-256': signature,
  };
  const { status } = await fetch(new URL('webhooks/github', listener.url), { method: 'POST', body, headers });
  return status;
}

it('hands on what is signed with the secret, as JSON or as a form', async () => {
  expect(await deliver()).toBe(202);
  const form = new URLSearchParams({ payload: '{"action":"edited"}' }).toString();
  expect(await deliver({ body: form, type: 'application/x-www-form-urlencoded' })).toBe(202);
  await settled();
  expect(taken).toEqual([
    { name: 'issue_comment', payload: { action: 'created' } },
    { name: 'issue_comment', payload: { action: 'edited' } },
  ]);
});

it('refuses what is not, and what is no delivery', async () => {
  expect(await deliver({ signature: '' })).toBe(401);
  expect(await deliver({ signature: `sha256=${'0'.repeat(64)}` })).toBe(401);
  expect(await deliver({ event: '' })).toBe(400);
  expect(await deliver({ body: 'not JSON' })).toBe(400);
  await settled();
  expect(taken).toEqual([]);
});

it('answers a ping and hands it to nobody', async () => {
  expect(await deliver({ event: 'ping' })).toBe(202);
  await settled();
  expect(taken).toEqual([]);
});

it('works a delivery off once, however often it comes, and again if that failed', async () => {
  for (let time = 0; time < 3; time++) expect(await deliver({ id: 'the same' })).toBe(202);
  await settled();
  expect(taken).toHaveLength(1);

  take = async () => Promise.reject(new Error('the disk is full'));
  await deliver({ id: 'failed' });
  await settled();
  take = async (delivery) => void taken.push(delivery);
  await deliver({ id: 'failed' });
  await settled();
  expect(taken).toHaveLength(2);
});

it('answers before the work is done, and does it in the order of arrival', async () => {
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  take = async (delivery) => {
    await gate;
    taken.push(delivery);
  };
  for (const action of ['one', 'two', 'three']) expect(await deliver({ body: JSON.stringify({ action }) })).toBe(202);
  expect(taken).toEqual([]);
  open();
  await settled();
  expect(taken.map(({ payload }) => payload)).toEqual([{ action: 'one' }, { action: 'two' }, { action: 'three' }]);
});

it('makes no repository wait for another, whose rows somebody else may be writing', async () => {
  const of = (id: number) => JSON.stringify({ repository: { id } });
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  take = async (delivery) => {
    if (JSON.stringify(delivery.payload) === of(1)) await gate;
    taken.push(delivery);
  };
  for (const id of [1, 2]) await deliver({ body: of(id) });
  await expect.poll(() => taken.map(({ payload }) => JSON.stringify(payload))).toEqual([of(2)]);
  open();
  await settled();
  expect(taken).toHaveLength(2);
});

it('refuses a body that is larger than GitHub sends', async () => {
  const sending = deliver({ body: 'x'.repeat(25 * 1024 * 1024 + 1) });
  // The rest is not read: the sender sees the status, or that the connection ended.
  expect(await sending.catch(() => 413)).toBe(413);
  await settled();
  expect(taken).toEqual([]);
});

it('works off what it had accepted when it was stopped, in order and before what comes then', async () => {
  take = () => new Promise(() => {});
  for (const action of ['one', 'two'])
    expect(await deliver({ id: action, body: JSON.stringify({ action }) })).toBe(202);
  await stop();

  take = async (delivery) => void taken.push(delivery);
  await start();
  for (const action of ['two', 'three']) await deliver({ id: action, body: JSON.stringify({ action }) });
  await settled();
  expect(taken.map(({ payload }) => payload)).toEqual([{ action: 'one' }, { action: 'two' }, { action: 'three' }]);
  expect(await deliveries.waiting()).toEqual([]);
});

it('works nothing off twice that comes again after a restart, as long as GitHub may send it', async () => {
  await deliver({ id: 'the same' });
  await settled();
  await stop();
  nowMs += 3 * 24 * 3_600_000;
  await start();
  expect(await deliver({ id: 'the same' })).toBe(202);
  await settled();
  expect(taken).toHaveLength(1);
});

it('tries at the next start again what could not be worked off', async () => {
  take = async () => Promise.reject(new Error('the disk is full'));
  await deliver();
  await settled();
  await stop();
  take = async (delivery) => void taken.push(delivery);
  await start();
  await settled();
  expect(taken).toEqual([{ name: 'issue_comment', payload: { action: 'created' } }]);
});

it('refuses what it cannot keep, so that GitHub shows it as failed', async () => {
  isFull = true;
  expect(await deliver({ id: 'refused' })).toBe(500);
  isFull = false;
  expect(await deliver({ id: 'refused' })).toBe(202);
  await settled();
  expect(taken).toHaveLength(1);
});
