import { existsSync } from 'node:fs';
import path from 'node:path';
import { readConfig } from '../config.ts';
import { MEMORY_FILE } from '../data-files.ts';
import { openHelpRecords } from '../memory/sqlite-help-records.ts';
import { type ChannelReport, reportChannels } from '../report/help-report.ts';
import { reportJson } from '../report/report-json.ts';
import { definitionLines, groupText, versionLines } from '../report/report-text.ts';
import { readArguments } from './read-arguments.ts';

const USAGE = 'npm run report [-- --channel ID] [--json]';
/** As far back as is listed; what is kept no longer is not counted either. */
const MOST_LISTED = 20_000;
const MOST_LINKS = 10;

/** `npm run report [-- --channel ID] [--json]`: what automatic replies did in help channels. */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = readArguments(args, USAGE, {
    options: { channel: { type: 'string' }, json: { type: 'boolean', default: false } },
  });
  const config = readConfig();
  const file = path.join(config.dataDir, MEMORY_FILE);
  const reports = existsSync(file) ? await readReports(file, values.channel) : [];
  const text = values.json ? JSON.stringify(reportJson(reports), undefined, 2) : reportText(reports);
  process.stdout.write(`${text}\n`);
  return 0;
}

async function readReports(file: string, channel: string | undefined): Promise<readonly ChannelReport[]> {
  const records = await openHelpRecords(file);
  try {
    return reportChannels(records.counts({ channel }), records.list({ channel }, MOST_LISTED));
  } finally {
    records.close();
  }
}

function reportText(reports: readonly ChannelReport[]): string {
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
  return [...channels, definitionLines({ versions }).join('\n')].join('\n\n');
}
