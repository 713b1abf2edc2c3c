import { setTimeout as sleep } from 'node:timers/promises';
import { OperatorError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Budget } from './github.ts';

export type Headers = Readonly<Record<string, string | number | undefined>>;

/** What one credential may still ask. While it is spent, everybody who uses it waits. */
export interface BudgetKeeper {
  readonly budget: Budget | undefined;
  /** Takes note of an answer. A refusal for a limit makes everybody wait. */
  note(headers: Headers, limit?: 'primary' | 'secondary'): void;
  /** Resolves when requests may be made again. */
  ready(signal: AbortSignal | undefined): Promise<void>;
}

/** Where a secondary limit names no time. */
const FALLBACK_PAUSE_MS = 60_000;
/** A primary limit is an hour's; what claims to last longer is a clock that is wrong. */
const LONGEST_PAUSE_MS = 65 * 60_000;

export function createBudgetKeeper(log: Logger): BudgetKeeper {
  let budget: Budget | undefined;
  let pausedUntilMs = 0;

  const pauseUntil = (timeMs: number, reason: string) => {
    if (timeMs <= pausedUntilMs) return;
    pausedUntilMs = timeMs;
    if (timeMs - Date.now() > 1000)
      log.warn(`${reason}; going on at ${new Date(timeMs).toISOString().slice(11, 19)} UTC`);
  };

  return {
    get budget() {
      return budget;
    },
    note(headers, limit) {
      const numbers = ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'].map((name) =>
        Number(headers[name]),
      );
      const [most = 0, left = 0, reset = 0] = numbers;
      const told = numbers.every((number) => Number.isFinite(number)) && most > 0;
      if (told) budget = { limit: most, left, resetsAt: new Date(reset * 1000).toISOString() };
      // A second more: the reset is told in whole seconds.
      if (told && (left === 0 || limit === 'primary'))
        return pauseUntil((reset + 1) * 1000, "GitHub's hourly budget is spent");
      if (!limit) return;
      const retryAfter = Number(headers['retry-after']);
      const pauseMs = Number.isFinite(retryAfter) ? retryAfter * 1000 : FALLBACK_PAUSE_MS;
      pauseUntil(Date.now() + pauseMs, 'GitHub asks for a pause (secondary rate limit)');
    },
    async ready(signal) {
      for (let leftMs = pausedUntilMs - Date.now(); leftMs > 0; leftMs = pausedUntilMs - Date.now()) {
        if (leftMs > LONGEST_PAUSE_MS) {
          throw new OperatorError(
            `GitHub's rate limit is spent until ${new Date(pausedUntilMs).toISOString()}, which is more than an hour away. Check this machine's clock.`,
          );
        }
        await sleep(leftMs, undefined, { signal }).catch((error: unknown) => {
          signal?.throwIfAborted();
          throw error;
        });
      }
    },
  };
}
