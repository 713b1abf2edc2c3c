import { setTimeout as delay } from 'node:timers/promises';
import {
  DiscordAPIError,
  HTTPError,
  InteractionResponseType,
  MessageFlags,
  RateLimitError,
  REST,
  type RESTGetAPIWebhookWithTokenMessageResult,
  type RESTOptions,
  type RESTPostAPIChannelMessageResult,
  Routes,
  ThreadAutoArchiveDuration,
} from 'discord.js';
import type { Audience } from '../command.ts';
import { isAbort } from '../errors.ts';
import { type DiscordReply, ephemeral } from './reply.ts';

/** What names an interaction to Discord's API. */
export type InteractionRef = { readonly id: string; readonly token: string; readonly applicationId: string };

/** How a press or a command is acknowledged: a reply to come (private or public), or a change to the message pressed. */
export type Acknowledgement = 'private reply' | 'public reply' | 'update';

/** Discord's error codes that mean something here. */
export const CODES = {
  unknownInteraction: 10_062,
  alreadyAcknowledged: 40_060,
  missingAccess: 50_001,
  missingPermissions: 50_013,
  threadExists: 160_004,
} as const;

/** The calls that the bot makes, over discord.js's queue and rate limits. */
export interface DiscordApi {
  /**
   * Tells Discord within its three seconds that an answer comes. False when it is too late: the token is dead then,
   * and nothing can be said through it. Throws when Discord could not be told.
   */
  acknowledge(interaction: InteractionRef, how: Acknowledgement): Promise<boolean>;
  /** Puts the answer where the acknowledgement stands. Says whether Discord made it private, as it may. */
  edit(interaction: InteractionRef, reply: DiscordReply): Promise<{ readonly isPrivate: boolean }>;
  /** A message beside the one that was pressed. Of these a user-installed bot has five an interaction. */
  followUp(
    interaction: InteractionRef,
    reply: DiscordReply,
    audience: Audience,
  ): Promise<{ readonly isPrivate: boolean }>;
  /** The bot's own message. `nonce` names it: posted again under the same nonce, Discord gives back the first. */
  post(
    channelId: string,
    reply: DiscordReply,
    options: { nonce: string; replyTo?: string | undefined },
  ): Promise<string>;
  /** A thread on a message; the one that is there when there is one already. */
  openThread(channelId: string, messageId: string, name: string): Promise<string>;
  /** Takes back a message of the bot's own. */
  remove(channelId: string, messageId: string): Promise<void>;
  typing(channelId: string): Promise<void>;
}

/** How long discord.js waits for one answer, before it repeats the call once. */
const REST_TIMEOUT_MS = 5_000;
/** Beyond it a call is given up; the acknowledgement has its own, shorter one. */
const DELIVERY_MS = 45_000;
/** Discord's deadline is 3 s after it sent the interaction; what is left is for the way. */
const ACKNOWLEDGE_MS = 2_600;

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

export function createApi(rest: REST): DiscordApi {
  // A follow-up has no nonce: repeated where Discord had taken it, it would stand there twice.
  const unrepeated = new REST({ ...rest.options, retries: 0 });
  return {
    async acknowledge(interaction, how) {
      const body =
        how === 'update'
          ? { type: InteractionResponseType.DeferredMessageUpdate }
          : {
              type: InteractionResponseType.DeferredChannelMessageWithSource,
              // Nothing but this flag counts here; components v2 is declared on the edit.
              data: { flags: how === 'private reply' ? MessageFlags.Ephemeral : 0 },
            };
      const route = Routes.interactionCallback(interaction.id, interaction.token);
      const signal = AbortSignal.timeout(ACKNOWLEDGE_MS);
      try {
        await insist(() => rest.post(route, { body, auth: false, signal }), { signal, firstPauseMs: 150 });
        return true;
      } catch (error) {
        if (codeOf(error) === CODES.unknownInteraction) return false;
        // Taken already, by the first try of a call that was repeated; or unanswered, and likely taken: the edit shows.
        if (codeOf(error) === CODES.alreadyAcknowledged || isAbort(error)) return true;
        throw error;
      }
    },

    async edit(interaction, reply) {
      const route = Routes.webhookMessage(interaction.applicationId, interaction.token, '@original');
      const signal = AbortSignal.timeout(DELIVERY_MS);
      return isPrivateMessage(await insist(() => rest.patch(route, { body: reply, auth: false, signal }), { signal }));
    },

    async followUp(interaction, reply, audience) {
      const route = Routes.webhook(interaction.applicationId, interaction.token);
      const body = audience === 'asker' ? ephemeral(reply) : reply;
      const signal = AbortSignal.timeout(DELIVERY_MS);
      const query = new URLSearchParams({ wait: 'true' });
      return isPrivateMessage(await unrepeated.post(route, { body, query, auth: false, signal }));
    },

    async post(channelId, reply, { nonce, replyTo }) {
      const reference = replyTo && { message_reference: { message_id: replyTo, fail_if_not_exists: false } };
      const body = { ...reply, ...reference, nonce, enforce_nonce: true };
      const signal = AbortSignal.timeout(DELIVERY_MS);
      const route = Routes.channelMessages(channelId);
      const posted = await insist(() => rest.post(route, { body, signal }), { signal });
      return (posted as RESTPostAPIChannelMessageResult).id;
    },

    async openThread(channelId, messageId, name) {
      const body = { name, auto_archive_duration: ThreadAutoArchiveDuration.OneDay };
      const signal = AbortSignal.timeout(DELIVERY_MS);
      try {
        await insist(() => rest.post(Routes.threads(channelId, messageId), { body, signal }), { signal });
      } catch (error) {
        if (codeOf(error) !== CODES.threadExists) throw error;
      }
      // A thread on a message has that message's id.
      return messageId;
    },

    async remove(channelId, messageId) {
      await rest.delete(Routes.channelMessage(channelId, messageId), { signal: AbortSignal.timeout(DELIVERY_MS) });
    },

    async typing(channelId) {
      await rest.post(Routes.channelTyping(channelId), { signal: AbortSignal.timeout(5_000) });
    },
  };
}

function isPrivateMessage(message: unknown): { readonly isPrivate: boolean } {
  const { flags } = message as RESTGetAPIWebhookWithTokenMessageResult;
  return { isPrivate: ((flags ?? 0) & MessageFlags.Ephemeral) !== 0 };
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
async function insist<Result>(
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
