import { setTimeout as delay } from 'node:timers/promises';
import { DiscordAPIError, HTTPError, RateLimitError, REST, type RESTOptions } from 'discord.js';
import { isAbort } from '../errors.ts';

/** Discord's error codes that mean something here. */
export const CODES = {
  unknownChannel: 10_003,
  unknownMember: 10_007,
  unknownMessage: 10_008,
  unknownInteraction: 10_062,
  /** A post in a forum whose author has not written yet. */
  noFirstMessage: 40_058,
  alreadyAcknowledged: 40_060,
  tagRequired: 40_067,
  missingAccess: 50_001,
  closedToDirectMessages: 50_007,
  missingPermissions: 50_013,
  wrongChannelType: 50_024,
  /** Somebody who is no longer on Discord. */
  invalidRecipient: 50_033,
  archivedThread: 50_083,
  noMutualServers: 50_278,
  threadExists: 160_004,
  lockedThread: 160_005,
  tooManyThreads: 160_006,
  blockedByAutoMod: 200_000,
  blockedTitle: 200_001,
  harmfulLink: 240_000,
} as const;

/** How long discord.js waits for one answer, before it repeats the call once. */
const REST_TIMEOUT_MS = 5_000;

/** discord.js's REST client as the bot uses it: few repeats, and none that waits where there is no time to wait. */
export function createRest(apiUrl: string, token: string): REST {
  return new REST(restOptions(apiUrl)).setToken(token);
}

export function restOptions(apiUrl: string): Partial<RESTOptions> {
  return {
    api: apiUrl,
    version: '10',
    retries: 1,
    timeout: REST_TIMEOUT_MS,
    // An acknowledgement cannot wait in a queue: it has three seconds.
    rejectOnRateLimit: ({ route }) => route.startsWith('/interactions/'),
  };
}

/** Discord's own code of an error, if it has one. */
export function codeOf(error: unknown): number | undefined {
  return error instanceof DiscordAPIError && typeof error.code === 'number' ? error.code : undefined;
}

/**
 * The bot's token was refused: discord.js drops it then, for all calls to come. An interaction's token that is over
 * comes with the same status and a code of its own.
 */
export function isUnauthorized(error: unknown): boolean {
  return error instanceof DiscordAPIError && error.status === 401 && error.code === 0;
}

/**
 * Tries again what may work a moment later. Only for calls that are safe to repeat: discord.js itself repeats a 5xx
 * once, at once, which rarely helps.
 */
export async function insist<Result>(
  call: () => Promise<Result>,
  { signal, firstPauseMs = 500, tries = 5 }: { signal: AbortSignal; firstPauseMs?: number; tries?: number },
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (attempt === tries || signal.aborted || !isPassing(error)) throw error;
      const pauseMs = error instanceof RateLimitError ? error.retryAfter : firstPauseMs * 2 ** (attempt - 1);
      await delay(pauseMs, undefined, { signal }).catch(() => {
        throw error;
      });
    }
  }
}

/** Discord's trouble or the network's, not a refusal. */
function isPassing(error: unknown): boolean {
  if (error instanceof DiscordAPIError) return false;
  return error instanceof HTTPError || error instanceof RateLimitError || isAbort(error) || isNetworkError(error);
}

function isNetworkError(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^(?:ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|ENET|EHOST|UND_ERR)/.test(code);
}
