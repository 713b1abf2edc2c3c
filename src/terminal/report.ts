import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Config, isLoopback, readConfig } from '../config.ts';
import { MEMORY_FILE } from '../data-files.ts';
import { openHelpRecords } from '../memory/sqlite-help-records.ts';
import { type ChannelReport, reportChannels } from '../report/help-report.ts';
import { reportJson } from '../report/report-json.ts';
import { definitionLines, groupText, versionLines } from '../report/report-text.ts';
import { pageUrl } from './page-url.ts';
import { readArguments } from './read-arguments.ts';
import { exportReport } from './report-export.ts';

const USAGE = 'npm run report [-- --channel ID] [--json] [--export FILE.jsonl]';
/** The latest; all are counted. */
const MOST_LISTED = 20_000;
const MOST_GROUPED = 2_000;
const MOST_LINKS = 10;

/**
 * `npm run report [-- --channel ID] [--json] [--export FILE.jsonl]`: what automatic replies did in help channels; beside a
 * running bot as well as alone.
 */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = readArguments(args, USAGE, {
    options: {
      channel: { type: 'string' },
      json: { type: 'boolean', default: false },
      export: { type: 'string' },
    },
  });
  const config = readConfig();
  const { reports, outcomes } = await readRecords(path.join(config.dataDir, MEMORY_FILE), values.channel);
  const text = values.json ? JSON.stringify(reportJson(reports), undefined, 2) : reportText(reports, config);
  process.stdout.write(`${text}\n`);
  if (values.export === undefined) return 0;
  const { written, skipped } = await exportReport(values.export, outcomes, config);
  const gone = skipped > 0 ? ` ${skipped} left out: gone, or they cannot be read.` : '';
  process.stderr.write(`${written} questions with their text are in ${values.export}.${gone}\n`);
  return 0;
}

async function readRecords(file: string, channel: string | undefined) {
  if (!existsSync(file)) return { reports: [], outcomes: [] };
  const records = await openHelpRecords(file);
  try {
    const reports = reportChannels(records, { channel }, { most: MOST_GROUPED, limit: MOST_LISTED });
    return { reports, outcomes: records.list({ channel }, MOST_LISTED) };
  } finally {
    records.close();
  }
}

function reportText(reports: readonly ChannelReport[], { web }: Config): string {
  if (reports.length === 0) return 'No question in a help channel was noted yet. The README says how to switch one on.';
  const channels = reports.map((report) => {
    const { platform, server, channel, trouble } = report;
    const groups = trouble.flatMap((group) => [
      `  ${groupText(group)}`,
      ...group.slice(0, MOST_LINKS).map(({ link }) => `    ${link}`),
      ...(group.length > MOST_LINKS ? [`    and ${group.length - MOST_LINKS} more`] : []),
    ]);
    return [`${platform}, server ${server ?? 'none'}, channel ${channel}`, ...versionLines(report), ...groups].join(
      '\n',
    );
  });
  const versions = reports.flatMap((report) => report.versions);
  const plot = isLoopback(web.host) ? [`While the bot runs, a plot by week: ${pageUrl(web)}/report`] : [];
  return [...channels, definitionLines({ versions }).join('\n'), ...plot].join('\n\n');
}
