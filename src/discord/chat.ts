import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { PermissionFlagsBits } from 'discord.js';
import {
  type Chat,
  type ChatMessage,
  ChatRefusal,
  type MessageRef,
  type Post,
  type PostOptions,
  type Room,
} from '../help/chat.ts';
import type { DiscordApi } from './api.ts';
import { type Channels, type KnownChannel, missingOf, postingFault } from './channels.ts';
import type { Handles } from './handles.ts';
import { LIMITS } from './limits.ts';
import { createMarks } from './marks.ts';
import type { People } from './people.ts';
import type { MessageReader } from './read-message.ts';
import { isGone, refusalOf } from './refusal.ts';
import { renderPost } from './reply.ts';
import { CODES, codeOf } from './rest.ts';
import { plainLine } from './sanitize.ts';
import { createThreads } from './threads.ts';

export type DiscordChatOptions = {
  readonly api: DiscordApi;
  readonly channels: Channels;
  readonly reader: MessageReader;
  readonly people: People;
  /** The interactions through which messages can be changed where the bot itself is not. */
  readonly handles: Handles;
  /** Whether the message-content intent is there. */
  readonly readsContent: () => boolean;
  readonly isOpenTo: (server: string | undefined) => boolean;
  /** Told of every error of Discord's API. */
  readonly onError: (error: unknown) => void;
  readonly timing?: ChatTiming;
};

export type ChatTiming = {
  readonly now?: () => number;
  readonly typingEveryMs?: number;
  /** The pauses in which a forum post's first message is waited for. */
  readonly firstMessageMs?: readonly number[];
};

const { ViewChannel, ReadMessageHistory, CreatePublicThreads, SendMessagesInThreads } = PermissionFlagsBits;
const FIRST_MESSAGE_MS = [250, 500, 1_000, 2_000, 4_000, 8_000];
/** Discord shows "is typing" for ten seconds. */
const TYPING_EVERY_MS = 8_000;

/** What conversations can do on Discord. What the bot may not do is found out before it is tried: refusals add up. */
export function createDiscordChat(options: DiscordChatOptions): Chat {
  const { api, channels, reader, people, handles, readsContent, isOpenTo, onError, timing = {} } = options;
  const { typingEveryMs = TYPING_EVERY_MS, firstMessageMs = FIRST_MESSAGE_MS } = timing;
  const threads = createThreads({ api, channels });
  const marks = createMarks({ api, channels });

  /** What Discord refuses for good is told apart from what may pass. */
  const tried = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      onError(error);
      throw refusalOf(error);
    }
  };
  const find = async (room: Room): Promise<KnownChannel | undefined> => {
    if (room.server === undefined) return undefined;
    const channel = await channels.find(channelOf(room), room.server);
    if (!channel) throw new ChatRefusal('gone', 'The channel is gone, or the bot may not see it');
    return channel;
  };
  /** Repeats what fails because a forum post has no first message yet. */
  const onceBegun = async <Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> => {
    for (const pauseMs of firstMessageMs) {
      try {
        return await work();
      } catch (error) {
        if (codeOf(error) !== CODES.noFirstMessage) throw error;
        await delay(pauseMs, undefined, { signal });
      }
    }
    return work();
  };

  async function post(room: Room, what: Post, { key, replyTo }: PostOptions, signal: AbortSignal): Promise<MessageRef> {
    const channel = await find(room);
    const fault = channel && postingFault(channel);
    if (fault) throw new ChatRefusal(channel.locked ? 'locked' : 'forbidden', `Nothing can be posted: ${fault}`);
    const mayReply = channel?.may(ReadMessageHistory) ?? true;
    const message = { nonce: nonceOf(key), replyTo: mayReply ? replyTo : undefined };
    const send = () => api.post(channelOf(room), renderPost(what), message, signal);
    return { ...room, message: await onceBegun(send, signal) };
  }

  return {
    platform: 'discord',
    reads: (room) =>
      readsContent() &&
      isOpenTo(room.server) &&
      (room.server === undefined || (channels.known(channelOf(room))?.may(ViewChannel) ?? false)),
    post: (room, what, how, signal) => tried(() => post(room, what, how, signal)),
    edit: (message, what, signal) =>
      tried(async () => {
        const reply = renderPost(what);
        const handle = await handles.only(message, channels);
        if (handle) return api.editDelivered(handle.interaction, handle.as, reply);
        const edit = () => api.editMessage(channelOf(message), message.message, reply, signal);
        await threads.opened(await find(message), edit, signal);
      }),
    remove: (message, signal) =>
      tried(async () => {
        try {
          const handle = await handles.only(message, channels);
          if (handle) return await api.removeDelivered(handle.interaction, handle.as);
          const remove = () => api.removeMessage(channelOf(message), message.message, signal);
          await threads.opened(await find(message), remove, signal);
        } catch (error) {
          if (!isGone(error)) throw error;
        }
      }),
    openThread: (on, { name, archiveAfterMinutes }, signal) =>
      tried(async () => {
        const { message, ...room } = on;
        if (on.thread !== undefined) return room;
        const thread = { ...room, thread: message };
        if (channels.known(message)) return thread;
        const channel = await find(room);
        if (channel?.kind !== 'text') throw new ChatRefusal('unsupported', 'There are no threads here');
        const fault = missingOf(channel, [ViewChannel, CreatePublicThreads, SendMessagesInThreads]);
        if (fault) throw new ChatRefusal('forbidden', `No thread can be opened: ${fault}`);
        const title = plainLine(name, LIMITS.threadName) || 'Answers';
        await api.openThread({ channelId: room.channel, messageId: message, name: title, archiveAfterMinutes }, signal);
        return thread;
      }),
    removeThread: (thread, signal) => tried(() => threads.remove(thread, signal)),
    othersWrote: (thread, isAsker, signal) => threads.othersWrote(thread, isAsker, signal),
    read: (message, signal) =>
      tried(async () => {
        const found = await readable(message, message.message, signal);
        return found && reader.read(found, message.server);
      }),
    lookUp: (message, signal) => tried(() => lookUp(message, signal)),
    writtenAfter: (message, signal) =>
      tried(async () => {
        const { thread, message: after } = message;
        // A thread on a message has its id; one that was opened lately is known.
        const hasThread = thread === undefined && channels.known(after) !== undefined;
        const rooms = hasThread ? [message, { ...message, thread: after }] : [message];
        const pages = await Promise.all(rooms.map((room) => pageAfter(room, after, signal)));
        return pages.flat();
      }),
    firstMessage: (thread, signal) =>
      tried(async () => {
        if (thread.thread === undefined) return undefined;
        const inForum = (await find(thread))?.kind === 'forum-post';
        // In a forum it lies in the thread, else in the channel that the thread was opened in.
        const place = inForum ? thread : { ...thread, thread: undefined };
        for (const pauseMs of inForum ? firstMessageMs : []) {
          const found = await readable(place, thread.thread, signal);
          if (found) return reader.read(found, thread.server);
          await delay(pauseMs, undefined, { signal });
        }
        const found = await readable(place, thread.thread, signal);
        return found && reader.read(found, thread.server);
      }),
    showWork(room, until) {
      const channel = channels.known(channelOf(room));
      const mayPost = room.server === undefined || (channel !== undefined && postingFault(channel) === undefined);
      if (until.aborted || !mayPost) return;
      let isShowing = false;
      // One at a time: those that wait for their turn would show work after it was done.
      const show = async () => {
        if (isShowing) return;
        isShowing = true;
        await api.typing(channelOf(room), until).catch(onError);
        isShowing = false;
      };
      void show();
      const timer = setInterval(() => void show(), typingEveryMs);
      timer.unref();
      until.addEventListener('abort', () => clearInterval(timer), { once: true });
    },
    placeOf: async ({ server, channel, thread }) => ({
      platform: 'discord',
      kind: server === undefined ? 'outside' : 'channel',
      server,
      channel: thread ?? channel,
      parent: thread === undefined ? undefined : channel,
    }),
    standing: (user, room) => people.standing(user, room),
    tell: people.tell,
    whisper: async () => {
      throw new ChatRefusal('unsupported', 'On Discord only answers to commands and buttons are seen by one person');
    },
    mark: (thread, on, solved, signal) => tried(() => marks.set(thread, on, solved, signal)),
    async access(room) {
      if (room.server === undefined) return { ok: true, detail: 'direct messages' };
      const channel = await channels.find(channelOf(room), room.server).catch(() => undefined);
      if (!channel) return { ok: false, detail: 'the channel is gone, or the bot may not see it' };
      if (!readsContent())
        return {
          ok: false,
          detail: 'messages are not read: READ_MESSAGES is off, or Discord refuses the message-content intent',
        };
      const needed = channel.kind === 'forum' ? [SendMessagesInThreads] : [];
      const inText = channel.kind === 'text' ? [CreatePublicThreads, SendMessagesInThreads] : [];
      const fault =
        missingOf(channel, [ViewChannel, ReadMessageHistory, ...needed, ...inText]) ??
        (channel.kind === 'forum' ? undefined : postingFault(channel));
      return fault ? { ok: false, detail: fault } : { ok: true, detail: 'the bot can read and post there' };
    },
    linkTo: ({ message, ...room }) => {
      const address = `https://discord.com/channels/${room.server ?? '@me'}/${channelOf(room)}`;
      return message === undefined ? address : `${address}/${message}`;
    },
  };

  /** What people wrote there; nothing where there is no such thread, or it may not be read. */
  async function pageAfter(room: Room, after: string, signal: AbortSignal): Promise<readonly ChatMessage[]> {
    const { server } = room;
    const channel = server === undefined ? undefined : await channels.find(channelOf(room), server);
    if (!channel?.may(ViewChannel, ReadMessageHistory)) return [];
    const found = await api.messages(channelOf(room), { after }, signal);
    const read = await Promise.all(found.map((message) => reader.read(message, server)));
    return read.filter(
      (message) => message?.author.kind === 'person' || message?.author.kind === 'bridge',
    ) as ChatMessage[];
  }

  async function lookUp(message: MessageRef, signal: AbortSignal): Promise<ChatMessage | 'gone' | 'unreadable'> {
    const { server } = message;
    if (!isOpenTo(server)) return 'unreadable';
    const channel = server === undefined ? undefined : await channels.find(channelOf(message), server);
    if (server !== undefined && !channel?.may(ViewChannel, ReadMessageHistory)) return 'unreadable';
    try {
      const found = await api.message(channelOf(message), message.message, signal);
      return (await reader.read(found, server)) ?? 'unreadable';
    } catch (error) {
      const code = codeOf(error);
      if (code === CODES.unknownMessage) return 'gone';
      if (code === CODES.unknownChannel || code === CODES.missingAccess) return 'unreadable';
      throw error;
    }
  }

  /** A message as Discord gives it; undefined when it is gone or may not be read. */
  async function readable(room: Room, message: string, signal: AbortSignal) {
    const channel = room.server === undefined ? undefined : await channels.find(channelOf(room), room.server);
    const mayRead = room.server === undefined || channel?.may(ViewChannel, ReadMessageHistory);
    if (!mayRead) return undefined;
    try {
      return await api.message(channelOf(room), message, signal);
    } catch (error) {
      if (isGone(error) || codeOf(error) === CODES.missingAccess) return undefined;
      throw error;
    }
  }
}

/** The channel or thread in which a message lies. */
export function channelOf({ channel, thread }: Room): string {
  return thread ?? channel;
}

/** Discord keeps it for some minutes, and takes at most 25 characters. */
function nonceOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url').slice(0, 25);
}
