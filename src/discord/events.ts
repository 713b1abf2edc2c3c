import type {
  GatewayDispatchPayload,
  GatewayMessageCreateDispatchData,
  GatewayMessageDeleteDispatchData,
  GatewayMessageReactionAddDispatchData,
  GatewayMessageReactionRemoveDispatchData,
} from 'discord.js';
import type { MessageRef, Room } from '../help/chat.ts';
import type { Conversations } from '../help/conversations.ts';
import type { Channels } from './channels.ts';
import type { MessageReader } from './read-message.ts';

export type EventsOptions = {
  readonly conversations: Conversations;
  readonly reader: MessageReader;
  readonly channels: Channels;
};

/**
 * Hands over what happened, as the gateway tells it: discord.js itself passes over redelivered messages, and over what
 * happens to messages, threads and channels that it does not keep.
 */
export function createEventHandler({ conversations, reader, channels }: EventsOptions) {
  return async ({ t: type, d: data }: GatewayDispatchPayload): Promise<void> => {
    switch (type) {
      case 'MESSAGE_CREATE':
        return written(data, 'message');
      case 'MESSAGE_UPDATE':
        // A preview that appeared, or a thread that was opened, changes a message as well.
        return data.edited_timestamp ? written(data, 'edited') : undefined;
      case 'MESSAGE_DELETE':
        return conversations.deleted(await refOf(data));
      case 'MESSAGE_DELETE_BULK':
        for (const id of data.ids) await conversations.deleted(await refOf({ ...data, id }));
        return;
      case 'THREAD_DELETE':
        return conversations.threadDeleted({
          platform: 'discord',
          server: data.guild_id,
          channel: data.parent_id ?? data.id,
          thread: data.id,
        });
      case 'MESSAGE_REACTION_ADD':
      case 'MESSAGE_REACTION_REMOVE':
        return reacted(data, type === 'MESSAGE_REACTION_ADD');
      case 'GUILD_DELETE':
        // One that is only away comes back.
        return data.unavailable ? undefined : conversations.left({ platform: 'discord', server: data.id });
    }
  };

  async function written(data: GatewayMessageCreateDispatchData, how: 'message' | 'edited'): Promise<void> {
    const message = await reader.read(data, data.guild_id);
    if (message && message.author.kind !== 'us') await conversations[how](message);
  }

  async function refOf({ id, ...where }: GatewayMessageDeleteDispatchData): Promise<MessageRef> {
    return { ...(await roomOf(where)), message: id };
  }

  async function roomOf({ channel_id, guild_id }: Pick<GatewayMessageDeleteDispatchData, 'channel_id' | 'guild_id'>) {
    const unknown: Room = { platform: 'discord', server: guild_id, channel: channel_id };
    if (guild_id === undefined) return unknown;
    const channel = await channels.find(channel_id, guild_id).catch(() => undefined);
    return channel?.room ?? unknown;
  }

  async function reacted(
    data: GatewayMessageReactionAddDispatchData | GatewayMessageReactionRemoveDispatchData,
    added: boolean,
  ): Promise<void> {
    const by = reader.authorOf({ id: data.user_id, bot: 'member' in data && data.member?.user?.bot === true });
    const { name } = data.emoji;
    if (by.kind === 'us' || !name) return;
    const on = await refOf({ id: data.message_id, ...data });
    await conversations.reacted({ on, by, emoji: name, added });
  }
}
