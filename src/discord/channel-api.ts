import {
  type APIChannel,
  type APIMessage,
  type REST,
  type RESTPatchAPIChannelJSONBody,
  type RESTPostAPICurrentUserCreateDMChannelResult,
  Routes,
} from 'discord.js';
import type { DiscordReply } from './reply.ts';
import { CODES, codeOf, insist } from './rest.ts';

export type PostMessageOptions = {
  /** Names the post, in at most 25 characters: posted again under the same one, Discord gives back the first. */
  readonly nonce: string;
  readonly replyTo?: string | undefined;
};

/** What changes of a thread. */
export type ThreadChange = Pick<RESTPatchAPIChannelJSONBody, 'name' | 'archived' | 'applied_tags'>;

/** The calls for what the bot does in its own name. Whether it may is to be checked before. */
export interface ChannelApi {
  post(channelId: string, reply: DiscordReply, options: PostMessageOptions, signal?: AbortSignal): Promise<string>;
  editMessage(channelId: string, messageId: string, reply: DiscordReply, signal?: AbortSignal): Promise<void>;
  removeMessage(channelId: string, messageId: string, signal?: AbortSignal): Promise<void>;
  message(channelId: string, messageId: string, signal?: AbortSignal): Promise<APIMessage>;
  /** At most 100, the newest first: those right before or after a message, else the last ones. */
  messages(
    channelId: string,
    where: { readonly before?: string | undefined; readonly after?: string | undefined },
    signal?: AbortSignal,
  ): Promise<readonly APIMessage[]>;
  react(channelId: string, messageId: string, emoji: string, signal?: AbortSignal): Promise<void>;
  /** Takes the bot's own reaction back. */
  unreact(channelId: string, messageId: string, emoji: string, signal?: AbortSignal): Promise<void>;
  /** A thread on a message, which has that message's id; the one that is there when there is one already. */
  openThread(on: ThreadStart, signal?: AbortSignal): Promise<void>;
  changeThread(threadId: string, change: ThreadChange, signal?: AbortSignal): Promise<APIChannel>;
  removeThread(threadId: string, signal?: AbortSignal): Promise<void>;
  /** The channel of the direct messages with somebody. */
  directMessages(userId: string, signal?: AbortSignal): Promise<string>;
  typing(channelId: string, signal: AbortSignal): Promise<void>;
}

export type ThreadStart = {
  readonly channelId: string;
  readonly messageId: string;
  readonly name: string;
  readonly archiveAfterMinutes?: number | undefined;
};

/** Beyond it a call is given up. */
const PATIENCE_MS = 45_000;
const TYPING_MS = 5_000;

export function createChannelApi(rest: REST): ChannelApi {
  const call = <Result>(
    method: 'get' | 'post' | 'put' | 'patch' | 'delete',
    route: `/${string}`,
    { body, query, signal }: { body?: object; query?: URLSearchParams; signal?: AbortSignal | undefined } = {},
  ): Promise<Result> => {
    const patience = AbortSignal.timeout(PATIENCE_MS);
    const limit = signal ? AbortSignal.any([signal, patience]) : patience;
    const data = { ...(body && { body }), ...(query && { query }), signal: limit };
    return insist(() => rest[method](route, data) as Promise<Result>, { signal: limit });
  };
  return {
    async post(channelId, reply, { nonce, replyTo }, signal) {
      const reference = replyTo && { message_reference: { message_id: replyTo, fail_if_not_exists: false } };
      const body = { ...reply, ...reference, nonce, enforce_nonce: true };
      return (await call<APIMessage>('post', Routes.channelMessages(channelId), { body, signal })).id;
    },
    async editMessage(channelId, messageId, body, signal) {
      await call('patch', Routes.channelMessage(channelId, messageId), { body, signal });
    },
    async removeMessage(channelId, messageId, signal) {
      await call('delete', Routes.channelMessage(channelId, messageId), { signal });
    },
    message: (channelId, messageId, signal) => call('get', Routes.channelMessage(channelId, messageId), { signal }),
    messages(channelId, { before, after }, signal) {
      const query = new URLSearchParams({ limit: '100', ...(before && { before }), ...(after && { after }) });
      return call('get', Routes.channelMessages(channelId), { query, signal });
    },
    async react(channelId, messageId, emoji, signal) {
      const name = encodeURIComponent(emoji);
      await call('put', Routes.channelMessageOwnReaction(channelId, messageId, name), { signal });
    },
    async unreact(channelId, messageId, emoji, signal) {
      const name = encodeURIComponent(emoji);
      await call('delete', Routes.channelMessageOwnReaction(channelId, messageId, name), { signal });
    },
    async openThread({ channelId, messageId, name, archiveAfterMinutes = 1_440 }, signal) {
      const body = { name, auto_archive_duration: archiveAfterMinutes };
      try {
        await call('post', Routes.threads(channelId, messageId), { body, signal });
      } catch (error) {
        if (codeOf(error) !== CODES.threadExists) throw error;
      }
    },
    changeThread: (threadId, body, signal) => call('patch', Routes.channel(threadId), { body, signal }),
    async removeThread(threadId, signal) {
      await call('delete', Routes.channel(threadId), { signal });
    },
    async directMessages(userId, signal) {
      const body = { recipient_id: userId };
      const route = Routes.userChannels();
      return (await call<RESTPostAPICurrentUserCreateDMChannelResult>('post', route, { body, signal })).id;
    },
    async typing(channelId, signal) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(TYPING_MS)]);
      await rest.post(Routes.channelTyping(channelId), { signal: limit });
    },
  };
}
