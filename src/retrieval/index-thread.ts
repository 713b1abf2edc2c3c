import { setTimeout as sleep } from 'node:timers/promises';
import type { MessagePort } from 'node:worker_threads';
import type { Delivery } from '../github/webhooks.ts';
import type { Logger } from '../log.ts';
import type { Progress } from '../progress.ts';
import { channel, connect, type Remote, startWorker } from '../worker/channel.ts';
import type { AskedTitle } from './asked-titles.ts';
import type { IndexReport, IndexWorkerData } from './index-worker.ts';

/** The bot's thread for indexing. Starts with its first work, and anew should it ever stop. */
export interface IndexThread {
  /**
   * `load`: reads a source and publishes its rows. `sync`: brings a repository's rows up to date. `look`: reads what
   * changed in one, beside a sync. `embed`: brings the vectors up to date of what changed since the index was made.
   * `update`: brings vectors and index files up to date.
   */
  call(method: 'load' | 'sync' | 'look', argument: { readonly spec: string }, signal: AbortSignal): Promise<void>;
  call(method: 'embed' | 'update', argument: undefined, signal: AbortSignal): Promise<void>;
  /** Titles to be asked, for measuring how sure hits are. */
  titles(most: number, signal: AbortSignal): Promise<readonly AskedTitle[]>;
  /** Applies a webhook to these sources; resolves with those that a sync has to look at for the rest. */
  event(delivery: Delivery, specs: readonly string[]): Promise<readonly string[]>;
  /** Embeds from now on through the ports that this opens. */
  embedThrough(openPort: () => Promise<MessagePort>): Promise<void>;
  /** After the work's signals were aborted: lets it end cleanly. */
  close(): Promise<void>;
}

export type IndexThreadOptions = {
  readonly data: Omit<IndexWorkerData, 'reports'>;
  readonly log: Logger;
  /** Called with undefined when some work has ended. */
  readonly onProgress: (progress: Progress | undefined) => void;
};

const CLOSE_TIMEOUT_MS = 3_000;

export function createIndexThread({ data, log, onProgress }: IndexThreadOptions): IndexThread {
  let thread: Promise<Remote> | undefined;
  let openPort: (() => Promise<MessagePort>) | undefined;
  let running = 0;

  function started(): Promise<Remote> {
    thread ??= start();
    return thread;
  }

  async function start(): Promise<Remote> {
    const { near, far } = channel();
    near.on('message', (report: IndexReport) => {
      if (report.kind === 'log') log[report.level](report.message, report.fields);
      // It may come in after the end of the work that it tells of.
      else if (running > 0) onProgress(report.progress);
    });
    near.unref();
    const worker = startWorker('index-worker', import.meta.url, { ...data, reports: far }, [far]);
    worker.once('exit', () => {
      near.close();
      thread = undefined;
    });
    const remote = connect(worker);
    if (openPort) await handOver(remote, openPort);
    return remote;
  }

  async function handOver(remote: Remote, open: () => Promise<MessagePort>): Promise<void> {
    const port = await open();
    await remote.call('embedder', port, { transfer: [port] });
  }

  return {
    async call(method: string, argument: unknown, signal: AbortSignal) {
      running++;
      try {
        await (await started()).call(method, argument, { signal });
      } finally {
        running--;
        onProgress(undefined);
      }
    },
    titles: async (most, signal) => (await started()).call('titles', { most }, { signal }),
    event: async (delivery, specs) => (await started()).call('event', { delivery, specs }),
    async embedThrough(open) {
      const before = thread;
      openPort = open;
      const remote = await started();
      if (before) await handOver(remote, open);
    },
    async close() {
      const remote = await thread?.catch(() => undefined);
      if (!remote) return;
      await Promise.race([remote.call('close'), sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })]).catch(() => {});
      await remote.close();
    },
  };
}
