import { setTimeout as sleep } from 'node:timers/promises';
import type { webApi } from '@slack/bolt';
import type { Logger } from '../log.ts';
import { orAbort } from '../or-abort.ts';
import { judge } from './api.ts';
import { FellOutError, isGone } from './refusal.ts';
import { repeated, waitMs } from './repeat.ts';
import type { SlackMessage } from './reply.ts';

export type Post = {
  readonly channel: string;
  readonly threadTs?: string | undefined;
  readonly message: SlackMessage;
  /** Names the post: the same key is posted once, however often it is asked for. */
  readonly key: string;
  /** Whether it may be sent once more when Slack leaves it open whether it arrived; see `Poster.post`. */
  readonly asked: boolean;
};

export type Posted = { readonly channel: string; readonly ts: string };

/** Messages that everybody in a channel sees. */
export interface Poster {
  /**
   * Posts once. Slack's "too many" and an unreachable Slack are waited out. When Slack leaves it open whether the post
   * arrived (no answer, a server error) it is looked up by its metadata where the bot may read the channel; not found
   * or not readable, a post that somebody asked for is sent once more, any other never.
   *
   * @throws FellOutError when the thread vanished; what Slack's client threw when it did not succeed; the signal's reason
   * when it aborts
   */
  post(post: Post, signal: AbortSignal): Promise<Posted>;
  /** Replaces what a post says. May be repeated without harm, so it is, a few times. */
  update(posted: Posted, message: SlackMessage, signal: AbortSignal): Promise<void>;
  /** Turns a post into another, which from then on stands under its key. */
  become(posted: Posted, post: Post, signal: AbortSignal): Promise<Posted>;
  /** Deletes a post; one that is gone counts as deleted. */
  remove(posted: Posted, signal: AbortSignal): Promise<void>;
}

export type PosterOptions = {
  readonly client: webApi.WebClient;
  /** As granted; undefined when unknown: then looking up is tried. */
  readonly scopes: readonly string[] | undefined;
  readonly log: Logger;
  /** Slack allows about one message a second in a channel. */
  readonly intervalMs?: number;
  readonly now?: () => number;
};

const MOST_TRIES = 4;
/** In intervals. */
const LONGEST_TURN = 3;
/** How long a key stands for what was posted under it. */
const RECORD_MS = 30 * 60_000;
/** By which Slack's clock may differ from ours. */
const MOST_SKEW_SECONDS = 600;
const EVENT_TYPE = 'precedent_post';
/** What must not stay is deleted even while the bot stops. */
const NEVER = new AbortController().signal;

export function createPoster({ client, scopes, log, intervalMs = 1_050, now = Date.now }: PosterOptions): Poster {
  /** In the order of posting, so the oldest come first. */
  const records = new Map<string, { readonly posted: Promise<Posted>; readonly at: number }>();
  /** By channel, settles when the next message may be sent. */
  const free = new Map<string, Promise<unknown>>();

  /**
   * Sends when it is this message's turn in its channel: one interval after the one before it arrived, so that Slack
   * sees them apart, however long the way there takes. One that hangs does not hold up the others for long.
   */
  const inTurn = async <Result>(channel: string, signal: AbortSignal, act: () => Promise<Result>): Promise<Result> => {
    const turn = free.get(channel) ?? Promise.resolve();
    let finish = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const next = turn.then(() =>
      Promise.race([finished.then(() => sleep(intervalMs)), sleep(LONGEST_TURN * intervalMs)]),
    );
    free.set(channel, next);
    void next.then(() => free.get(channel) === next && free.delete(channel));
    try {
      await orAbort(() => turn, signal);
      return await act();
    } finally {
      finish();
    }
  };

  const send = async ({ channel, threadTs, message, key }: Post): Promise<Posted> => {
    const response = await client.chat.postMessage({
      channel,
      text: message.text,
      blocks: [...message.blocks],
      unfurl_links: false,
      unfurl_media: false,
      metadata: { event_type: EVENT_TYPE, event_payload: { key } },
      ...(threadTs && { thread_ts: threadTs }),
    });
    // Posted to a user's id, it comes back with the channel that it really went to.
    const posted = { channel: response.channel ?? channel, ts: response.ts ?? '' };
    if (threadTs && response.message && response.message.thread_ts === undefined) {
      await remove(posted, NEVER).catch((error: unknown) => {
        log.error('Slack: a reply that fell out of its thread could not be deleted', { error });
      });
      throw new FellOutError();
    }
    return posted;
  };

  const remove = async ({ channel, ts }: Posted, signal: AbortSignal): Promise<void> => {
    try {
      await repeated(() => client.chat.delete({ channel, ts }), signal);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  };

  const lookUp = async ({ channel, threadTs, key }: Post, since: number): Promise<Posted | undefined> => {
    if (!mayRead(channel, scopes)) return undefined;
    const window = { channel, oldest: String(since / 1000 - MOST_SKEW_SECONDS), limit: 50, include_all_metadata: true };
    try {
      const { messages = [] } = threadTs
        ? await client.conversations.replies({ ...window, ts: threadTs })
        : await client.conversations.history(window);
      const found = messages.find((message) => keyOf(message) === key);
      return found?.ts ? { channel, ts: found.ts } : undefined;
    } catch (error) {
      log.debug('Slack: could not look whether a message had arrived', { error });
      return undefined;
    }
  };

  const postOnce = async (post: Post, signal: AbortSignal): Promise<Posted> => {
    const since = now();
    let repeated = false;
    for (let tries = 1; ; tries++) {
      try {
        return await orAbort(() => send(post), signal);
      } catch (error) {
        if (error instanceof FellOutError) throw error;
        const failure = judge(error);
        if (signal.aborted || failure.kind === 'refused' || tries === MOST_TRIES) throw error;
        if (failure.kind === 'unknown') {
          const found = await orAbort(() => lookUp(post, since), signal);
          if (found) return found;
          if (!post.asked || repeated) throw error;
          repeated = true;
          log.warn('Slack: sending a message once more, it is not known whether it arrived', { channel: post.channel });
        }
        await sleep(Math.max(intervalMs, waitMs(failure, tries)), undefined, { signal });
      }
    }
  };

  return {
    post(post, signal) {
      const time = now();
      for (const [key, { at }] of records) {
        if (at > time - RECORD_MS) break;
        records.delete(key);
      }
      const known = records.get(post.key);
      if (known) return known.posted;
      const posted = inTurn(post.channel, signal, () => postOnce(post, signal));
      records.set(post.key, { posted, at: time });
      // What failed may be asked for again.
      void posted.catch(() => records.delete(post.key));
      return posted;
    },
    async update({ channel, ts }, message, signal) {
      await repeated(
        () => client.chat.update({ channel, ts, text: message.text, blocks: [...message.blocks] }),
        signal,
      );
    },
    async become(posted, { message, key }, signal) {
      const { channel, ts } = posted;
      const metadata = { event_type: EVENT_TYPE, event_payload: { key } };
      const update = { channel, ts, text: message.text, blocks: [...message.blocks], metadata };
      await repeated(() => client.chat.update(update), signal);
      records.set(key, { posted: Promise.resolve(posted), at: now() });
      return posted;
    },
    remove,
  };
}

/** Of what is granted by default only direct messages may be read. */
export function mayRead(channel: string, scopes: readonly string[] | undefined): boolean {
  if (!scopes) return true;
  const kinds = { D: ['im'], G: ['groups', 'mpim'], C: ['channels'] }[channel.charAt(0)] ?? [];
  return kinds.some((kind) => scopes.includes(`${kind}:history`));
}

function keyOf(message: object): unknown {
  const { metadata } = message as { metadata?: { event_type?: string; event_payload?: { key?: unknown } } };
  return metadata?.event_type === EVENT_TYPE ? metadata.event_payload?.key : undefined;
}
