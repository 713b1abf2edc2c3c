import type { Logger } from '../log.ts';
import type { Handled } from '../memory/handled.ts';
import { createSeenSet } from '../seen-set.ts';

/** Does things once, however often platforms tell of what they answer, also across a restart. */
export interface Once {
  /**
   * Where it comes to `failed` or `undecided` it is done again the next time it is told of. What came to `shown` or
   * `told` is known after a restart. Never rejects.
   */
  run(key: string, act: () => Promise<unknown>): Promise<void>;
  /** Resolves when what runs under a key is done. */
  done(key: string): Promise<unknown>;
  /** Whether no more came of it than a reason why there is no answer. */
  wasOnlyTold(key: string): Promise<boolean>;
}

export type OnceOptions = { readonly handled: Handled; readonly log: Logger; readonly now: () => number };

/** As long as an edit may add a mention: one whose answer was removed is not answered again. */
const SEEN_MS = 25 * 3600_000;

export function createOnce({ handled, log, now }: OnceOptions): Once {
  const seen = createSeenSet({ windowMs: SEEN_MS, now });
  const atWork = new Map<string, Promise<unknown>>();

  async function unlessHandled(key: string, act: () => Promise<unknown>): Promise<unknown> {
    if (await handled.has(key)) return 'handled';
    const outcome = await act();
    if (outcome === 'shown' || outcome === 'told') await note(key);
    if (outcome === 'told') await note(toldKey(key));
    return outcome;
  }

  const note = (key: string) =>
    handled.add(key).catch((error: unknown) => log.error('It could not be noted what was dealt with', { error }));

  return {
    async run(key, act) {
      if (!seen.add(key)) return;
      const work = unlessHandled(key, act).catch((error: unknown) => {
        log.error('An event could not be dealt with', { error });
        return 'failed';
      });
      atWork.set(key, work);
      const outcome = await work;
      atWork.delete(key);
      if (outcome === 'failed' || outcome === 'undecided') seen.forget(key);
    },
    done: async (key) => atWork.get(key),
    wasOnlyTold: (key) => handled.has(toldKey(key)),
  };
}

function toldKey(key: string): string {
  return `told ${key}`;
}
