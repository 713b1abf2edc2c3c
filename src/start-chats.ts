import { setTimeout as sleep } from 'node:timers/promises';
import { describeError, UnavailableError } from './errors.ts';
import type { Logger } from './log.ts';
import type { Platform } from './platform.ts';

export type StartChatsOptions = {
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Waits between tries; the last one repeats. */
  readonly retryMs?: readonly number[];
};

/**
 * Starts all platforms at once, and tries those that cannot be reached again until they can: a bot often starts before
 * its network does.
 *
 * @throws OperatorError of the first platform that only the operator can mend; the signal's reason when it aborts
 */
export async function startChats(
  platforms: readonly Platform[],
  { log, signal, retryMs = [5_000, 15_000, 60_000] }: StartChatsOptions,
): Promise<void> {
  await Promise.all(platforms.map(startPatiently));

  async function startPatiently(platform: Platform): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await platform.start(signal);
      } catch (error) {
        if (!(error instanceof UnavailableError)) throw error;
        const waitMs = retryMs[Math.min(attempt, retryMs.length - 1)] ?? 60_000;
        log.warn(`${describeError(error)} Trying again in ${Math.round(waitMs / 1000)} s.`);
        await sleep(waitMs, undefined, { signal, ref: false });
      }
    }
  }
}
