import type { WhereHelped } from '../memory/help-outcomes.ts';
import { connect, type Remote, startWorker } from '../worker/channel.ts';
import type { ChannelReport } from './help-report.ts';

/** The reports of help channels beside a running bot, counted in a thread of their own: nothing waits for it. */
export interface Reports {
  /**
   * Of every channel there that anything was noted in.
   *
   * @throws OperatorError when the memory's file cannot be read
   */
  of(where?: WhereHelped): Promise<readonly ChannelReport[]>;
  close(): Promise<void>;
}

/** The thread starts with the first report, since most bots show none for days. */
export function openReports(file: string): Reports {
  let thread: Remote | undefined;
  let isClosed = false;

  function started(): Remote {
    if (isClosed) throw new Error('the reports were closed');
    if (thread) return thread;
    const worker = startWorker('report-worker', import.meta.url, file);
    const remote = connect(worker);
    // Should it fail, the next report starts another one.
    worker.once('exit', () => {
      if (thread === remote) thread = undefined;
    });
    thread = remote;
    return remote;
  }

  return {
    of: async (where) => started().call<readonly ChannelReport[]>('of', where),
    async close() {
      isClosed = true;
      await thread?.close();
    },
  };
}
