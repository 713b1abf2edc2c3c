import type { Worker } from 'node:worker_threads';
import { connect, type Remote } from '../worker/channel.ts';

/** A thread that runs a model, and what it says of it. */
export type ModelThread<Facts> = { readonly remote: Remote; readonly facts: Facts };

export interface RunningModel<Facts> {
  /** Of the first thread. */
  readonly facts: Facts;
  /** The thread that runs, or another one in its place: a failed thread costs the calls it had, not the bot. */
  remote(): Promise<Remote>;
  close(): Promise<void>;
}

export type RunModelOptions<Facts> = {
  readonly startWorker: () => Worker;
  readonly signal?: AbortSignal | undefined;
  /** Called when a thread has failed that was not closed. */
  readonly onLost: () => void;
  /** Whether the thread that came in place of a failed one runs the same. @throws where it does not */
  readonly check?: (facts: Facts, first: Facts) => void;
};

/** Runs a model in a thread of its own, which answers `facts` once it is loaded. */
export async function runModel<Facts>({
  startWorker,
  signal,
  onLost,
  check = () => {},
}: RunModelOptions<Facts>): Promise<RunningModel<Facts>> {
  let closed = false;
  let thread: Promise<ModelThread<Facts>> | undefined;

  async function startThread(aborted?: AbortSignal): Promise<ModelThread<Facts>> {
    const worker = startWorker();
    const remote = connect(worker);
    try {
      const facts = await remote.call<Facts>('facts', undefined, { signal: aborted });
      worker.once('exit', () => {
        thread = undefined;
        if (!closed) onLost();
      });
      return { remote, facts };
    } catch (error) {
      await remote.close();
      throw error;
    }
  }

  async function startAgain(first: Facts): Promise<ModelThread<Facts>> {
    const next = await startThread();
    try {
      check(next.facts, first);
      return next;
    } catch (error) {
      await next.remote.close();
      throw error;
    }
  }

  const first = await startThread(signal);
  thread = Promise.resolve(first);
  return {
    facts: first.facts,
    async remote() {
      if (closed) throw new Error('the model was closed');
      thread ??= startAgain(first.facts);
      thread.catch(() => {
        thread = undefined;
      });
      return (await thread).remote;
    },
    async close() {
      closed = true;
      const last = await thread?.catch(() => undefined);
      await last?.remote.close();
    },
  };
}
