import { createHmac, randomUUID } from 'node:crypto';
import type { Json } from './github-shapes.ts';

export type WebhookAttempt = {
  /** Of the answer; undefined when there was none in time. */
  readonly status: number | undefined;
  readonly tookMs: number;
  readonly error?: string;
};

export type WebhookDelivery = {
  /** `X-GitHub-Delivery`: the same when it is delivered again. */
  readonly id: string;
  readonly event: string;
  readonly action: string | undefined;
  /** The exact body. */
  readonly body: string;
  readonly attempts: WebhookAttempt[];
};

export type WebhookOptions = {
  readonly id: number;
  readonly url: string;
  readonly secret: string;
  /** Of the App that the hook belongs to. */
  readonly installation?: number;
  /** GitHub's ten seconds. */
  readonly timeoutMs?: number;
};

const MAX_BYTES = 25_000_000;

/**
 * One hook: it posts signed deliveries as they happen, does not wait for one before the next, and never repeats one by
 * itself. What becomes of each is in `deliveries`.
 */
export class FakeWebhook {
  readonly id: number;
  url: string;
  readonly deliveries: WebhookDelivery[] = [];
  readonly #options: WebhookOptions;
  readonly #underWay = new Set<Promise<void>>();
  #toLose = 0;

  constructor(options: WebhookOptions) {
    this.id = options.id;
    this.url = options.url;
    this.#options = options;
  }

  /** The next deliveries never leave GitHub. */
  lose(count = 1): void {
    this.#toLose += count;
  }

  push(event: string, payload: Json): WebhookDelivery {
    const { installation } = this.#options;
    const whole = {
      ...payload,
      ...(installation !== undefined &&
        !('installation' in payload) && { installation: { id: installation, node_id: `MDIz${installation}` } }),
    };
    const { action } = payload;
    const delivery: WebhookDelivery = {
      id: randomUUID(),
      event,
      action: typeof action === 'string' ? action : undefined,
      body: JSON.stringify(whole),
      attempts: [],
    };
    this.deliveries.push(delivery);
    if (this.#toLose > 0) this.#toLose -= 1;
    else if (Buffer.byteLength(delivery.body) <= MAX_BYTES) this.#start(delivery);
    return delivery;
  }

  /** As with the button on GitHub's page: the same id and body once more. Resolves when it was answered. */
  async redeliver(delivery: WebhookDelivery): Promise<WebhookAttempt> {
    await this.#deliver(delivery, { signedWith: this.#options.secret });
    return delivery.attempts.at(-1) as WebhookAttempt;
  }

  /** A delivery as a stranger would forge it: signed with another secret, or not at all. */
  async forge(event: string, payload: Json, signedWith: string | undefined): Promise<WebhookAttempt> {
    const delivery = { id: randomUUID(), event, action: undefined, body: JSON.stringify(payload), attempts: [] };
    await this.#deliver(delivery, { signedWith });
    return delivery.attempts.at(-1) as unknown as WebhookAttempt;
  }

  /** Resolves when every delivery so far was answered or given up. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  #start(delivery: WebhookDelivery): void {
    const attempt = this.#deliver(delivery, { signedWith: this.#options.secret });
    this.#underWay.add(attempt);
    void attempt.finally(() => this.#underWay.delete(attempt));
  }

  async #deliver(
    { id, event, body, attempts }: WebhookDelivery,
    { signedWith }: { readonly signedWith: string | undefined },
  ): Promise<void> {
    const start = performance.now();
    const sign = (algorithm: string) =>
      createHmac(algorithm, signedWith ?? '')
        .update(body)
        .digest('hex');
    try {
      const response = await fetch(this.url, {
        method: 'POST',
        redirect: 'manual',
        headers: {
          accept: '*/*',
          'content-type': 'application/json',
          'user-agent': 'GitHub-Hookshot/1a2b3c4',
          'x-github-delivery': id,
          'x-github-event': event,
          'x-github-hook-id': String(this.id),
          'x-github-hook-installation-target-type': this.#options.installation ? 'integration' : 'repository',
          ...(signedWith !== undefined && {
            'x-hub-signature': `sha1=${sign('sha1')}`,
            'x-hub-signature-256': `sha256=${sign('sha256')}`,
          }),
        },
        body,
        signal: AbortSignal.timeout(this.#options.timeoutMs ?? 10_000),
      });
      await response.arrayBuffer();
      attempts.push({ status: response.status, tookMs: performance.now() - start });
    } catch (error) {
      attempts.push({ status: undefined, tookMs: performance.now() - start, error: String(error) });
    }
  }
}
