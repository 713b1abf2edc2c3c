import { setTimeout as sleep } from 'node:timers/promises';
import { App } from '@slack/bolt';
import type { Command, MessageAction } from '../command.ts';
import type { ChatConfig, SlackConfig } from '../config.ts';
import { describeError, OperatorError } from '../errors.ts';
import type { Room } from '../help/chat.ts';
import type { Conversations } from '../help/conversations.ts';
import type { Logger } from '../log.ts';
import type { AnswerBook } from '../memory/answer-book.ts';
import { orAbort } from '../or-abort.ts';
import type { Health, Platform, PublicListener } from '../platform.ts';
import { createSlackClient, tokenFault } from './api.ts';
import { boltLogger } from './bolt-logger.ts';
import { createSlackVoice, type SlackVoice } from './chat.ts';
import { isOpenTo, registerClosed } from './closed.ts';
import { registerCommands } from './commands.ts';
import { registerEvents } from './events.ts';
import { createHistory } from './history.ts';
import { HttpReceiver } from './http.ts';
import { type Identity, identify, requireScopes } from './identity.ts';
import { neededScopes, reachOf } from './manifest.ts';
import { createMessageReader } from './message-reader.ts';
import { registerNarrowing } from './narrow.ts';
import { createPeople } from './people.ts';
import { createPoster } from './posting.ts';
import { registerPresses } from './presses.ts';
import { createRecentMessages } from './recent-messages.ts';
import { createWork, type Service } from './service.ts';
import { registerShortcuts } from './shortcuts.ts';
import { SocketReceiver } from './socket.ts';
import { createWhereabouts } from './whereabouts.ts';

export type SlackPlatformOptions = {
  readonly config: SlackConfig;
  /** Where Slack's requests come in; needed where there is no `appToken`. */
  readonly publicListener?: PublicListener | undefined;
  readonly commands: readonly Command[];
  /** What stands in the menu of messages. */
  readonly actions: readonly MessageAction[];
  /** Told of everything that happens, and served: mentions, threads, follow-ups, votes. */
  readonly conversations: Conversations;
  /** What holds on every chat platform. */
  readonly chat: ChatConfig;
  /** What the buttons below answers show. */
  readonly answers: AnswerBook;
  readonly log: Logger;
  readonly timing?: Partial<SlackTiming>;
};

export type SlackTiming = {
  /** How long a command may run. */
  readonly runTimeoutMs: number;
  /** How long an answer may take before the asker sees a sign of work. */
  readonly workSignMs: number;
  /** Between two messages in one channel. */
  readonly postIntervalMs: number;
  /** Long, since a slow answer is no reason to send a message again. */
  readonly postTimeoutMs: number;
  readonly callTimeoutMs: number;
  readonly helloTimeoutMs: number;
  readonly pingTimeoutMs: number;
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
  /** Without any connection for so long, events may be lost: Slack repeats them at once, after one minute and after five. */
  readonly missedAfterMs: number;
  /** How long running requests may take to finish when the platform closes. */
  readonly closeTimeoutMs: number;
};

const TIMING: SlackTiming = {
  runTimeoutMs: 60_000,
  workSignMs: 1_000,
  postIntervalMs: 1_050,
  postTimeoutMs: 30_000,
  callTimeoutMs: 8_000,
  helloTimeoutMs: 15_000,
  pingTimeoutMs: 5_000,
  firstRetryMs: 250,
  longestRetryMs: 30_000,
  missedAfterMs: 60_000,
  closeTimeoutMs: 5_000,
};

/** Slack, by Socket Mode where there is an app token, else by signed HTTP. Connects when it is started. */
export function createSlackPlatform(options: SlackPlatformOptions): Platform {
  return new SlackPlatform(options);
}

class SlackPlatform implements Platform {
  readonly name = 'Slack';
  readonly #options: SlackPlatformOptions;
  readonly #timing: SlackTiming;
  readonly #receiver: SocketReceiver | HttpReceiver;
  readonly #stopping = new AbortController();
  readonly #work: ReturnType<typeof createWork>;
  #voice: SlackVoice | undefined;
  #started = false;
  /** Whether the settings name this workspace, or none. */
  #isOpen = false;
  /** Why it cannot serve although it is connected. */
  #fault: string | undefined;

  constructor(options: SlackPlatformOptions) {
    this.#options = options;
    this.#timing = { ...TIMING, ...options.timing };
    this.#receiver = createReceiver(options, this.#timing, () => this.#announce());
    this.#work = createWork(options.log, (fault) => this.#doubt(fault));
  }

  async start(signal: AbortSignal): Promise<void> {
    const { config, log } = this.#options;
    const stop = AbortSignal.any([signal, this.#stopping.signal]);
    const client = createSlackClient(config, { timeoutMs: this.#timing.callTimeoutMs, log });
    const identity = await this.#identify(client, stop);
    requireScopes(identity, neededScopes(reachOf(this.#options.chat, config)));
    const app = this.#createApp(client, identity);
    await this.#connect(app, stop);
    this.#started = true;
    this.#isOpen = isOpenTo(config, identity.teamId);
    this.#announce();
    if (!this.#isOpen)
      log.warn('Slack: ALLOWED_WORKSPACES does not name this workspace, so nothing is answered', {
        workspace: identity.teamId,
      });
    log.info(`Slack: connected as @${identity.botName} in ${identity.teamName}`);
  }

  #announce(): void {
    if (this.#isOpen) this.#options.conversations.connected('slack');
  }

  health(): Health {
    if (this.#stopping.signal.aborted) return { ok: false, detail: 'stopped' };
    if (this.#fault) return { ok: false, detail: this.#fault };
    if (this.#receiver instanceof HttpReceiver) {
      return this.#started ? { ok: true, detail: 'connected' } : { ok: false, detail: 'connecting' };
    }
    return this.#receiver.open > 0 ? { ok: true, detail: 'connected' } : { ok: false, detail: this.#receiver.trouble };
  }

  async close(): Promise<void> {
    this.#stopping.abort(new Error('The bot is stopping'));
    // What runs answers through the Web API: it needs no connection, and new requests are to go elsewhere.
    await this.#receiver.stop();
    await this.#work.close(this.#timing.closeTimeoutMs, async () => this.#voice?.sayGoodbye());
  }

  /** The token was refused while serving: health says so until it is accepted again. */
  #doubt(fault: string): void {
    if (this.#fault) return;
    this.#fault = fault;
    void this.#untilAccepted();
  }

  async #untilAccepted(): Promise<void> {
    const { config, log } = this.#options;
    const { signal } = this.#stopping;
    const client = createSlackClient(config, { timeoutMs: this.#timing.callTimeoutMs, log });
    while (this.#fault && !signal.aborted) {
      await sleep(this.#timing.longestRetryMs, undefined, { signal, ref: false }).catch(() => {});
      const accepted = await identify(client).catch(() => undefined);
      if (accepted) this.#fault = undefined;
    }
  }

  /** Waits for Slack as long as it cannot be reached; a token that is not accepted is the operator's. */
  async #identify(client: ReturnType<typeof createSlackClient>, signal: AbortSignal): Promise<Identity> {
    const { firstRetryMs, longestRetryMs } = this.#timing;
    for (let tries = 0; ; tries++) {
      try {
        const identity = await orAbort(() => identify(client), signal);
        this.#fault = undefined;
        return identity;
      } catch (error) {
        if (signal.aborted || error instanceof OperatorError) throw error;
        this.#fault = `Slack cannot be reached: ${describeError(error)}`;
        this.#options.log[tries === 0 ? 'warn' : 'debug'](
          'Slack cannot be reached, trying again: check the network, the proxy, or SLACK_API_URL',
          { error },
        );
        await sleep(Math.min(longestRetryMs, firstRetryMs * 2 ** tries), undefined, { signal });
      }
    }
  }

  #createApp(client: ReturnType<typeof createSlackClient>, identity: Identity): App {
    const { config, commands, actions, conversations, chat, answers, log } = this.#options;
    const helpersRole = (room: Room) => conversations.policyOf(room).helpersRole;
    const { runTimeoutMs, workSignMs, postIntervalMs: intervalMs, postTimeoutMs: timeoutMs } = this.#timing;
    const app = new App({
      token: config.botToken,
      // Known by now; Bolt would ask Slack again, and take a refusal for a reason to drop every request.
      botId: identity.botId,
      botUserId: identity.botUserId,
      receiver: this.#receiver,
      convoStore: false,
      attachFunctionToken: false,
      logger: boltLogger(log),
      clientOptions: { slackApiUrl: config.apiUrl, retryConfig: { retries: 0 }, timeout: timeoutMs },
    });
    app.error(async (error) => log.error('Slack: a request could not be handled', { error }));
    const posting = createSlackClient(config, { timeoutMs, log });
    const { scopes, teamId } = identity;
    const poster = createPoster({ client: posting, scopes, log, intervalMs });
    const work = this.#work;
    const running = { answers, log, timeoutMs: runTimeoutMs, signal: work.runSignal };
    const onError = (error: unknown) => {
      const fault = tokenFault('SLACK_BOT_TOKEN', error);
      if (fault) this.#doubt(fault.message);
    };
    const { sharedChannels } = config;
    const whereabouts = createWhereabouts({ client, teamId, sharedChannels, log, onError });
    const reader = createMessageReader({ identity, whereabouts, bridges: chat.bridges });
    const recent = createRecentMessages();
    this.#voice = createSlackVoice({
      client,
      poster,
      history: createHistory({ client, reader, recent, scopes }),
      people: createPeople({ client, managers: chat.managers, helpersRole, log }),
      whereabouts,
      identity,
      ...reachOf(chat, config),
      workSignMs,
      log,
      onError,
      signal: work.postSignal,
    });
    conversations.attach(this.#voice.chat);
    const service: Service = {
      config,
      commands,
      actions,
      conversations,
      answers,
      identity,
      client,
      poster,
      whereabouts,
      log,
      running,
      work,
    };
    registerClosed(app, service);
    registerCommands(app, service);
    registerEvents(app, { conversations, reader, recent, identity, work, log });
    registerPresses(app, service);
    registerShortcuts(app, service);
    registerNarrowing(app, service);
    return app;
  }

  async #connect(app: App, signal: AbortSignal): Promise<void> {
    try {
      await orAbort(async () => app.start(), signal);
    } catch (error) {
      await this.#receiver.stop();
      throw error;
    }
  }
}

function createReceiver(
  options: SlackPlatformOptions,
  timing: SlackTiming,
  onMissed: () => void,
): SocketReceiver | HttpReceiver {
  const { config, publicListener: listener, log } = options;
  const { appToken, signingSecret, apiUrl } = config;
  if (appToken) {
    const { helloTimeoutMs, pingTimeoutMs, firstRetryMs, longestRetryMs, missedAfterMs } = timing;
    const waits = { helloTimeoutMs, pingTimeoutMs, firstRetryMs, longestRetryMs, missedAfterMs };
    return new SocketReceiver({ appToken, apiUrl, log, onMissed, ...waits });
  }
  if (!signingSecret) {
    throw new OperatorError(
      'SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP) is needed beside SLACK_BOT_TOKEN.',
    );
  }
  if (!listener) {
    throw new OperatorError('PUBLIC_PORT is missing: without SLACK_APP_TOKEN, Slack sends its requests there.');
  }
  return new HttpReceiver({ signingSecret, listener, log });
}
