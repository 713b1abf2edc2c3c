import { parentPort } from 'node:worker_threads';
import { openSqliteStore } from '../../src/corpus/sqlite-store.ts';
import { serve } from '../../src/worker/channel.ts';

// Begins a run and keeps it, until its thread ends.
if (parentPort) {
  serve(parentPort, {
    async begin(file: string) {
      const store = await openSqliteStore(file, { runName: 'the bot' });
      const run = await store.beginRun('rows.jsonl', 'the same', { signal: AbortSignal.timeout(25_000) });
      await run.append([], { at: 1 }, 1);
      return run.counts.bad;
    },
  });
}
