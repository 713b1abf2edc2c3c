import type { Delivery } from '../github/webhooks.ts';
import type { IndexThread } from './index-thread.ts';
import type { Persistence } from './retrying.ts';

/** Keeps the repositories of a running bot in step with GitHub. */
export interface Syncing {
  /** From now on this source is synced again and again. */
  add(spec: string): void;
  /** Until the signal aborts. */
  run(): Promise<void>;
  /** Resolves when the store knows of it, unless a sync has to find out first; answers follow. */
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
  const followed = new Set<string>();
  /** One that waits for GitHub's budget holds up no other. */
  const underWay = new Map<string, Promise<void>>();

  async function sync(spec: string): Promise<void> {
    try {
      await thread.call('sync', { spec }, signal);
    } catch (error) {
      report(`${spec} could not be synced; trying again later`, error);
    }
    if (!signal.aborted) await onChange();
  }

  function start(spec: string): void {
    if (underWay.has(spec) || signal.aborted) return;
    underWay.set(
      spec,
      sync(spec).finally(() => underWay.delete(spec)),
    );
  }

  return {
    add: (spec) => void followed.add(spec),
    async run() {
      do for (const spec of followed) start(spec);
      while (await waited(everyMs));
      await Promise.allSettled(underWay.values());
    },
    async take(delivery) {
      const unfinished = await thread.event(delivery, [...followed]);
      void onChange();
      // What is under way may have looked before this happened.
      for (const spec of unfinished) void (underWay.get(spec) ?? Promise.resolve()).then(() => start(spec));
    },
  };
}
