import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import { type ApiAnswer, refuse } from './slack-answer.ts';
import { type ApiCall, answerCall, answerResponseUrl, decodeForm } from './slack-api.ts';
import {
  type Delivery,
  deliver,
  type Envelope,
  HttpTransport,
  SocketTransport,
  type Transport,
} from './slack-delivery.ts';
import { tell } from './slack-events.ts';
import { Person } from './slack-person.ts';
import { type Channel, type ShownMessage, World, type WorldOptions } from './slack-world.ts';

export type { Delivery } from './slack-delivery.ts';
export type { ShownMessage } from './slack-world.ts';

/** What of an app's manifest the workspace obeys: it delivers nothing that the manifest did not ask for. */
export type AppManifest = {
  readonly features: {
    readonly slash_commands: readonly { readonly command: string }[];
    readonly shortcuts?: readonly { readonly name: string; readonly callback_id: string }[];
  };
  readonly oauth_config: { readonly scopes: { readonly bot: readonly string[] } };
  readonly settings: { readonly event_subscriptions?: { readonly bot_events: readonly string[] } };
};

export type SlackServerOptions = Omit<WorldOptions, 'scopes'> & {
  readonly manifest: AppManifest;
  readonly botToken?: string;
  readonly appToken?: string;
  readonly signingSecret?: string;
  /** Slack's three seconds. */
  readonly ackDeadlineMs?: number;
};

/** What goes wrong with one call: it may still have been done. */
export type Fault = {
  /** 429 with `Retry-After`, or 5xx. */
  readonly status?: number;
  readonly retryAfterSeconds?: number;
  readonly error?: string;
  /** Done before it goes wrong; a slow answer always is. */
  readonly accepted?: boolean;
  readonly delayMs?: number;
};

/**
 * A workspace on 127.0.0.1: Web API, Socket Mode, signed HTTP deliveries, and people who use it. It keeps Slack's
 * deadlines, limits, error codes, retries and disconnects, and notes every rule that the app breaks in `violations`,
 * which a test expects to be empty.
 */
export async function startSlackServer(options: SlackServerOptions): Promise<SlackServer> {
  const server = new SlackServer(options);
  await server.up();
  return server;
}

export class SlackServer {
  readonly world: World;
  readonly manifest: AppManifest;
  readonly sockets: SocketTransport;
  /** Every call of the Web API, in order. */
  readonly calls: ApiCall[] = [];
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  /** What Slack says of the tokens now. */
  tokenError: string | undefined;
  appTokenError: string | undefined;
  /** Calls that were told to come later. */
  rateLimited = 0;
  pushUrl: string | undefined;
  readonly #faults = new Map<string, Fault[]>();
  readonly #http: Server;
  readonly #webSockets = new WebSocketServer({ noServer: true });
  readonly #tcp = new Set<Socket>();
  readonly #ackDeadlineMs: number;
  #transport: Transport;
  #port = 0;

  constructor(options: SlackServerOptions) {
    this.manifest = options.manifest;
    this.world = new World({ ...options, scopes: options.manifest.oauth_config.scopes.bot });
    this.botToken = options.botToken ?? 'xoxb-fake-bot';
    this.appToken = options.appToken ?? 'xapp-fake-app';
    this.signingSecret = options.signingSecret ?? 'fake-signing-secret';
    this.#ackDeadlineMs = options.ackDeadlineMs ?? 3_000;
    this.sockets = new SocketTransport(this.world, this.#ackDeadlineMs);
    this.#transport = this.sockets;
    this.#http = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
    this.#http.on('connection', (socket) => {
      this.#tcp.add(socket);
      socket.on('close', () => this.#tcp.delete(socket));
    });
    this.#http.on('upgrade', (request, socket, head) => {
      this.#webSockets.handleUpgrade(request, socket, head, (ws) => this.sockets.accept(ws));
    });
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** What `SLACK_API_URL` is set to. */
  get apiUrl(): string {
    return `${this.origin}/api`;
  }

  /** The bot's messages as the workspace shows them, with the payload of each. */
  get messages(): readonly ShownMessage[] {
    return this.world.messages;
  }

  get violations(): readonly string[] {
    return this.world.violations;
  }

  person(id = 'U1'): Person {
    return new Person(id, this);
  }

  /** From now on everything goes to this address instead of the sockets. */
  pushTo(url: string): void {
    this.pushUrl = url;
    const { signingSecret } = this;
    this.#transport = new HttpTransport(this.world, { url, signingSecret, ackDeadlineMs: this.#ackDeadlineMs });
  }

  deliver(envelope: Envelope): Promise<Delivery> {
    return deliver(this.#transport, envelope, this.world);
  }

  /** Somebody archives a channel, which the bot is told of. */
  archive(id: string): void {
    this.#becomes(id, 'archive', (channel) => {
      channel.archived = true;
    });
  }

  /** Somebody removes the bot from a channel, which it is told of. */
  removeFrom(id: string): void {
    this.#becomes(id, 'left', (channel) => {
      channel.botIn = false;
    });
  }

  #becomes(id: string, what: 'archive' | 'left', change: (channel: Channel) => void): void {
    const channel = this.world.channels.get(id);
    if (!channel) throw new Error(`no channel ${id}`);
    const name = `${channel.private ? 'group' : 'channel'}_${what}`;
    void tell(this, name, { type: name, channel: id, event_ts: this.world.nextTs() });
    change(channel);
  }

  /** The workspace removes the app, which is told so. */
  async uninstall(): Promise<void> {
    await tell(this, 'app_uninstalled', { type: 'app_uninstalled', event_ts: this.world.nextTs() });
  }

  /** Tokens of these users are taken back: of the bot itself, by default. */
  async revokeTokens(bot: readonly string[] = [this.world.botUserId]): Promise<void> {
    const event = { type: 'tokens_revoked', tokens: { oauth: [], bot }, event_ts: this.world.nextTs() };
    await tell(this, 'tokens_revoked', event);
  }

  /** The next calls of a method (`response_url` for those addresses) go wrong, one fault each. */
  fail(method: string, ...faults: readonly Fault[]): void {
    this.#faults.set(method, [...(this.#faults.get(method) ?? []), ...faults]);
  }

  /** How many of them are still to come. */
  faultsLeft(method: string): number {
    return this.#faults.get(method)?.length ?? 0;
  }

  /** Waits until something is so. @throws after five seconds, saying what was waited for */
  async until(what: string, holds: () => boolean, timeoutMs = 25_000): Promise<void> {
    const end = Date.now() + timeoutMs;
    while (!holds()) {
      if (Date.now() > end) throw new Error(`Waited for ${what}. Violations: ${this.violations.join('; ') || 'none'}`);
      await sleep(5);
    }
  }

  /** The first message of the bot that fits, waited for. */
  async message(fits: (message: ShownMessage) => boolean, what = 'a message'): Promise<ShownMessage> {
    await this.until(what, () => this.messages.some(fits));
    return this.messages.find(fits) as ShownMessage;
  }

  /** Slack's side goes away: nothing listens, every connection breaks. */
  async down(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    for (const socket of this.#tcp) socket.destroy();
    await closed;
  }

  /** And comes back at the same address. */
  async up(): Promise<void> {
    await new Promise<void>((resolve) => this.#http.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#http.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    if (this.#http.listening) await this.down();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const path = new URL(request.url ?? '/', this.origin).pathname;
    const [, kind = '', name = ''] = path.split('/');
    const method = kind === 'response' ? 'response_url' : name;
    const fault = this.#faults.get(method)?.shift();
    const done =
      fault && !fault.accepted && fault.delayMs === undefined ? undefined : this.#do(kind, name, body, request);
    if (fault?.delayMs) await sleep(fault.delayMs);
    const answer =
      fault && (fault.status ?? fault.error) !== undefined ? failed(fault) : (done ?? refuse('fatal_error'));
    if (answer.status === 429) this.rateLimited++;
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json; charset=utf-8', ...answer.headers });
    response.end(JSON.stringify(answer.body));
  }

  #do(kind: string, name: string, body: string, request: IncomingMessage): ApiAnswer {
    const contentType = request.headers['content-type'] ?? '';
    if (kind === 'response') {
      if (!contentType.startsWith('application/json')) return { ...refuse('invalid_payload'), status: 400 };
      return answerResponseUrl(this.world, name, parse(body));
    }
    if (kind !== 'api' || request.method !== 'POST') return { ...refuse('not_found'), status: 404 };
    if (!contentType.startsWith('application/x-www-form-urlencoded')) return refuse('invalid_post_type');
    const token = (request.headers.authorization ?? '').replace(/^Bearer /, '');
    const call = { method: name, args: decodeForm(body), token };
    this.calls.push(call);
    return name === 'apps.connections.open' ? this.#openConnection(token) : this.#callAsBot(call);
  }

  #callAsBot(call: ApiCall): ApiAnswer {
    if (call.token === '') return refuse('not_authed');
    if (call.token === this.appToken) return refuse('not_allowed_token_type');
    if (call.token !== this.botToken) return refuse('invalid_auth');
    if (this.tokenError) return refuse(this.tokenError);
    return answerCall(this.world, call);
  }

  #openConnection(token: string): ApiAnswer {
    if (token === this.botToken) return refuse('not_allowed_token_type');
    if (token !== this.appToken) return refuse('invalid_auth');
    if (this.appTokenError) return refuse(this.appTokenError);
    return { body: { ok: true, url: `ws://127.0.0.1:${this.#port}/link/?ticket=${Date.now()}` } };
  }
}

function failed({ status = 200, retryAfterSeconds = 1, error = 'internal_error' }: Fault): ApiAnswer {
  const headers = status === 429 ? { 'retry-after': String(retryAfterSeconds) } : {};
  return { body: { ok: false, error: status === 429 ? 'ratelimited' : error }, status, headers };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
