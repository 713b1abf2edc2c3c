import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import type { Json, World } from './slack-world.ts';

/** How Slack hands something to the app, and what became of it. */
export type Delivery = {
  readonly acked: boolean;
  /** What the app acknowledged with. */
  readonly response: unknown;
  /** From the first attempt to the acknowledgement. */
  readonly tookMs: number;
  readonly attempts: number;
  /** Why it was not acknowledged. */
  readonly problem?: string;
};

export type Envelope = { readonly type: 'events_api' | 'slash_commands' | 'interactive'; readonly payload: Json };

type Attempt = { readonly acked: boolean; readonly response?: unknown; readonly problem?: string };
type Retry = { readonly attempt: number; readonly reason: string };

export interface Transport {
  send(envelope: Envelope, retry: Retry | undefined): Promise<Attempt>;
}

/** Events come again at once, after one minute and after five; nothing else does. */
const RETRY_MINUTES = [0, 1, 5];

export async function deliver(transport: Transport, envelope: Envelope, world: World): Promise<Delivery> {
  const startedAt = Date.now();
  const waits = envelope.type === 'events_api' ? RETRY_MINUTES : [];
  let attempt = await transport.send(envelope, undefined);
  let attempts = 1;
  for (const minutes of waits) {
    if (attempt.acked) break;
    await sleep(minutes * world.minuteMs);
    attempt = await transport.send(envelope, { attempt: attempts, reason: attempt.problem ?? 'timeout' });
    attempts++;
  }
  const { acked, response, problem } = attempt;
  return { acked, response, attempts, tookMs: Date.now() - startedAt, ...(problem !== undefined && { problem }) };
}

type Socket = { readonly ws: WebSocket; ready: boolean; leaving: boolean };
type Pending = { settle(attempt: Attempt): void; readonly socket: Socket; late: boolean; readonly what: string };

/** Socket Mode: each envelope goes to any one of the connections that said hello. */
export class SocketTransport implements Transport {
  readonly #world: World;
  readonly #ackDeadlineMs: number;
  readonly #sockets = new Set<Socket>();
  readonly #pending = new Map<string, Pending>();
  readonly #acked = new Set<string>();
  #next = 0;
  /** How long each of the coming connections waits for its hello; `Infinity` for never. Then at once. */
  readonly helloDelays: number[] = [];

  constructor(world: World, ackDeadlineMs: number) {
    this.#world = world;
    this.#ackDeadlineMs = ackDeadlineMs;
  }

  /** Connections that said hello and are not being closed. */
  get connections(): number {
    return this.#live().length;
  }

  /** All that are open, hello or not. */
  get open(): number {
    return this.#sockets.size;
  }

  accept(ws: WebSocket): void {
    const socket: Socket = { ws, ready: false, leaving: false };
    ws.on('error', () => {});
    if (this.#sockets.size >= 10) {
      ws.send(JSON.stringify({ type: 'disconnect', reason: 'too_many_websockets' }));
      return;
    }
    this.#sockets.add(socket);
    ws.on('message', (data) => this.#receive(String(data)));
    ws.on('close', () => this.#gone(socket));
    const delayMs = this.helloDelays.shift() ?? 0;
    if (Number.isFinite(delayMs)) setTimeout(() => this.#hello(socket), delayMs).unref();
  }

  /** Slack renews connections every few hours: the client is told to go, and goes. */
  disconnect(
    reason: 'refresh_requested' | 'warning' | 'link_disabled',
    { most = Number.POSITIVE_INFINITY } = {},
  ): void {
    for (const socket of this.#live().slice(0, most)) {
      socket.leaving = true;
      socket.ws.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'fake' } }));
      setTimeout(() => socket.ws.terminate(), 10_000).unref();
    }
  }

  /** TCP connections that break without a word. */
  drop(): void {
    for (const { ws } of this.#sockets) ws.terminate();
  }

  /** Peers that are there and say nothing more, not even goodbye. */
  freeze(): void {
    for (const socket of this.#sockets) {
      socket.leaving = true;
      socket.ws.pause();
      setTimeout(() => socket.ws.terminate(), 20_000).unref();
    }
  }

  async send(envelope: Envelope, retry: Retry | undefined): Promise<Attempt> {
    const live = this.#live();
    const socket = live[this.#next++ % Math.max(1, live.length)];
    if (!socket) return { acked: false, problem: 'no_connection' };
    const id = randomUUID();
    const what = describe(envelope);
    const frame = {
      envelope_id: id,
      type: envelope.type,
      payload: envelope.payload,
      accepts_response_payload: envelope.type !== 'events_api',
      ...(envelope.type === 'events_api' && {
        retry_attempt: retry?.attempt ?? 0,
        retry_reason: retry?.reason ?? '',
      }),
    };
    return new Promise((resolve) => {
      const pending: Pending = { socket, what, late: false, settle: resolve };
      this.#pending.set(id, pending);
      const timer = setTimeout(() => this.#tooLate(pending), this.#ackDeadlineMs);
      pending.settle = (attempt) => {
        clearTimeout(timer);
        resolve(attempt);
      };
      socket.ws.send(JSON.stringify(frame));
    });
  }

  #live(): Socket[] {
    return [...this.#sockets].filter(({ ws, ready, leaving }) => ready && !leaving && ws.readyState === ws.OPEN);
  }

  #hello(socket: Socket): void {
    if (socket.ws.readyState !== socket.ws.OPEN) return;
    socket.ready = true;
    socket.ws.send(
      JSON.stringify({
        type: 'hello',
        num_connections: this.#sockets.size,
        connection_info: { app_id: this.#world.appId },
      }),
    );
  }

  #receive(data: string): void {
    const { envelope_id: id, payload } = JSON.parse(data) as { envelope_id?: string; payload?: unknown };
    const pending = this.#pending.get(id ?? '');
    if (!id || !pending) {
      this.#world.violate('unknown_ack', `an acknowledgement of nothing: ${data.slice(0, 60)}`);
      return;
    }
    if (this.#acked.has(id)) this.#world.violate('double_ack', pending.what);
    this.#acked.add(id);
    if (pending.late) this.#world.violate('late_ack', `${pending.what} was acknowledged too late`);
    pending.settle({ acked: true, response: payload });
  }

  #tooLate(pending: Pending): void {
    pending.late = true;
    // A connection that broke lost the envelope: that is not the app's fault.
    if (!pending.socket.leaving) this.#world.violate('no_ack', `${pending.what} was not acknowledged in time`);
    pending.settle({ acked: false, problem: 'timeout' });
  }

  #gone(socket: Socket): void {
    this.#sockets.delete(socket);
    for (const pending of this.#pending.values()) {
      if (pending.socket === socket) pending.settle({ acked: false, problem: 'connection_closed' });
    }
  }
}

/** Signed HTTP. */
export class HttpTransport implements Transport {
  readonly #world: World;
  readonly #ackDeadlineMs: number;
  readonly #signingSecret: string;
  readonly #url: string;

  constructor(
    world: World,
    { url, signingSecret, ackDeadlineMs }: { url: string; signingSecret: string; ackDeadlineMs: number },
  ) {
    this.#world = world;
    this.#url = url;
    this.#signingSecret = signingSecret;
    this.#ackDeadlineMs = ackDeadlineMs;
  }

  async send(envelope: Envelope, retry: Retry | undefined): Promise<Attempt> {
    const { body, contentType } = encode(envelope);
    const headers: Record<string, string> = { 'content-type': contentType, ...sign(body, this.#signingSecret) };
    if (retry)
      Object.assign(headers, { 'x-slack-retry-num': String(retry.attempt), 'x-slack-retry-reason': retry.reason });
    const signal = AbortSignal.timeout(this.#ackDeadlineMs);
    try {
      const response = await fetch(this.#url, { method: 'POST', headers, body, signal });
      const text = await response.text();
      if (!response.ok) return { acked: false, problem: 'http_error', response: response.status };
      return { acked: true, response: text === '' ? {} : parse(text) };
    } catch {
      if (signal.aborted) this.#world.violate('no_ack', `${describe(envelope)} was not acknowledged in time`);
      return { acked: false, problem: signal.aborted ? 'http_timeout' : 'connection_failed' };
    }
  }
}

/** As Slack signs; a test may lie about time and secret. */
export function sign(body: string, secret: string, atSeconds = Math.floor(Date.now() / 1000)): Record<string, string> {
  const signature = createHmac('sha256', secret).update(`v0:${atSeconds}:${body}`).digest('hex');
  return { 'x-slack-request-timestamp': String(atSeconds), 'x-slack-signature': `v0=${signature}` };
}

function encode({ type, payload }: Envelope): { readonly body: string; readonly contentType: string } {
  if (type === 'events_api') return { body: JSON.stringify(payload), contentType: 'application/json' };
  const form = new URLSearchParams(
    type === 'interactive'
      ? { payload: JSON.stringify(payload) }
      : Object.fromEntries(Object.entries(payload).map(([key, value]) => [key, String(value)])),
  );
  return { body: form.toString(), contentType: 'application/x-www-form-urlencoded' };
}

function describe({ type, payload }: Envelope): string {
  const inner = payload.event as Json | undefined;
  return `${type} ${String(inner?.type ?? payload.command ?? payload.type ?? '')}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
