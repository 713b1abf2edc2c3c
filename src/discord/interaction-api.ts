import {
  InteractionResponseType,
  MessageFlags,
  REST,
  type RESTGetAPIWebhookWithTokenMessageResult,
  Routes,
} from 'discord.js';
import type { Audience } from '../command.ts';
import { isAbort } from '../errors.ts';
import { type DiscordReply, ephemeral } from './reply.ts';
import { CODES, codeOf, insist } from './rest.ts';

/** What names an interaction to Discord's API. */
export type InteractionRef = { readonly id: string; readonly token: string; readonly applicationId: string };

/** How a press or a command is acknowledged: a reply to come (private or public), or a change to the message pressed. */
export type Acknowledgement = 'private reply' | 'public reply' | 'update';

/** A message that went out through an interaction. */
export type Delivered = {
  readonly id: string;
  /** Discord may make an answer private that was to be public. */
  readonly isPrivate: boolean;
};

/** The calls that answer commands and buttons. They need no permission: the interaction's token is the credential. */
export interface InteractionApi {
  /**
   * Tells Discord within its three seconds that an answer comes. False when it is too late: the token is dead then,
   * and nothing can be said through it. Throws when Discord could not be told.
   */
  acknowledge(interaction: InteractionRef, how: Acknowledgement): Promise<boolean>;
  /** Puts the answer where the acknowledgement stands. */
  edit(interaction: InteractionRef, reply: DiscordReply): Promise<Delivered>;
  /** A message beside the one that was pressed. Of these a user-installed bot has five an interaction. */
  followUp(interaction: InteractionRef, reply: DiscordReply, audience: Audience): Promise<Delivered>;
  /** Changes a message that went out through an interaction, for 15 minutes. */
  editDelivered(interaction: InteractionRef, messageId: string, reply: DiscordReply): Promise<void>;
  removeDelivered(interaction: InteractionRef, messageId: string): Promise<void>;
}

/** Beyond it a call is given up; the acknowledgement has its own, shorter one. */
const DELIVERY_MS = 45_000;
/** Discord's deadline is 3 s after it sent the interaction; what is left is for the way. */
const ACKNOWLEDGE_MS = 2_600;

export function createInteractionApi(rest: REST): InteractionApi {
  // A follow-up has no nonce: repeated where Discord had taken it, it would stand there twice.
  const unrepeated = new REST({ ...rest.options, retries: 0 });

  const change = async ({ applicationId, token }: InteractionRef, messageId: string, reply: DiscordReply) => {
    const route = Routes.webhookMessage(applicationId, token, messageId);
    const signal = AbortSignal.timeout(DELIVERY_MS);
    return toDelivered(await insist(() => rest.patch(route, { body: reply, auth: false, signal }), { signal }));
  };
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

    edit: (interaction, reply) => change(interaction, '@original', reply),

    async followUp(interaction, reply, audience) {
      const route = Routes.webhook(interaction.applicationId, interaction.token);
      const body = audience === 'asker' ? ephemeral(reply) : reply;
      const signal = AbortSignal.timeout(DELIVERY_MS);
      const query = new URLSearchParams({ wait: 'true' });
      return toDelivered(await unrepeated.post(route, { body, query, auth: false, signal }));
    },

    async editDelivered(interaction, messageId, reply) {
      await change(interaction, messageId, reply);
    },

    async removeDelivered({ applicationId, token }, messageId) {
      const route = Routes.webhookMessage(applicationId, token, messageId);
      const signal = AbortSignal.timeout(DELIVERY_MS);
      await insist(() => rest.delete(route, { auth: false, signal }), { signal });
    },
  };
}

function toDelivered(message: unknown): Delivered {
  const { id, flags } = message as RESTGetAPIWebhookWithTokenMessageResult;
  return { id, isPrivate: ((flags ?? 0) & MessageFlags.Ephemeral) !== 0 };
}
