import { type APIMessage, type APIUser, MessageType } from 'discord.js';
import type { Author, ChatMessage, Room } from '../help/chat.ts';
import type { Channels, KnownChannel } from './channels.ts';
import type { Whereabouts } from './whereabouts.ts';

/** Makes of Discord's messages, by event or by call, what conversations are told. */
export interface MessageReader {
  /**
   * Undefined for what nobody wrote: that somebody joined, that a thread was opened; and where the channel is unknown.
   *
   * @param server absent for a direct message
   */
  read(message: APIMessage, server: string | undefined): Promise<ChatMessage | undefined>;
  authorOf(user: Pick<APIUser, 'id' | 'bot'>, webhook?: string): Author;
}

export type MessageReaderOptions = {
  readonly botId: () => string | undefined;
  /** Whether the message-content intent is there. */
  readonly readsContent: () => boolean;
  readonly bridges: readonly string[];
  readonly channels: Channels;
  readonly whereabouts: Whereabouts;
};

export function createMessageReader(options: MessageReaderOptions): MessageReader {
  const { botId, readsContent, bridges, channels, whereabouts } = options;

  const authorOf: MessageReader['authorOf'] = ({ id, bot }, webhook) => {
    if (id === botId()) return { id, kind: 'us' };
    if (bridges.includes(id) || (webhook !== undefined && bridges.includes(webhook))) return { id, kind: 'bridge' };
    return { id, kind: bot || webhook !== undefined ? 'bot' : 'person' };
  };

  return {
    authorOf,
    async read(message, server) {
      const written = message.type === MessageType.Default || message.type === MessageType.Reply;
      if (!written) return undefined;
      const channel = server === undefined ? undefined : await channels.find(message.channel_id, server);
      if (server !== undefined && !channel) return undefined;
      const { room, place } = await where(message, channel);
      const author = authorOf(message.author, message.webhook_id);
      return {
        ref: { ...room, message: message.id },
        author,
        text: isShown(message, server, author) ? withoutMarkup(message.content) : undefined,
        addressed: addressedBy(message, server, author),
        room: channel ? roomKind(channel) : 'direct',
        repliesTo: repliesTo(message, room),
        mentions: message.mentions.filter(({ id, bot }) => !bot && id !== botId()).map(({ id }) => id),
        threadName: room.thread === undefined ? undefined : channel?.name,
        place,
        writtenAt: Date.parse(message.timestamp),
        editedAt: message.edited_timestamp ? Date.parse(message.edited_timestamp) : undefined,
      };
    },
  };

  async function where(message: APIMessage, channel: KnownChannel | undefined) {
    const room: Room = channel?.room ?? { platform: 'discord', server: undefined, channel: message.channel_id };
    const place = await whereabouts.ofRoom(room, message.author.id);
    return { room, place };
  }

  /** Without the intent Discord gives the text only of what is for the bot, or by it. */
  function isShown({ mentions }: APIMessage, server: string | undefined, { kind }: Author): boolean {
    return readsContent() || server === undefined || kind === 'us' || mentions.some(({ id }) => id === botId());
  }

  function addressedBy(message: APIMessage, server: string | undefined, { kind }: Author): ChatMessage['addressed'] {
    if (kind === 'us') return undefined;
    if (server === undefined) return 'direct';
    if (new RegExp(`<@!?${botId()}>`).test(message.content)) return 'mention';
    return message.referenced_message?.author.id === botId() ? 'reply' : undefined;
  }

  /** In a thread everything follows its first message: that is no reply to it. */
  function repliesTo(message: APIMessage, { thread }: Room): ChatMessage['repliesTo'] {
    const id = message.message_reference?.message_id;
    if (message.type !== MessageType.Reply || !id || id === thread) return undefined;
    const original = message.referenced_message;
    return { message: id, author: original ? authorOf(original.author, original.webhook_id) : undefined };
  }
}

function roomKind({ kind }: KnownChannel): ChatMessage['room'] {
  return kind === 'thread' || kind === 'forum-post' ? kind : 'channel';
}

/** Mentions, channels, emoji of a server, timestamps and command links are no words. */
export function withoutMarkup(content: string): string {
  return content
    .replace(/<(?:@[!&]?\d+|#\d+|a?:\w+:\d+|t:-?\d+(?::\w)?|id:\w+|\/[^:>]+:\d+)>/g, ' ')
    .replace(/[ \t]+/g, ' ')
    .trim();
}
