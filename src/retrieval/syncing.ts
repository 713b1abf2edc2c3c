import type { Delivery } from '../github/webhooks.ts';
import type { IndexThread } from './index-thread.ts';
import type { Persistence } from './retrying.ts';

/** Keeps the repositories of a running bot in step with GitHub. */
export interface Syncing {
  /** Webhooks of this source are taken from now on: what goes while it is read for the first time is gone. */
  hear(spec: string): void;
  /** From now on this source is synced again and again, and heard of. */
  add(spec: string): void;
  /** Until the signal aborts. */
  run(): Promise<void>;
  /** Resolves when the store knows of it, unless GitHub has to be asked first; answers follow. */
  take(delivery: Delivery): Promise<void>;
}

export type SyncingOptions = Pick<Persistence, 'report' | 'waited'> & {
  readonly thread: IndexThread;
  readonly everyMs: number;
  readonly signal: AbortSignal;
  /** Has the index follow the store; never rejects. */
  readonly onChange: () => Promise<void>;
};

export function createSyncing({ thread, everyMs, signal, report, waited, onChange }: SyncingOptions): Syncing {
  const heard = new Set<string>();
  const followed = new Set<string>();
  /** One that waits for GitHub's budget holds up no other. */
  const syncs = createWork('sync');
  /** What a webhook leaves open waits for no sync: that one may take an hour. */
  const looks = createWork('look');

  /** One at a time for each source. */
  function createWork(method: 'sync' | 'look') {
    const underWay = new Map<string, Promise<void>>();
    const again = new Set<string>();

    async function work(spec: string): Promise<void> {
      do {
        again.delete(spec);
        try {
          await thread.call(method, { spec }, signal);
        } catch (error) {
          report(`${spec} could not be synced; trying again later`, error);
        }
        if (!signal.aborted) await onChange();
      } while (again.has(spec) && !signal.aborted);
      // In the same turn as the look at `again`: what is asked for in between would be nobody's.
      underWay.delete(spec);
    }

    return {
      start(spec: string): void {
        if (!underWay.has(spec) && !signal.aborted) underWay.set(spec, work(spec));
      },
      /** Also after the one under way, which may have looked before something happened. */
      restart(spec: string): void {
        again.add(spec);
        this.start(spec);
      },
      ended: () => Promise.allSettled(underWay.values()),
    };
  }

  return {
    hear: (spec) => void heard.add(spec),
    add(spec) {
      heard.add(spec);
      followed.add(spec);
    },
    async run() {
      do for (const spec of followed) syncs.start(spec);
      while (await waited(everyMs));
      await Promise.all([syncs.ended(), looks.ended()]);
    },
    async take(delivery) {
      const unfinished = await thread.event(delivery, [...heard]);
      void onChange();
      for (const spec of unfinished) looks.restart(spec);
    },
  };
}
