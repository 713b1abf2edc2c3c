import { type Channel, ChannelType, type Client, PermissionFlagsBits, type ThreadChannel } from 'discord.js';
import type { Room } from '../help/chat.ts';
import { OPTIONAL_PERMISSIONS, PERMISSIONS } from './invite.ts';
import { CODES, codeOf } from './rest.ts';

/** A channel or thread of a server, as far as the bot knows it. */
export type KnownChannel = {
  readonly id: string;
  readonly server: string;
  /** `other`: where no threads are, and nothing is posted by itself (voice, categories). */
  readonly kind: 'text' | 'forum' | 'thread' | 'forum-post' | 'other';
  readonly room: Room;
  readonly name: string;
  readonly archived: boolean;
  readonly locked: boolean;
  /** Whether the bot opened the thread. */
  readonly ours: boolean;
  readonly may: (...permissions: readonly bigint[]) => boolean;
  readonly channel: Channel;
};

export interface Channels {
  /** From what the gateway told, else asked for. Undefined when it is gone, may not be seen, or the bot is not there. */
  find(id: string, server: string): Promise<KnownChannel | undefined>;
  /** From what the gateway told alone. */
  known(id: string): KnownChannel | undefined;
}

/** How long a channel that is not there is not asked for again: refused calls count against the bot. */
const GONE_MS = 60_000;
const MOST_GONE = 1_000;

export function createChannels(client: () => Client | undefined): Channels {
  const gone = new Map<string, number>();

  const known = (id: string): KnownChannel | undefined => {
    const channel = client()?.channels.cache.get(id);
    return channel && describe(channel);
  };
  return {
    known,
    async find(id, server) {
      const there = known(id);
      if (there || !client()?.guilds.cache.has(server)) return there;
      if ((gone.get(id) ?? 0) > Date.now()) return undefined;
      try {
        const channel = await client()?.channels.fetch(id);
        return channel ? describe(channel) : undefined;
      } catch (error) {
        const code = codeOf(error);
        if (code !== CODES.unknownChannel && code !== CODES.missingAccess) throw error;
        if (gone.size >= MOST_GONE) gone.clear();
        gone.set(id, Date.now() + GONE_MS);
        return undefined;
      }
    },
  };
}

function describe(channel: Channel): KnownChannel | undefined {
  if (channel.isDMBased()) return undefined;
  const { id, guildId: server, name, client } = channel;
  const permissions = channel.permissionsFor(client.user);
  const thread = channel.isThread() ? channel : undefined;
  const room = { platform: 'discord' as const, server, channel: thread?.parentId ?? id, ...(thread && { thread: id }) };
  return {
    id,
    server,
    kind: kindOf(channel),
    room,
    name,
    archived: thread?.archived ?? false,
    locked: thread?.locked ?? false,
    ours: thread?.ownerId === client.user.id,
    may: (...wanted) => permissions?.has([...wanted]) ?? false,
    channel,
  };
}

function kindOf(channel: Channel): KnownChannel['kind'] {
  if (channel.isThread()) return isForum(channel) ? 'forum-post' : 'thread';
  if (channel.type === ChannelType.GuildForum || channel.type === ChannelType.GuildMedia) return 'forum';
  return channel.type === ChannelType.GuildText || channel.type === ChannelType.GuildAnnouncement ? 'text' : 'other';
}

function isForum({ parent }: ThreadChannel): boolean {
  return parent?.type === ChannelType.GuildForum || parent?.type === ChannelType.GuildMedia;
}

const { ViewChannel, SendMessages, SendMessagesInThreads, ManageThreads } = PermissionFlagsBits;

/** Why the bot cannot post there, in one line; undefined when it can. */
export function postingFault(channel: KnownChannel): string | undefined {
  if (channel.kind === 'forum') return 'a forum takes posts, not messages';
  const inThread = channel.kind === 'thread' || channel.kind === 'forum-post';
  const missing = missingOf(channel, [ViewChannel, inThread ? SendMessagesInThreads : SendMessages]);
  if (missing) return missing;
  return channel.locked && !channel.may(ManageThreads) ? 'the thread is locked' : undefined;
}

const NAMED = [...PERMISSIONS, ...OPTIONAL_PERMISSIONS];

/** The permissions that the bot lacks, in one line; undefined when it has them. */
export function missingOf(channel: KnownChannel, wanted: readonly bigint[]): string | undefined {
  const names = wanted
    .filter((flag) => !channel.may(flag))
    .map((flag) => NAMED.find((permission) => permission.flag === flag)?.name ?? 'a permission');
  return names.length > 0 ? `the bot lacks ${names.join(', ')}` : undefined;
}
