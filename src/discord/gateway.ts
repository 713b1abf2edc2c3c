import { setTimeout as delay } from 'node:timers/promises';
import {
  Client,
  Events,
  type GatewayDispatchPayload,
  type GatewayIntentBits,
  type IIdentifyThrottler,
  Options,
  SimpleShardingStrategy,
  Status,
} from 'discord.js';
import type { DiscordConfig } from '../config.ts';
import { OperatorError } from '../errors.ts';
import { orAbort } from '../or-abort.ts';
import { restOptions } from './rest.ts';
import { TOKEN_REFUSED } from './trouble.ts';

/**
 * The connection itself, and every name of discord.js 14 that version 15 takes away: the `shard…` events, `client.ws`,
 * `shards`, `Status`.
 */

/** Close codes after which Discord wants no further attempt, and what mends each. */
const FATAL_CLOSES: Readonly<Record<number, string>> = {
  4004: TOKEN_REFUSED,
  4010: 'Discord refused the shard number. Start the bot again; if it stays, update it.',
  4011: 'Discord wants more shards for so many servers. Start the bot again: the number is asked for at each start.',
  4012: 'Discord no longer speaks this version of its gateway. Update the bot.',
  4013: 'Discord knows no such intents. Update the bot.',
  4014: 'Discord refused an intent. Switch it on in the Developer Portal (Bot, Privileged Gateway Intents).',
};

const DISALLOWED_INTENTS = 4014;

/** Of people the bot needs to know itself alone, for its permissions. */
const PEOPLE_KEPT = 200;

export type GatewayEvents = {
  /** Discord closed for good; only the operator can mend it. `isIntent`: it refused an intent. */
  readonly onFatal: (error: OperatorError, isIntent: boolean) => void;
  readonly onProblem: (message: string, error: Error) => void;
  /** A new session in the place of one that could not be resumed: what happened in between is told by nobody. */
  readonly onRenewed: () => void;
  /** What happened, as the gateway tells it: after discord.js knows the servers and their channels. */
  readonly onEvent: (event: GatewayDispatchPayload) => void;
};

export type ClientOptions = {
  readonly config: DiscordConfig;
  readonly intents: readonly GatewayIntentBits[];
  readonly throttler: IIdentifyThrottler;
};

export function createClient({ config, intents, throttler }: ClientOptions, events: GatewayEvents): Client {
  const isSelf = ({ id }: { readonly id: string }) => id === client.user?.id;
  const client: Client = new Client({
    intents,
    shards: 'auto',
    allowedMentions: { parse: [] },
    enforceNonce: true,
    // Messages are answered, not kept: and discord.js hides the redelivery of a message that it has in its cache.
    // Whoever writes anywhere would be kept for good, too.
    makeCache: Options.cacheWithLimits({
      ...Options.DefaultMakeCacheSettings,
      MessageManager: 0,
      UserManager: { maxSize: PEOPLE_KEPT, keepOverLimit: isSelf },
      GuildMemberManager: { maxSize: PEOPLE_KEPT, keepOverLimit: isSelf },
    }),
    ws: {
      buildIdentifyThrottler: () => throttler,
      buildStrategy: (manager) => new ThoroughStrategy(manager, () => discarded.has(client)),
    },
    rest: restOptions(config.apiUrl),
  });
  client.on(Events.ShardDisconnect, ({ code }) => events.onFatal(fatalClose(code), code === DISALLOWED_INTENTS));
  forwardEvents(client, events.onEvent);
  // The first one comes before the client is ready.
  client.on(Events.ShardReady, () => client.isReady() && events.onRenewed());
  client.on(Events.ShardError, (error) => events.onProblem('The connection to Discord has a problem', error));
  // Without this listener an error in any other one ends the process.
  client.on(Events.Error, (error) => events.onProblem('discord.js reported an error', error));
  return client;
}

/** The first ones wait until discord.js is ready: before that it knows no channels. */
function forwardEvents(client: Client, onEvent: GatewayEvents['onEvent']): void {
  let waiting: GatewayDispatchPayload[] | undefined = [];
  client.on(Events.Raw, (packet: GatewayDispatchPayload) => {
    if (waiting) waiting.push(packet);
    else onEvent(packet);
  });
  client.once(Events.ClientReady, () => {
    const early = waiting ?? [];
    waiting = undefined;
    early.forEach(onEvent);
  });
}

function fatalClose(code: number): OperatorError {
  return new OperatorError(FATAL_CLOSES[code] ?? `Discord closed the connection for good (code ${code}).`);
}

/** True only while every shard has its session: `client.isReady()` stays true while a resume is never answered. */
export function isConnected(client: Client): boolean {
  return (
    client.isReady() && client.ws.shards.size > 0 && client.ws.shards.every(({ status }) => status === Status.Ready)
  );
}

/**
 * Logs in and waits until the servers are known. discord.js waits for ever on a gateway that does not answer, hence
 * the signal.
 */
export async function login(client: Client, token: string, signal: AbortSignal): Promise<void> {
  const ready = new Promise<void>((resolve) => client.once(Events.ClientReady, () => resolve()));
  await orAbort(() => client.login(token).then(() => ready), signal);
}

/** Clients that are done with, though a login of theirs may still be under way. */
const discarded = new WeakSet<Client>();

/** Ends a connection cleanly; may wait long for a peer that does not answer. */
export async function disconnect(client: Client): Promise<void> {
  discarded.add(client);
  await client.destroy();
}

/** Ends a connection without waiting. */
export function abandon(client: Client): void {
  discarded.add(client);
  client.removeAllListeners();
  client.on(Events.Error, () => {});
  client.destroy().catch(() => {});
}

/**
 * Shards that stay destroyed. discord.js leaves several behind: a shard that waits for HELLO takes its destruction for
 * a timeout and connects again, one that pauses before it reconnects does not notice and connects again, a login under
 * way goes on; and a socket that is still opening loses its error listener, so that its failure ends the process.
 */
class ThoroughStrategy extends SimpleShardingStrategy {
  readonly #isDiscarded: () => boolean;

  constructor(manager: ConstructorParameters<typeof SimpleShardingStrategy>[0], isDiscarded: () => boolean) {
    super(manager);
    this.#isDiscarded = isDiscarded;
  }

  override async connect(): Promise<void> {
    if (this.#isDiscarded()) throw new Error('The connection was given up before it was made');
    await super.connect();
  }

  override async destroy(options?: Parameters<SimpleShardingStrategy['destroy']>[0]): Promise<void> {
    const shards: unknown = Reflect.get(this, 'shards');
    if (shards instanceof Map) shards.forEach(disable);
    await super.destroy(options);
  }
}

/** Takes from a shard what it would connect again with. */
function disable(shard: object): void {
  Reflect.set(shard, 'internalConnect', async () => {});
  const socket: unknown = Reflect.get(shard, 'connection');
  if (!isSocket(socket) || socket.readyState !== OPENING) return;
  socket.onclose = null;
  socket.onerror = null;
  socket.on('error', () => {});
  socket.terminate();
}

/** A WebSocket's state before it is open. */
const OPENING = 0;

type Socket = {
  readonly readyState: number;
  onclose: unknown;
  onerror: unknown;
  terminate(): void;
  on(event: 'error', listener: () => void): void;
};

function isSocket(value: unknown): value is Socket {
  return typeof value === 'object' && value !== null && 'terminate' in value && 'readyState' in value;
}

/**
 * Spaces the IDENTIFYs: Discord resets the token of a bot that sends a thousand in a day, and discord.js by itself
 * goes on every few seconds for as long as sessions are refused. One goes out at once, a shard's next ones after
 * `gapMs`, and each that follows within the hour waits twice as long as the one before.
 */
export function createIdentifyGuard({
  gapMs = 5_000,
  longestMs = 15 * 60_000,
  now = Date.now,
}: {
  gapMs?: number;
  longestMs?: number;
  now?: () => number;
} = {}): IIdentifyThrottler {
  const history = new Map<number, readonly number[]>();
  let nextAt = 0;
  return {
    async waitForIdentify(shardId, signal) {
      const recent = (history.get(shardId) ?? []).filter((at) => at > now() - 3_600_000);
      const repeats = recent.length;
      const spacedAt = repeats === 0 ? 0 : (recent.at(-1) as number) + Math.min(longestMs, gapMs * 2 ** (repeats - 1));
      const at = Math.max(now(), nextAt, spacedAt);
      // Taken before the wait, so that shards do not all wait for the same moment.
      nextAt = at + gapMs;
      history.set(shardId, [...recent, at]);
      if (at > now()) await delay(at - now(), undefined, { signal });
    },
  };
}
