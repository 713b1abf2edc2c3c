import { setTimeout as sleep } from 'node:timers/promises';
import type { webApi } from '@slack/bolt';
import type { Command, MessageAction } from '../command.ts';
import type { SlackConfig } from '../config.ts';
import { describeError } from '../errors.ts';
import type { Conversations } from '../help/conversations.ts';
import type { Logger } from '../log.ts';
import type { AnswerBook } from '../memory/answer-book.ts';
import { failureText } from '../reply-text.ts';
import { newRequestId } from '../request-id.ts';
import type { RunCommandOptions } from '../run-command.ts';
import { tokenFault } from './api.ts';
import type { Identity } from './identity.ts';
import type { Poster } from './posting.ts';
import { renderText, type SlackMessage } from './reply.ts';
import type { Whereabouts } from './whereabouts.ts';

/** What the listeners share. */
export type Service = {
  readonly config: SlackConfig;
  readonly commands: readonly Command[];
  readonly actions: readonly MessageAction[];
  readonly conversations: Conversations;
  readonly answers: AnswerBook;
  readonly identity: Identity;
  readonly client: webApi.WebClient;
  readonly poster: Poster;
  readonly whereabouts: Whereabouts;
  readonly log: Logger;
  /** How every command is run. */
  readonly running: RunCommandOptions;
  readonly work: Work;
};

/** What runs because somebody asked. */
export interface Work {
  /** Aborts what commands run when the platform closes and they had their time to finish. */
  readonly runSignal: AbortSignal;
  /** Aborts what is being said, a little later: that the bot stops is to be said. */
  readonly postSignal: AbortSignal;
  /**
   * Runs a job to its end and never rejects: what it throws is logged whole, and told to whoever asked as one calm
   * sentence with the request id. Resolves to whether the job succeeded.
   */
  run(job: Job): Promise<boolean>;
  /** Waits, when the platform closes, also for what the conversations do; they end it themselves. */
  follow(work: Promise<void>): Promise<void>;
  /** Lets what runs finish for a while, says `lastWords` where it has not, then aborts it. */
  close(timeoutMs: number, lastWords: () => Promise<void>): Promise<void>;
}

export type Job = {
  /** For the log: "answering a mention". */
  readonly what: string;
  do(requestId: string): Promise<void>;
  /** Says why there is no answer. */
  tell(message: SlackMessage, signal: AbortSignal): Promise<void>;
};

/** For telling people that the bot stops. */
const LAST_WORDS_MS = 2_000;

export function createWork(log: Logger, onTokenFault: (reason: string) => void): Work {
  const running = new Set<Promise<unknown>>();
  const followed = new Set<Promise<unknown>>();
  const run = new AbortController();
  const post = new AbortController();

  const attempt = async ({ what, do: act, tell }: Job): Promise<boolean> => {
    const requestId = newRequestId();
    try {
      await act(requestId);
      return true;
    } catch (error) {
      const fault = tokenFault('SLACK_BOT_TOKEN', error);
      if (fault) onTokenFault(fault.message);
      log.error(`Slack: ${what} failed`, { requestId, error });
      await tell(renderText(failureText(requestId)), post.signal).catch((second) => {
        log.warn('Slack: could not say that it failed', { requestId, reason: describeError(second) });
      });
      return false;
    }
  };
  return {
    runSignal: run.signal,
    postSignal: post.signal,
    run(job) {
      const work = attempt(job);
      running.add(work);
      return work.finally(() => running.delete(work));
    },
    follow(work) {
      followed.add(work);
      return work.finally(() => followed.delete(work));
    },
    async close(timeoutMs, lastWords) {
      await settled([...running, ...followed], timeoutMs);
      run.abort(new Error('The bot is stopping'));
      await settled([...running, lastWords()], LAST_WORDS_MS);
      post.abort(new Error('The bot is stopping'));
      await Promise.all(running);
    },
  };
}

async function settled(running: readonly Promise<unknown>[], timeoutMs: number): Promise<void> {
  if (running.length === 0) return;
  await Promise.race([Promise.all(running), sleep(timeoutMs, undefined, { ref: false })]);
}
