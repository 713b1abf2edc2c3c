import type { Logger } from '../log.ts';
import type { Conversations } from './conversations.ts';

export type PatrolOptions = {
  readonly conversations: Pick<Conversations, 'patrol'>;
  readonly everyMs: number;
  readonly log: Logger;
};

/** Starts looking after the help channels, one at a time, so that a thousand cost no more than one. */
export function patrolChannels({ conversations, everyMs, log }: PatrolOptions): { close(): Promise<void> } {
  let looking: Promise<void> | undefined;
  const timer = setInterval(() => {
    looking ??= conversations
      .patrol()
      .catch((error: unknown) => log.warn('Help channels could not be looked after', { error }))
      .finally(() => {
        looking = undefined;
      });
  }, everyMs);
  timer.unref();
  return {
    async close() {
      clearInterval(timer);
      await looking;
    },
  };
}
