import { setTimeout as sleep } from 'node:timers/promises';
import type { webApi } from '@slack/bolt';
import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { orAbort } from '../or-abort.ts';
import type { SlackMessage } from './reply.ts';

/** Where an interaction came from, which is where its answers go. */
export type Place = {
  readonly channel: string;
  readonly user: string;
  /** The thread that it happened in. */
  readonly threadTs?: string | undefined;
};

/** The answers to one interaction, through the address that Slack sent with it. */
export interface Responder {
  /** A message that only the user sees. Where the address is used up, it goes through the bot's own permission. */
  tellUser(message: SlackMessage, signal: AbortSignal): Promise<void>;
  /** A message in the channel, also where the bot is no member. @throws ResponseUrlError when it did not arrive */
  tellChannel(message: SlackMessage, signal: AbortSignal): Promise<void>;
  /** Puts another in the place of the message that was pressed. @throws ResponseUrlError when it did not arrive */
  replace(message: SlackMessage, signal: AbortSignal): Promise<void>;
  /** Takes the message that was pressed away. @throws ResponseUrlError when it did not arrive */
  remove(signal: AbortSignal): Promise<void>;
}

/** Slack's addresses take five messages within half an hour. */
const MOST_USES = 5;
const LIFETIME_MS = 30 * 60_000;

/** The message did not go through the address: it is used up (`status` 404), or Slack did not take it. */
export class ResponseUrlError extends Error {
  override readonly name = 'ResponseUrlError';
  /** Undefined when there was no answer at all. */
  readonly status: number | undefined;

  constructor(message: string, status: number | undefined, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.status = status;
  }
}

export type ResponderOptions = {
  readonly url: string | undefined;
  readonly place: Place;
  readonly client: webApi.WebClient;
  readonly log: Logger;
  /** When Slack made the address. */
  readonly issuedAt?: number;
  readonly timeoutMs?: number;
  readonly now?: () => number;
};

export function createResponder({
  url,
  place,
  client,
  log,
  timeoutMs = 10_000,
  now = Date.now,
  issuedAt = now(),
}: ResponderOptions): Responder {
  let uses = 0;

  const use = async (body: object, signal: AbortSignal) => {
    if (!url || uses >= MOST_USES || now() - issuedAt >= LIFETIME_MS) {
      throw new ResponseUrlError('There is no address to respond to any more', 404);
    }
    uses++;
    await postJson(url, body, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
  };

  /** Once more where it is open whether it arrived: whoever asked would rather see it twice than never. */
  const insist = async (body: object, signal: AbortSignal) => {
    try {
      await use(body, signal);
    } catch (error) {
      if (signal.aborted || !(error instanceof ResponseUrlError) || isRefusal(error.status)) throw error;
      await sleep(1_000, undefined, { signal });
      await use(body, signal);
    }
  };

  const sendAsked = (type: 'ephemeral' | 'in_channel' | 'replace', message: SlackMessage, signal: AbortSignal) =>
    insist(
      {
        ...(type === 'replace' ? { replace_original: true } : { response_type: type, replace_original: false }),
        text: message.text,
        blocks: message.blocks,
        unfurl_links: false,
        unfurl_media: false,
        ...(place.threadTs && { thread_ts: place.threadTs }),
      },
      signal,
    );

  return {
    tellChannel: (message, signal) => sendAsked('in_channel', message, signal),
    replace: (message, signal) => sendAsked('replace', message, signal),
    remove: (signal) => insist({ delete_original: true }, signal),
    async tellUser(message, signal) {
      try {
        await sendAsked('ephemeral', message, signal);
      } catch (error) {
        if (signal.aborted) throw error;
        log.debug('Slack: answering through the channel instead', { reason: describeError(error) });
        const { channel, user, threadTs } = place;
        await orAbort(
          () =>
            client.chat.postEphemeral({
              channel,
              user,
              text: message.text,
              blocks: [...message.blocks],
              ...(threadTs && { thread_ts: threadTs }),
            }),
          signal,
        );
      }
    },
  };
}

function isRefusal(status: number | undefined): boolean {
  return status !== undefined && status !== 429 && status < 500;
}

async function postJson(url: string, body: object, signal: AbortSignal): Promise<void> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(body),
      redirect: 'error',
      signal,
    });
    await response.arrayBuffer();
  } catch (error) {
    throw new ResponseUrlError('No answer from the address to respond to', undefined, error);
  }
  if (!response.ok)
    throw new ResponseUrlError(`The address to respond to answered ${response.status}`, response.status);
}
