import type { Author, ChatMessage, WrittenMessage } from '../help/chat.ts';
import type { Identity } from './identity.ts';
import { typedText } from './sanitize.ts';
import type { Whereabouts } from './whereabouts.ts';

/** A message as events and the reading methods give it; Slack sends more, and sometimes less. */
export type SlackMessageJson = {
  readonly ts?: string | undefined;
  readonly thread_ts?: string | undefined;
  readonly user?: string | undefined;
  readonly text?: string | undefined;
  readonly subtype?: string | undefined;
  readonly bot_id?: string | undefined;
  readonly edited?: { readonly ts?: string | undefined } | undefined;
};

/** Where a message was found. */
export type FoundAt = {
  readonly channel: string;
  /** As the envelope says; the bot's own workspace where there is none. */
  readonly server?: string | undefined;
  /** Whether the channel is shared with another organisation, where the event says so itself. */
  readonly external?: boolean | undefined;
};

/** Turns what Slack sends into what the conversations understand. */
export interface MessageReader {
  /** Undefined for what nobody wrote: joins, renamed channels and the like. */
  read(message: SlackMessageJson, at: FoundAt): Promise<ChatMessage | undefined>;
  /** What can be told of it without asking Slack; undefined as above. */
  outline(message: SlackMessageJson, channel: string): WrittenMessage | undefined;
  authorOf(message: Pick<SlackMessageJson, 'user' | 'bot_id'>): Author;
}

export type MessageReaderOptions = {
  readonly identity: Identity;
  readonly whereabouts: Whereabouts;
  /** Bots through which people write, by the id of the bot or of its user. */
  readonly bridges: readonly string[];
};

/** With a picture, sent to the channel as well, or by a bot; every other subtype is an edit, a removal, a notice. */
const WRITTEN = new Set(['file_share', 'thread_broadcast', 'me_message', 'bot_message']);
const MENTION = /<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>/g;

export function createMessageReader({ identity, whereabouts, bridges }: MessageReaderOptions): MessageReader {
  const { botUserId, botId, teamId } = identity;

  function authorOf({ user, bot_id: bot }: Pick<SlackMessageJson, 'user' | 'bot_id'>): Author {
    const id = user ?? bot ?? '';
    if (user === botUserId || bot === botId) return { id, kind: 'us' };
    if (bridges.some((bridge) => bridge === user || bridge === bot)) return { id, kind: 'bridge' };
    return { id, kind: bot || user === 'USLACKBOT' ? 'bot' : 'person' };
  }

  async function whereOf(author: Author, { channel, server = teamId, external }: FoundAt) {
    // Of a bot's message nothing follows, so nothing is asked about it.
    if (author.kind === 'bot' || author.kind === 'us') {
      return { place: { platform: 'slack', kind: 'outside', server, channel } as const };
    }
    const bridge = author.kind === 'bridge';
    const place = await whereabouts.of({ channel, user: author.id, server, external, bridge });
    return place.kind === 'outside' ? { place, stranger: await whereabouts.isStranger(author.id) } : { place };
  }

  const outline: MessageReader['outline'] = (json, channel) => {
    const { ts, thread_ts: root, user, bot_id: bot, text = '', subtype } = json;
    if (!ts || (!user && !bot) || (subtype !== undefined && !WRITTEN.has(subtype))) return undefined;
    const thread = root !== undefined && root !== ts ? root : undefined;
    const ref = { platform: 'slack', server: teamId, channel, thread, message: ts } as const;
    return { ref, author: authorOf({ user, bot_id: bot }), text: typedText(text, botUserId) };
  };

  return {
    authorOf,
    outline,
    async read(json, at) {
      const written = outline(json, at.channel);
      if (!written) return undefined;
      const { ref, author } = written;
      const mentioned = [...new Set([...(json.text ?? '').matchAll(MENTION)].map(([, id = '']) => id))];
      const isDirect = at.channel.startsWith('D');
      return {
        ...written,
        addressed: isDirect ? 'direct' : mentioned.includes(botUserId) ? 'mention' : undefined,
        room: isDirect ? 'direct' : ref.thread ? 'thread' : 'channel',
        mentions: mentioned.filter((id) => id !== botUserId),
        ...(await whereOf(author, at)),
        writtenAt: millisecondsOf(ref.message),
        ...(json.edited?.ts && { editedAt: millisecondsOf(json.edited.ts) }),
      };
    },
  };
}

/** Slack's timestamps are seconds, and the names of messages. */
function millisecondsOf(ts: string): number {
  return Math.round(Number(ts) * 1000);
}
