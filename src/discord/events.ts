import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  calculateShardId,
  type GatewayDispatchPayload,
  type GatewayMessageCreateDispatchData,
  type GatewayMessageDeleteDispatchData,
  type GatewayMessageReactionAddDispatchData,
  type GatewayMessageReactionRemoveDispatchData,
} from 'discord.js';
import { type ChatMessage, ChatRefusal, type MessageRef, type Room } from '../help/chat.ts';
import { problem } from '../run-command.ts';
import type { Channels } from './channels.ts';
import type { MessageReader } from './read-message.ts';
import type { Service } from './service.ts';
import { NOT_OPEN } from './trouble.ts';

export type EventsOptions = Pick<Service, 'conversations' | 'chat' | 'isOpenTo' | 'stopping'> & {
  readonly reader: MessageReader;
  readonly channels: Channels;
  readonly botId: () => string | undefined;
};

/**
 * Hands over what happened, as the gateway tells it: discord.js itself passes over redelivered messages, and over what
 * happens to messages, threads and channels that it does not keep.
 */
export function createEventHandler(options: EventsOptions) {
  const { conversations, chat, isOpenTo, stopping, reader, channels, botId } = options;

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
      case 'CHANNEL_UPDATE':
      case 'CHANNEL_DELETE':
        return accessChanged({ server: data.guild_id, channel: data.id });
      case 'GUILD_ROLE_UPDATE':
      case 'GUILD_ROLE_DELETE':
        return accessChanged({ server: data.guild_id });
      case 'GUILD_MEMBER_UPDATE':
        // Of itself alone, without an intent.
        return reader.authorOf(data.user).kind === 'us' ? accessChanged({ server: data.guild_id }) : undefined;
      case 'READY':
        // Those that are away stand in it as well.
        return conversations.isIn({
          platform: 'discord',
          bot: data.user.id,
          servers: data.guilds.map(({ id }) => id),
          covers: isOfShard(data.shard),
        });
      case 'GUILD_CREATE':
        return joined(data.id);
      case 'GUILD_DELETE':
        // One that is only away comes back.
        return data.unavailable ? undefined : conversations.left({ platform: 'discord', server: data.id });
    }
  };

  async function accessChanged(where: { readonly server: string; readonly channel?: string }): Promise<void> {
    // discord.js takes it in once it has told of it.
    await nextTurn();
    await conversations.accessChanged({ platform: 'discord', ...where });
  }

  /** Also told of each that READY listed, once it is there. */
  async function joined(server: string): Promise<void> {
    const bot = botId();
    if (bot !== undefined) await conversations.joined({ platform: 'discord', bot, server });
  }

  async function written(data: GatewayMessageCreateDispatchData, how: 'message' | 'edited'): Promise<void> {
    const message = await reader.read(data, data.guild_id);
    if (!message || message.author.kind === 'us') return;
    if (isOpenTo(data.guild_id)) await conversations[how](message);
    else if (how === 'message') await sayClosed(message);
  }

  /** Whoever addressed the bot where it is not open hears so; everybody else is left alone. */
  async function sayClosed({ ref, addressed, author }: ChatMessage): Promise<void> {
    if (!addressed || author.kind !== 'person') return;
    const post = { outcome: problem(NOT_OPEN), actions: [] };
    const options = { key: `closed:${ref.message}`, asked: true, replyTo: ref.message };
    await chat.post(ref, post, options, stopping).catch((error: unknown) => {
      if (!(error instanceof ChatRefusal)) throw error;
    });
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
    if (!isOpenTo(data.guild_id)) return;
    const by = reader.authorOf({ id: data.user_id, bot: 'member' in data && data.member?.user?.bot === true });
    const { name } = data.emoji;
    if (by.kind === 'us' || !name) return;
    const on = await refOf({ id: data.message_id, ...data });
    await conversations.reacted({ on, by, emoji: name, added });
  }
}

/** A shard is told of its own servers alone. */
function isOfShard([shard, count]: readonly [number, number] = [0, 1]): (server: string) => boolean {
  return (server) => calculateShardId(server, count) === shard;
}
