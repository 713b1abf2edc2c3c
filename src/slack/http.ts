import type { IncomingMessage, ServerResponse } from 'node:http';
import { type App, HTTPReceiver, type Receiver } from '@slack/bolt';
import type { Logger } from '../log.ts';
import type { PublicListener } from '../platform.ts';
import { boltLogger } from './bolt-logger.ts';

/** Where Slack sends everything in HTTP mode. */
export const EVENTS_PATH = '/slack/events';

const MOST_SKEW_SECONDS = 5 * 60;

/** Signed HTTP on the listener that the bot shares with whatever else the internet may reach. */
export class HttpReceiver implements Receiver {
  readonly #http: HTTPReceiver;
  #serving = false;

  constructor({ signingSecret, listener, log }: { signingSecret: string; listener: PublicListener; log: Logger }) {
    this.#http = new HTTPReceiver({ signingSecret, endpoints: EVENTS_PATH, logger: boltLogger(log) });
    listener.route('POST', EVENTS_PATH, (request, response) => this.#receive(request, response));
  }

  init(app: App): void {
    this.#http.init(app);
  }

  async start(): Promise<void> {
    this.#serving = true;
  }

  async stop(): Promise<void> {
    this.#serving = false;
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    const status = this.#refusal(request);
    if (status === undefined) this.#http.requestListener(request, response);
    else response.writeHead(status).end();
  }

  #refusal(request: IncomingMessage): number | undefined {
    // Slack sends again what is not taken.
    if (!this.#serving) return 503;
    // Bolt refuses what is old, and takes what claims to be of tomorrow, which could be replayed until then.
    const sentAt = Number(request.headers['x-slack-request-timestamp']);
    if (sentAt > Date.now() / 1000 + MOST_SKEW_SECONDS) return 401;
    return undefined;
  }
}
