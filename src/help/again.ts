import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../errors.ts';
import type { HelpDesk } from './help-desk.ts';

/**
 * Does what nobody waits for, and again where the platform refuses it for now.
 *
 * @throws what the last try threw; the signal's reason when the bot stops
 */
export async function again<Result>(
  { settings, log, signal }: Pick<HelpDesk, 'settings' | 'log' | 'signal'>,
  act: () => Promise<Result>,
): Promise<Result> {
  for (const delayMs of settings.retryDelaysMs) {
    try {
      return await act();
    } catch (error) {
      signal.throwIfAborted();
      log.info('A platform refuses for now; trying again', { reason: describeError(error) });
    }
    await sleep(delayMs, undefined, { signal, ref: false });
  }
  return act();
}
