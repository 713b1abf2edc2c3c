import { type Client, Events, type GatewayDispatchPayload, type IIdentifyThrottler, type REST } from 'discord.js';
import type { Access } from '../access.ts';
import type { Command, MessageAction } from '../command.ts';
import type { ChatConfig, DiscordConfig } from '../config.ts';
import { type OperatorError, toError } from '../errors.ts';
import type { Conversations } from '../help/conversations.ts';
import type { Logger } from '../log.ts';
import type { AnswerBook } from '../memory/answer-book.ts';
import { orAbort } from '../or-abort.ts';
import type { Health, Platform } from '../platform.ts';
import { assemble } from './assemble.ts';
import type { ChatTiming } from './chat.ts';
import { abandon, createClient, createIdentifyGuard, disconnect, isConnected, login } from './gateway.ts';
import { handleInteraction } from './interactions.ts';
import { intentsFor } from './invite.ts';
import { registerCommands } from './registration.ts';
import { createRest, isUnauthorized } from './rest.ts';
import type { Service } from './service.ts';
import { CONTENT_REFUSED, loginError, TOKEN_REFUSED } from './trouble.ts';

export type DiscordPlatformOptions = {
  readonly config: DiscordConfig;
  /** Registered and served. */
  readonly commands: readonly Command[];
  /** The same, in the menu of messages. */
  readonly actions: readonly MessageAction[];
  /** Told of everything that happens, and served: mentions, threads, follow-ups, votes. */
  readonly conversations: Conversations;
  /** What holds on every chat platform. */
  readonly chat: ChatConfig;
  readonly answers: AnswerBook;
  readonly access: Pick<Access, 'servers'>;
  readonly log: Logger;
  /** How long `start` may take: discord.js by itself waits for ever on a gateway that does not answer. */
  readonly startTimeoutMs?: number;
  /** How long a command may run before the asker is told that it was stopped. */
  readonly runTimeoutMs?: number;
  /** How long `close` lets running answers finish. */
  readonly closeTimeoutMs?: number;
  /** How long the connection may be gone before it is made anew; doubled with every attempt in a row. */
  readonly reconnectAfterMs?: number;
  /** How often the connection is looked at, and what failed is tried again. */
  readonly checkEveryMs?: number;
  readonly retryEveryMs?: number;
  readonly identifyGuard?: IIdentifyThrottler;
  readonly timing?: ChatTiming;
};

const LONGEST_RECONNECT_MS = 10 * 60_000;

/** The bot on Discord: commands, buttons, messages and threads, over one connection that mends itself. */
export function createDiscordPlatform(options: DiscordPlatformOptions): Platform {
  return new DiscordPlatform(options);
}

class DiscordPlatform implements Platform {
  readonly name = 'Discord';
  readonly #options: Required<DiscordPlatformOptions>;
  readonly #rest: REST;
  readonly #service: Service;
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #handleEvent: (event: GatewayDispatchPayload) => Promise<void>;
  #client: Client | undefined;
  /** The last one there was: what it knew of channels is good enough while another connects. */
  #knowing: Client | undefined;
  /** Discord refused the message-content intent: the bot goes on without it. */
  #contentRefused = false;
  #timer: NodeJS.Timeout | undefined;
  #closing = false;
  /** What only the operator can mend. */
  #fatal: OperatorError | undefined;
  #unauthorized = false;
  #registered = false;
  #connectedAt = 0;
  #retriedAt = 0;
  #reconnects = 0;
  #mending: Promise<void> | undefined;

  constructor(options: DiscordPlatformOptions) {
    this.#options = {
      startTimeoutMs: 30_000,
      runTimeoutMs: 60_000,
      closeTimeoutMs: 5_000,
      reconnectAfterMs: 45_000,
      checkEveryMs: 2_000,
      retryEveryMs: 60_000,
      identifyGuard: createIdentifyGuard(),
      timing: {},
      ...options,
    };
    const { config } = this.#options;
    // Apart from the client's, so that answers under way outlive a connection that is made anew.
    this.#rest = createRest(config.apiUrl, config.token);
    const { service, handleEvent } = assemble(this.#options, {
      rest: this.#rest,
      client: () => this.#knowing,
      readsContent: () => this.#readsContent,
      isClosing: () => this.#closing,
      stopping: this.#stop.signal,
      onError: (error) => this.#noteError(error),
    });
    this.#service = service;
    this.#handleEvent = handleEvent;
  }

  async start(signal: AbortSignal): Promise<void> {
    this.#fatal = undefined;
    await this.#connect(signal);
    await this.#register();
    this.#timer = setInterval(() => this.#check(), this.#options.checkEveryMs);
    this.#timer.unref();
  }

  health(): Health {
    if (this.#fatal) return { ok: false, detail: this.#fatal.message };
    if (this.#unauthorized) return { ok: false, detail: TOKEN_REFUSED };
    if (!this.#client || this.#closing) return { ok: false, detail: 'not connected' };
    if (!isConnected(this.#client)) return { ok: false, detail: 'the connection is lost and being made anew' };
    const missing = [
      ...(this.#registered ? [] : ['the commands could not be registered yet']),
      ...(this.#contentRefused ? [CONTENT_REFUSED] : []),
    ];
    return { ok: true, detail: ['connected', ...missing].join('; ') };
  }

  get #readsContent(): boolean {
    return this.#options.chat.readsMessages && !this.#contentRefused;
  }

  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    clearInterval(this.#timer);
    await this.#finishRunning(this.#options.closeTimeoutMs);
    this.#stop.abort(new Error('The bot is stopping'));
    // Those that were stopped still have to say so.
    await this.#finishRunning(1_000);
    const client = this.#client;
    this.#client = undefined;
    if (client) await orAbort(() => disconnect(client), AbortSignal.timeout(1_000)).catch(() => abandon(client));
  }

  /** Without the message-content intent where Discord refuses that: everything else goes on. */
  async #connect(signal: AbortSignal): Promise<void> {
    const asked = this.#readsContent;
    try {
      await this.#connectOnce(signal);
    } catch (error) {
      if (!asked || this.#readsContent) throw error;
      await this.#connectOnce(signal);
    }
  }

  async #connectOnce(signal: AbortSignal): Promise<void> {
    const { config, log, startTimeoutMs, identifyGuard, chat, conversations } = this.#options;
    const intents = intentsFor({ content: this.#readsContent, reactions: chat.triggerEmoji.length > 0 });
    const client = createClient(
      { config, intents, throttler: identifyGuard },
      {
        onFatal: (error, isIntent) => this.#closed(client, error, isIntent),
        onProblem: (message, error) => {
          this.#noteError(error);
          log.warn(message, { error });
        },
        onRenewed: () => conversations.connected('discord'),
        onEvent: (event) => this.#track(this.#handleEvent(event)),
      },
    );
    client.on(Events.InteractionCreate, (interaction) => this.#track(handleInteraction(this.#service, interaction)));
    const limit = AbortSignal.any([signal, this.#stop.signal, AbortSignal.timeout(startTimeoutMs)]);
    // Events come as soon as it is ready, which is before its login is known to have worked.
    this.#knowing = client;
    try {
      await login(client, config.token, limit);
    } catch (error) {
      abandon(client);
      signal.throwIfAborted();
      throw this.#fatal ?? loginError(error, config.apiUrl, startTimeoutMs);
    }
    this.#client = client;
    this.#connectedAt = Date.now();
    log.info('Connected to Discord', { servers: client.guilds.cache.size });
    conversations.connected('discord');
  }

  async #register(): Promise<void> {
    const { commands, actions, log } = this.#options;
    const applicationId = this.#client?.application?.id;
    if (!applicationId) return;
    this.#retriedAt = Date.now();
    try {
      const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(15_000)]);
      const changed = await registerCommands(this.#rest, applicationId, { commands, actions }, signal);
      this.#registered = true;
      if (changed) log.info('Registered the commands with Discord', { commands: commands.map(({ name }) => name) });
    } catch (error) {
      this.#noteError(error);
      log.error('The commands could not be registered with Discord; it is tried again', { error });
    }
  }

  /** Looks after what discord.js leaves alone: a resume that is never answered, a refused token, a failed registration. */
  #check(): void {
    if (this.#closing || this.#fatal || this.#mending) return;
    const now = Date.now();
    const { reconnectAfterMs, retryEveryMs } = this.#options;
    if (this.#client && isConnected(this.#client)) {
      this.#connectedAt = now;
      this.#reconnects = 0;
    }
    const patienceMs = Math.min(LONGEST_RECONNECT_MS, reconnectAfterMs * 2 ** this.#reconnects);
    if (now - this.#connectedAt > patienceMs) this.#mend(() => this.#reconnect());
    else if (now - this.#retriedAt > retryEveryMs) {
      if (this.#unauthorized) this.#mend(() => this.#tryToken());
      else if (!this.#registered) this.#mend(() => this.#register());
    }
  }

  #mend(work: () => Promise<void>): void {
    this.#mending = work().finally(() => {
      this.#mending = undefined;
    });
  }

  async #reconnect(): Promise<void> {
    const { log } = this.#options;
    this.#reconnects++;
    log.warn('The connection to Discord is lost; making it anew', { attempt: this.#reconnects });
    if (this.#client) abandon(this.#client);
    this.#client = undefined;
    try {
      await this.#connect(this.#stop.signal);
    } catch (error) {
      // What stays wrong shows in the next attempt; how long that waits is doubled each time.
      this.#connectedAt = Date.now();
      if (!this.#closing) log.warn('Discord could not be reached; it is tried again', { error });
    }
  }

  /** discord.js drops a token that was refused once. Should that have been a mistake, it is taken up again. */
  async #tryToken(): Promise<void> {
    this.#retriedAt = Date.now();
    this.#rest.setToken(this.#options.config.token);
    try {
      await this.#rest.get('/users/@me', { signal: this.#stop.signal });
      this.#unauthorized = false;
      this.#options.log.info('Discord takes the token again');
    } catch (error) {
      this.#noteError(error);
    }
  }

  #noteError(error: unknown): void {
    if (!isUnauthorized(error) || this.#unauthorized) return;
    this.#unauthorized = true;
    this.#options.log.error(TOKEN_REFUSED, { error: toError(error) });
  }

  /** Discord closed for good: for this connection where it was about the message-content intent, else for the bot. */
  #closed(client: Client, error: OperatorError, isIntent: boolean): void {
    const { log } = this.#options;
    if (!isIntent || !this.#readsContent) {
      this.#fatal = error;
      log.error(error.message);
      return;
    }
    this.#contentRefused = true;
    log.error(CONTENT_REFUSED);
    // While the bot starts, whoever connects sees to it.
    if (client === this.#client) this.#mend(() => this.#reconnect());
  }

  /** Handlers do not reject; should one all the same, it is not to take the process along. */
  #track(handling: Promise<void>): void {
    const work = handling
      .catch((error: unknown) => this.#options.log.error('Discord: a handler failed', { error }))
      .finally(() => this.#running.delete(work));
    this.#running.add(work);
  }

  async #finishRunning(timeoutMs: number): Promise<void> {
    if (this.#running.size === 0) return;
    await orAbort(() => Promise.all(this.#running), AbortSignal.timeout(timeoutMs)).catch(() => {});
  }
}
