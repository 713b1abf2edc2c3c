import { parentPort, workerData } from 'node:worker_threads';
import type { HelpRecords, WhereHelped } from '../memory/help-outcomes.ts';
import { openHelpRecords } from '../memory/sqlite-help-records.ts';
import { serve } from '../worker/channel.ts';
import { reportChannels } from './help-report.ts';

/** Reads beside the bot's own connection, which goes on writing. */
function start(port: NonNullable<typeof parentPort>, file: string): void {
  let opening: Promise<HelpRecords> | undefined;
  serve(port, {
    async of(where: WhereHelped | undefined) {
      opening ??= openHelpRecords(file).catch((error: unknown) => {
        // The next report tries again.
        opening = undefined;
        throw error;
      });
      return reportChannels(await opening, where);
    },
  });
}

if (parentPort) start(parentPort, workerData as string);
