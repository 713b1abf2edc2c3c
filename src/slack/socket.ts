import { setTimeout as sleep } from 'node:timers/promises';
import { type App, type Receiver, SocketModeReceiver } from '@slack/bolt';
import { describeError, OperatorError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { orAbort } from '../or-abort.ts';
import { judge, refusalCode, tokenFault } from './api.ts';
import { boltLogger } from './bolt-logger.ts';

export type SocketOptions = {
  readonly appToken: string;
  readonly apiUrl: string;
  readonly log: Logger;
  /** Slack closes each connection every few hours; with two, one is always there. */
  readonly connections?: number;
  /** From asking for an address to Slack's hello. */
  readonly helloTimeoutMs?: number;
  /** Silence after which a connection counts as dead. */
  readonly pingTimeoutMs?: number;
  readonly firstRetryMs?: number;
  readonly longestRetryMs?: number;
  /** Called when there is a connection again after there was none for `missedAfterMs`: Slack may have given events up. */
  readonly onMissed?: () => void;
  readonly missedAfterMs?: number;
};

const CALL_TIMEOUT_MS = 8_000;
/** A connection that lived shorter than this counts as a failure, so that a flapping one backs off. */
const STABLE_MS = 5_000;
const CLOSE_TIMEOUT_MS = 1_000;

type Connection = { readonly client: SocketModeReceiver['client']; readonly closed: Promise<void> };

/**
 * Socket Mode with connections that come back by themselves, at once where Slack only renews them. Bolt's own renewal
 * leaves five seconds without a connection, and dies of an unhandled rejection when Slack is away, so a connection is
 * used once and replaced by a new one.
 */
export class SocketReceiver implements Receiver {
  readonly #options: Required<SocketOptions>;
  readonly #stopping = new AbortController();
  readonly #open = new Set<Connection>();
  readonly #keepers: Promise<void>[] = [];
  #app: App | undefined;
  #trouble: string | undefined;
  #lostAt: number | undefined;

  constructor(options: SocketOptions) {
    this.#options = {
      connections: 2,
      helloTimeoutMs: 15_000,
      pingTimeoutMs: 5_000,
      firstRetryMs: 250,
      longestRetryMs: 30_000,
      onMissed: () => {},
      missedAfterMs: 60_000,
      ...options,
    };
  }

  /** How many connections are up. */
  get open(): number {
    return this.#open.size;
  }

  /** Why there is no connection. */
  get trouble(): string {
    return this.#trouble ?? 'connecting';
  }

  init(app: App): void {
    this.#app = app;
  }

  /**
   * Resolves with the first connection, however long that takes.
   *
   * @throws OperatorError when Slack refuses in a way that only the operator can mend
   */
  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => this.#keepers.push(this.#keep(resolve, reject)));
    for (let more = 1; more < this.#options.connections; more++) this.#keepers.push(this.#keep());
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('The bot is stopping'));
    await Promise.all([...this.#open].map((connection) => drop(connection)));
    await Promise.all(this.#keepers);
  }

  /** Keeps one connection up until the end. */
  async #keep(onConnected?: () => void, onRefused?: (reason: unknown) => void): Promise<void> {
    const { signal } = this.#stopping;
    let failures = 0;
    let refuse = onRefused;
    while (!signal.aborted) {
      try {
        const connection = await this.#connect();
        onConnected?.();
        refuse = undefined;
        const since = Date.now();
        await connection.closed;
        this.#lost(connection);
        failures = Date.now() - since < STABLE_MS ? failures + 1 : 0;
      } catch (error) {
        const fault = refusal(error);
        if (fault && refuse) return refuse(fault);
        failures++;
        this.#failed(failures, fault ?? error);
        await pause(retryAfter(error), signal);
      }
      await pause(this.#backOff(failures), signal);
    }
    refuse?.(signal.reason);
  }

  async #connect(): Promise<Connection> {
    const { appToken, apiUrl, log, pingTimeoutMs, helloTimeoutMs } = this.#options;
    let connection: Connection | undefined;
    const receiver = new SocketModeReceiver({
      appToken,
      autoReconnectEnabled: false,
      clientPingTimeout: pingTimeoutMs,
      // What it warns of while connected is a peer that fell silent. It then waits 30 s for a goodbye; we do not.
      logger: boltLogger(log, { level: 'debug', onWarning: () => connection && void this.#dropSoon(connection) }),
      processEventErrorHandler: async ({ error }) => {
        log.warn('Slack: an event was not acknowledged, Slack will send it again', { reason: describeError(error) });
        return false;
      },
      // Its own object: Bolt writes into it, and headers in shared options would replace the app token.
      installerOptions: {
        clientOptions: {
          slackApiUrl: apiUrl,
          timeout: CALL_TIMEOUT_MS,
          retryConfig: { retries: 0 },
          rejectRateLimitedCalls: true,
        },
      },
    });
    if (this.#app) receiver.init(this.#app);
    const { client } = receiver;
    const candidate = { client, closed: new Promise<void>((resolve) => client.once('disconnected', () => resolve())) };
    client.on('ws_message', (data: unknown) => this.#notice(data));
    const limit = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(helloTimeoutMs)]);
    try {
      await orAbort(() => client.start(), limit);
    } catch (error) {
      await drop(candidate);
      throw error ?? new Error('Slack closed the connection before it said hello');
    }
    connection = candidate;
    this.#open.add(connection);
    if (this.#trouble) log.info('Slack: connected again');
    this.#trouble = undefined;
    const isMissed = this.#lostAt !== undefined && performance.now() - this.#lostAt > this.#options.missedAfterMs;
    this.#lostAt = undefined;
    if (isMissed) this.#options.onMissed();
    return connection;
  }

  #lost(connection: Connection): void {
    this.#open.delete(connection);
    if (this.#open.size > 0 || this.#stopping.signal.aborted) return;
    this.#lostAt ??= performance.now();
    this.#trouble ??= 'connection lost, reconnecting';
    this.#options.log.warn('Slack: connection lost, reconnecting');
  }

  #failed(failures: number, error: unknown): void {
    if (this.#stopping.signal.aborted) return;
    const reason = describeError(error);
    if (this.#open.size === 0) this.#trouble = reason;
    // The second of two connections is a comfort: losing it is no news.
    const level = failures === 1 && this.#open.size === 0 ? 'warn' : 'debug';
    this.#options.log[level]('Slack: could not connect, trying again', { reason });
  }

  #notice(data: unknown): void {
    if (typeof data !== 'string' || !data.includes('"link_disabled"')) return;
    this.#trouble = 'Socket Mode was switched off in the settings of the app';
    this.#options.log.warn(`Slack: ${this.#trouble}. Switch it on again under Settings, Socket Mode.`);
  }

  async #dropSoon(connection: Connection): Promise<void> {
    await pause(CLOSE_TIMEOUT_MS, this.#stopping.signal);
    if (this.#open.has(connection)) await drop(connection);
  }

  /** None after a healthy life, then doubling, spread so that many bots do not come at once. */
  #backOff(failures: number): number {
    if (failures === 0) return 0;
    const { firstRetryMs, longestRetryMs } = this.#options;
    return Math.min(longestRetryMs, firstRetryMs * 2 ** (failures - 1)) * (0.75 + 0.5 * Math.random());
  }
}

async function drop({ client, closed }: Connection): Promise<void> {
  const goodbye = () => void client.disconnect();
  // A connection that is only just being made does not know yet that it is unwanted.
  client.on('connecting', () => setImmediate(goodbye));
  goodbye();
  const waiting = new AbortController();
  await Promise.race([closed, pause(CLOSE_TIMEOUT_MS, waiting.signal)]);
  waiting.abort();
  // The second one does not wait for the peer's goodbye.
  goodbye();
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => {});
}

function retryAfter(error: unknown): number {
  const failure = judge(error);
  return failure.kind === 'later' ? failure.afterMs : 0;
}

/** What only the operator can mend; undefined for what mends itself. */
function refusal(error: unknown): OperatorError | undefined {
  const code = refusalCode(error);
  if (code === undefined || code === 'too_many_websockets') return undefined;
  if (code === 'missing_scope') {
    return new OperatorError(
      'SLACK_APP_TOKEN lacks the scope connections:write. Make a new app-level token with it (Basic Information, App-Level Tokens).',
      { cause: error },
    );
  }
  return (
    tokenFault('SLACK_APP_TOKEN', error) ??
    new OperatorError(
      `Slack does not open a Socket Mode connection (${code}). Check that Socket Mode is switched on in the settings of the app.`,
      { cause: error },
    )
  );
}
