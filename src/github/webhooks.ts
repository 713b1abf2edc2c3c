import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../log.ts';
import type { PublicListener } from '../platform.ts';

export type WebhookOptions = {
  readonly listener: PublicListener;
  /** As set at the webhook on GitHub. */
  readonly secret: string;
  /** Called with one delivery of a repository after the other, in the order they came; other repositories do not wait. */
  readonly take: (delivery: Delivery) => Promise<void>;
  readonly deliveries: DeliveryLog;
  readonly log: Logger;
};

export type Delivery = {
  /** As in `X-GitHub-Event`: `issue_comment`. */
  readonly name: string;
  /** Untrusted JSON, of whoever knows the secret. */
  readonly payload: unknown;
};

/** Keeps deliveries from when they are accepted until they are worked off, and their ids for as long as GitHub may repeat them. */
export interface DeliveryLog {
  /**
   * Keeps a delivery, unless it is there. Once this resolves, it outlives the process.
   *
   * @returns `new`; or that it came before: `waiting` while it is not worked off, else `done`
   */
  accept(id: string, delivery: Delivery): Promise<'new' | 'waiting' | 'done'>;
  /** It is worked off: from now on only its id is remembered. */
  finish(id: string): Promise<void>;
  /** What was accepted and is not worked off, in the order it came. */
  waiting(): Promise<readonly { readonly id: string; readonly delivery: Delivery }[]>;
}

const WEBHOOK_PATH = '/webhooks/github';
/** GitHub sends nothing larger. */
const LARGEST_BYTES = 25 * 1024 * 1024;
const MOST_WAITING = 1000;

/**
 * Takes GitHub's webhooks on the public listener. A delivery is answered as soon as it is known to be genuine and kept,
 * and worked off afterwards: GitHub waits ten seconds. One that comes twice is worked off once, one whose work failed
 * when it is delivered again or at the next start, and one that a dead process had accepted now, before all others.
 *
 * @returns what waits until everything taken is worked off
 */
export function serveWebhooks({ listener, secret, take, deliveries, log }: WebhookOptions): {
  settled(): Promise<void>;
} {
  /** What is in the queue. */
  const taken = new Set<string>();
  const queues = new Map<unknown, Promise<void>>();
  const begun = takeLeft().catch((error: unknown) =>
    log.error('the webhooks from before the start could not be read', { error }),
  );

  async function takeLeft(): Promise<void> {
    for (const { id, delivery } of await deliveries.waiting()) enqueue(id, delivery);
  }

  async function work(id: string, delivery: Delivery): Promise<void> {
    try {
      await take(delivery);
      await deliveries.finish(id);
    } catch (error) {
      log.error('a webhook could not be worked off: deliver it again, or wait for the next start or sweep', {
        event: delivery.name,
        delivery: id,
        error,
      });
    } finally {
      taken.delete(id);
    }
  }

  function enqueue(id: string, delivery: Delivery): void {
    taken.add(id);
    const repository = repositoryIdOf(delivery.payload);
    const before = queues.get(repository) ?? Promise.resolve();
    queues.set(
      repository,
      before.then(() => work(id, delivery)),
    );
  }

  listener.route('POST', WEBHOOK_PATH, async (request, response) => {
    const body = await readBody(request);
    if (body === undefined) return answer(response, 413);
    if (!isGenuine(body, header(request, 'x-hub-signature-256'), secret)) {
      log.warn(
        'a webhook without the right signature was refused: compare GITHUB_WEBHOOK_SECRET with the one on GitHub',
      );
      return answer(response, 401);
    }
    const name = header(request, 'x-github-event');
    const id = header(request, 'x-github-delivery');
    if (!name || !id) return answer(response, 400);
    const payload = parse(body, header(request, 'content-type'));
    if (payload === undefined) return answer(response, 400);
    await begun;
    if (name === 'ping' || taken.has(id)) return answer(response, 202);
    if (taken.size >= MOST_WAITING) return answer(response, 503);
    const delivery = { name, payload };
    const outcome = await deliveries.accept(id, delivery).catch((error: unknown) => {
      log.error('a webhook could not be kept: deliver it again', { event: name, delivery: id, error });
      return 'refused' as const;
    });
    if (outcome === 'refused') return answer(response, 500);
    if (outcome !== 'done' && !taken.has(id)) enqueue(id, delivery);
    answer(response, 202);
  });

  return {
    async settled() {
      await begun;
      await Promise.all(queues.values());
    },
  };
}

/** Undefined for what is of several. */
function repositoryIdOf(payload: unknown): unknown {
  return (payload as { readonly repository?: { readonly id?: unknown } } | null)?.repository?.id;
}

/** Undefined when it is larger than allowed: the rest is not read. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > LARGEST_BYTES) return undefined;
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > LARGEST_BYTES) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function isGenuine(body: Buffer, signature: string, secret: string): boolean {
  const expected = Buffer.from(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`);
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** GitHub sends JSON, or the same in a form's field, as it was chosen there. */
function parse(body: Buffer, contentType: string): unknown {
  const text = body.toString('utf8');
  try {
    const isForm = contentType.startsWith('application/x-www-form-urlencoded');
    return JSON.parse(isForm ? (new URLSearchParams(text).get('payload') ?? '') : text) as unknown;
  } catch {
    return undefined;
  }
}

function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === 'string' ? value : '';
}

function answer(response: ServerResponse, status: number): void {
  const headers = status === 413 ? { connection: 'close' } : {};
  response.writeHead(status, { 'content-length': '0', ...headers }).end();
}
