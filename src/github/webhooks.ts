import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../log.ts';
import type { PublicListener } from '../platform.ts';

export type WebhookOptions = {
  readonly listener: PublicListener;
  /** As set at the webhook on GitHub. */
  readonly secret: string;
  /** Called with one delivery after the other, in the order they came. */
  readonly take: (delivery: Delivery) => Promise<void>;
  readonly log: Logger;
};

export type Delivery = {
  /** As in `X-GitHub-Event`: `issue_comment`. */
  readonly name: string;
  /** Untrusted JSON, of whoever knows the secret. */
  readonly payload: unknown;
};

const WEBHOOK_PATH = '/webhooks/github';
/** GitHub sends nothing larger. */
const LARGEST_BYTES = 25 * 1024 * 1024;
/** GitHub offers to deliver again for three days; of busy repositories, the latest are remembered. */
const DELIVERIES_REMEMBERED = 10_000;
const MOST_WAITING = 1000;

/**
 * Takes GitHub's webhooks on the public listener. A delivery is answered as soon as it is known to be genuine, and
 * worked off afterwards: GitHub waits ten seconds. One that comes twice is worked off once, and one whose work failed
 * is worked off when it is delivered again.
 *
 * @returns what waits until everything taken is worked off
 */
export function serveWebhooks({ listener, secret, take, log }: WebhookOptions): { settled(): Promise<void> } {
  const seen = new Set<string>();
  let waiting = 0;
  let queue = Promise.resolve();

  const enqueue = (id: string, delivery: Delivery) => {
    waiting++;
    queue = queue
      .then(() => take(delivery))
      .catch((error: unknown) => {
        seen.delete(id);
        log.error(`a webhook could not be worked off: deliver it again, or wait for the next sweep`, {
          event: delivery.name,
          delivery: id,
          error,
        });
      })
      .finally(() => {
        waiting--;
      });
  };

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
    if (seen.has(id)) return answer(response, 202);
    const payload = parse(body, header(request, 'content-type'));
    if (payload === undefined) return answer(response, 400);
    if (waiting >= MOST_WAITING) return answer(response, 503);
    seen.add(id);
    if (seen.size > DELIVERIES_REMEMBERED) seen.delete(seen.values().next().value as string);
    answer(response, 202);
    if (name !== 'ping') enqueue(id, { name, payload });
  });

  return { settled: () => queue };
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
