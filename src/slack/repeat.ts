import { setTimeout as sleep } from 'node:timers/promises';
import { orAbort } from '../or-abort.ts';
import { type Failure, judge } from './api.ts';

const MOST_TRIES = 4;
const LONGEST_WAIT_MS = 60_000;

/**
 * Does what may be done again without harm, a few times where it may pass: Slack's "too many", no answer, a server error.
 *
 * @throws what Slack's client threw when it did not succeed; the signal's reason when it aborts
 */
export async function repeated<Result>(act: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await orAbort(act, signal);
    } catch (error) {
      const failure = judge(error);
      if (signal.aborted || failure.kind === 'refused' || tries === MOST_TRIES) throw error;
      await sleep(waitMs(failure, tries), undefined, { signal });
    }
  }
}

export function waitMs(failure: Failure, tries: number): number {
  return failure.kind === 'later' ? Math.min(failure.afterMs, LONGEST_WAIT_MS) : 500 * tries;
}
