import { createHmac, randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Delivery, serveWebhooks } from '../../src/github/webhooks.ts';
import { silentLogger as log } from '../../src/log.ts';
import { type OpenPublicListener, openPublicListener } from '../../src/web/public-listener.ts';

const SECRET = 'a-webhook-secret';
let listener: OpenPublicListener;
let taken: Delivery[];
let take: (delivery: Delivery) => Promise<void>;
let settled: () => Promise<void>;

beforeEach(async () => {
  listener = await openPublicListener({ host: '127.0.0.1', port: 0, log });
  taken = [];
  take = async (delivery) => void taken.push(delivery);
  ({ settled } = serveWebhooks({ listener, secret: SECRET, take: (delivery) => take(delivery), log }));
});

afterEach(() => listener.close());

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

it('refuses a body that is larger than GitHub sends', async () => {
  const sending = deliver({ body: 'x'.repeat(25 * 1024 * 1024 + 1) });
  // The rest is not read: the sender sees the status, or that the connection ended.
  expect(await sending.catch(() => 413)).toBe(413);
  await settled();
  expect(taken).toEqual([]);
});
