import type { webApi } from '@slack/bolt';
import type { ChatMessage, MessageRef, Room, WrittenMessage } from '../help/chat.ts';
import { refusalCode } from './api.ts';
import type { MessageReader, SlackMessageJson } from './message-reader.ts';
import { mayRead } from './posting.ts';
import type { RecentMessages } from './recent-messages.ts';
import { repeated } from './repeat.ts';

/** What stands in channels, as far as the scopes let the bot read it. */
export interface History {
  read(message: MessageRef, signal: AbortSignal): Promise<ChatMessage | undefined>;
  lookUp(message: MessageRef, signal: AbortSignal): Promise<ChatMessage | 'gone' | 'unreadable'>;
  writtenAfter(message: MessageRef, signal: AbortSignal): Promise<readonly WrittenMessage[]>;
  firstMessage(thread: Room, signal: AbortSignal): Promise<ChatMessage | undefined>;
  othersWrote(thread: Room, isAsker: (user: string) => boolean, signal: AbortSignal): Promise<boolean>;
}

export type HistoryOptions = {
  readonly client: webApi.WebClient;
  readonly reader: MessageReader;
  readonly recent: RecentMessages;
  readonly scopes: readonly string[] | undefined;
};

/** What either reading method gives. */
type Found = {
  readonly messages?: readonly SlackMessageJson[] | undefined;
  readonly is_limited?: boolean | undefined;
};

/** As many as one call gives. */
const MOST_REPLIES = 200;

export function createHistory({ client, reader, recent, scopes }: HistoryOptions): History {
  /** The messages of a thread, the first one first; undefined when it is gone or may not be read. */
  async function replies({ channel }: Room, ts: string, limit: number, signal: AbortSignal) {
    if (!mayRead(channel, scopes)) return undefined;
    try {
      return await repeated(() => client.conversations.replies({ channel, ts, limit }), signal);
    } catch (error) {
      if (refusalCode(error) !== undefined) return undefined;
      throw error;
    }
  }

  /** What stands in a channel itself after a message; undefined where it may not be read. */
  async function channelAfter({ channel, message: oldest }: MessageRef, signal: AbortSignal) {
    if (!mayRead(channel, scopes)) return undefined;
    try {
      return await repeated(() => client.conversations.history({ channel, oldest, limit: MOST_REPLIES }), signal);
    } catch (error) {
      if (refusalCode(error) !== undefined) return undefined;
      throw error;
    }
  }

  /** Slack gives a reply back when it is asked for as if it began a thread. */
  async function read(ref: MessageRef, signal: AbortSignal): Promise<ChatMessage | undefined> {
    const found = await replies(ref, ref.message, 1, signal);
    const message = found?.messages?.find(({ ts }) => ts === ref.message);
    return message && reader.read(message as SlackMessageJson, { channel: ref.channel });
  }

  /** By its place in the channel, or in its thread: there Slack says what is no longer there by leaving it out. */
  async function lookUp(ref: MessageRef, signal: AbortSignal): Promise<ChatMessage | 'gone' | 'unreadable'> {
    const { channel, thread, message: ts } = ref;
    if (!mayRead(channel, scopes)) return 'unreadable';
    const one = { channel, oldest: ts, latest: ts, inclusive: true, limit: 2 };
    try {
      const found = await repeated<Found>(
        () => (thread ? client.conversations.replies({ ...one, ts: thread }) : client.conversations.history(one)),
        signal,
      );
      const message = found.messages?.find((each) => each.ts === ts);
      if (message && message.subtype !== 'tombstone') {
        return (await reader.read(message as SlackMessageJson, { channel })) ?? 'unreadable';
      }
      // A free workspace hides what is older than its limit.
      return found.is_limited ? 'unreadable' : 'gone';
    } catch (error) {
      const code = refusalCode(error);
      if (code === undefined) throw error;
      return code === 'thread_not_found' ? 'gone' : 'unreadable';
    }
  }

  return {
    read,
    lookUp,
    async writtenAfter(ref, signal) {
      const below = replies(ref, ref.thread ?? ref.message, MOST_REPLIES, signal);
      const beside = ref.thread === undefined ? channelAfter(ref, signal) : undefined;
      const found = (await Promise.all([below, beside])).flatMap((page) => page?.messages ?? []);
      return found.flatMap((message) => {
        const written = reader.outline(message as SlackMessageJson, ref.channel);
        const isPerson = written?.author.kind === 'person' || written?.author.kind === 'bridge';
        return written && isPerson && Number(written.ref.message) > Number(ref.message) ? [written] : [];
      });
    },
    async firstMessage(thread, signal) {
      if (thread.thread === undefined) return undefined;
      const seen = recent.get(thread.channel, thread.thread);
      return seen ?? (await read({ ...thread, thread: undefined, message: thread.thread }, signal));
    },
    async othersWrote(thread, isAsker, signal) {
      const { thread: root } = thread;
      const found = root === undefined ? undefined : await replies(thread, root, MOST_REPLIES, signal);
      if (!found || found.has_more) return true;
      const below = (found.messages ?? []).filter(({ ts }) => ts !== root);
      return below.some((message) => {
        const author = reader.authorOf(message as SlackMessageJson);
        return author.kind !== 'us' && !isAsker(author.id);
      });
    },
  };
}
