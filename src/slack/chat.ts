import { setTimeout as sleep } from 'node:timers/promises';
import type { webApi } from '@slack/bolt';
import { describeError } from '../errors.ts';
import { type Chat, ChatRefusal, type MessageRef, type Post, type PostOptions, type Room } from '../help/chat.ts';
import type { Logger } from '../log.ts';
import { orAbort } from '../or-abort.ts';
import { STOPPING } from '../reply-text.ts';
import { newRequestId } from '../request-id.ts';
import { problem } from '../run-command.ts';
import { judge, refusalCode } from './api.ts';
import type { History } from './history.ts';
import type { Identity } from './identity.ts';
import type { People } from './people.ts';
import { mayRead, type Posted, type Poster, type Post as PosterPost } from './posting.ts';
import { meaningOf, refusalOf } from './refusal.ts';
import { repeated, waitMs } from './repeat.ts';
import { renderPost, renderText, type SlackMessage } from './reply.ts';
import type { Whereabouts } from './whereabouts.ts';
import { createWorkSigns } from './work-signs.ts';

export type SlackVoiceOptions = {
  readonly client: webApi.WebClient;
  readonly poster: Poster;
  readonly history: History;
  readonly people: People;
  readonly whereabouts: Whereabouts;
  readonly identity: Identity;
  /** Whether messages that do not address the bot are read. */
  readonly readsMessages: boolean;
  /** Set on what is solved; undefined: nothing is. */
  readonly solvedEmoji: string | undefined;
  /** How long an answer may take before there is a sign of work. */
  readonly workSignMs: number;
  readonly log: Logger;
  /** Told of every error of Slack's. */
  readonly onError: (error: unknown) => void;
  /** Aborts what is being said when the platform closes. */
  readonly signal: AbortSignal;
};

const MOST_TRIES = 4;

export type SlackVoice = {
  readonly chat: Chat;
  /** Tells whoever still waits that the bot stops. */
  sayGoodbye(): Promise<void>;
};

/** What conversations can do on Slack. */
export function createSlackVoice(options: SlackVoiceOptions): SlackVoice {
  const { client, poster, history, people, identity, readsMessages, solvedEmoji, log, signal: stopping } = options;
  const { scopes, url } = identity;
  const profile = (user: string) => `${url}team/${user}`;
  const signs = createWorkSigns({
    afterMs: options.workSignMs,
    post: ({ channel, thread }, message) =>
      poster.post({ channel, threadTs: thread, message, key: `sign:${newRequestId()}`, asked: false }, stopping),
    remove: (posted) => poster.remove(posted, stopping),
  });

  /** What Slack refuses for good is told apart from what may pass. */
  const tried = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      options.onError(error);
      throw refusalOf(error);
    }
  };

  async function post(room: Room, what: Post, { key, asked }: PostOptions, signal: AbortSignal): Promise<MessageRef> {
    const message = renderPost(what, { inThread: room.thread !== undefined, profile });
    const request = { channel: room.channel, threadTs: room.thread, message, key, asked };
    const sign = asked ? await signs.take(room) : undefined;
    const posted = (sign && (await become(sign, request, signal))) ?? (await poster.post(request, signal));
    return { ...room, channel: posted.channel, message: posted.ts };
  }

  /** Turns the sign of work into the answer; undefined when somebody deleted it meanwhile. */
  async function become(sign: Posted, request: PosterPost, signal: AbortSignal): Promise<Posted | undefined> {
    try {
      return await poster.become(sign, request, signal);
    } catch (error) {
      if (refusalCode(error) === undefined) throw error;
      log.warn('Slack: posting an answer anew', { reason: describeError(error) });
      return undefined;
    }
  }

  /** Slack keeps no private messages, so what may have arrived is not sent again. */
  async function whisper(user: string, { channel, thread }: Room, message: SlackMessage, signal: AbortSignal) {
    const request = {
      channel,
      user,
      text: message.text,
      blocks: [...message.blocks],
      ...(thread && { thread_ts: thread }),
    };
    for (let tries = 1; ; tries++) {
      try {
        await orAbort(() => client.chat.postEphemeral(request), signal);
        return;
      } catch (error) {
        const failure = judge(error);
        if ((failure.kind !== 'later' && failure.kind !== 'unsent') || tries === MOST_TRIES) throw error;
        await sleep(waitMs(failure, tries), undefined, { signal });
      }
    }
  }

  async function mark({ channel }: Room, timestamp: string, solved: boolean, signal: AbortSignal): Promise<void> {
    const reaction = { channel, timestamp, name: solvedEmoji ?? '' };
    try {
      await repeated(() => (solved ? client.reactions.add(reaction) : client.reactions.remove(reaction)), signal);
    } catch (error) {
      const code = refusalCode(error);
      if (code !== 'already_reacted' && code !== 'no_reaction') throw error;
    }
  }

  async function access({ channel }: Room, signal: AbortSignal) {
    if (channel.startsWith('D')) return { ok: true, detail: 'direct messages' };
    try {
      const { channel: info } = await repeated(() => client.conversations.info({ channel }), signal);
      if (info?.is_archived) return { ok: false, detail: 'the channel is archived' };
      if (!info?.is_member) return { ok: false, detail: 'the bot is not in the channel: invite it' };
    } catch (error) {
      const detail = meaningOf(error);
      if (detail === undefined) throw error;
      return { ok: false, detail };
    }
    if (!readsMessages) return { ok: false, detail: 'messages are not read: READ_MESSAGES is off' };
    if (!mayRead(channel, scopes)) return { ok: false, detail: 'the app lacks channels:history and groups:history' };
    return { ok: true, detail: 'the bot can read and post there' };
  }

  const reads: Chat['reads'] = ({ channel }) => channel.startsWith('D') || (readsMessages && mayRead(channel, scopes));

  const chat: Chat = {
    platform: 'slack',
    reads,
    post: (room, what, how, signal) => tried(() => post(room, what, how, AbortSignal.any([signal, stopping]))),
    edit: ({ channel, thread, message: ts }, what, signal) => {
      const message = renderPost(what, { inThread: thread !== undefined, profile });
      return tried(() => poster.update({ channel, ts }, message, signal));
    },
    remove: ({ channel, message: ts }, signal) => tried(() => poster.remove({ channel, ts }, signal)),
    openThread: async ({ message, ...room }) => ({ ...room, thread: room.thread ?? message }),
    removeThread: async () => {},
    othersWrote: (thread, isAsker, signal) => tried(() => history.othersWrote(thread, isAsker, signal)),
    read: (message, signal) => tried(() => history.read(message, signal)),
    lookUp: async (message, signal) => (reads(message) ? tried(() => history.lookUp(message, signal)) : 'unreadable'),
    writtenAfter: (message, signal) => tried(() => history.writtenAfter(message, signal)),
    firstMessage: (thread, signal) => tried(() => history.firstMessage(thread, signal)),
    showWork: (room, until) => signs.show(room, until),
    placeOf: ({ channel }) => options.whereabouts.ofChannel(channel),
    standing: (user, room, signal) => people.standing(user, room, signal),
    async tell(user, text, signal, banner) {
      const key = `tell:${newRequestId()}`;
      const message = renderPost({ outcome: problem(text), banner, actions: [] }, { inThread: false, profile });
      try {
        await poster.post({ channel: user, message, key, asked: false }, signal);
        return true;
      } catch (error) {
        if (refusalOf(error) instanceof ChatRefusal) return false;
        throw error;
      }
    },
    whisper: (user, room, what, signal) =>
      tried(() => whisper(user, room, renderPost(what, { inThread: room.thread !== undefined, profile }), signal)),
    async mark(thread, on, solved, signal) {
      const timestamp = thread.thread ?? on?.message;
      if (solvedEmoji === undefined || timestamp === undefined) return;
      await tried(() => mark(thread, timestamp, solved, signal));
    },
    access,
    linkTo({ channel, thread, message }) {
      if (message === undefined) return `${url}archives/${channel}`;
      const inThread = thread && thread !== message ? `?thread_ts=${thread}&cid=${channel}` : '';
      return `${url}archives/${channel}/p${message.replace('.', '')}${inThread}`;
    },
  };

  async function sayGoodbye(): Promise<void> {
    const message = renderText(STOPPING);
    for (const { room, shown } of await signs.close()) {
      const { channel, thread: threadTs } = room;
      const request = { channel, threadTs, message, key: `goodbye:${newRequestId()}`, asked: false };
      const said = shown ? poster.update(shown, message, stopping) : poster.post(request, stopping);
      await said.catch((error: unknown) => log.debug('Slack: could not say that the bot stops', { error }));
    }
  }
  return { chat, sayGoodbye };
}
