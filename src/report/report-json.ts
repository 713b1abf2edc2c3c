import type { ChannelReport } from './help-report.ts';
import { DEFINITIONS, kindOf } from './outcome-kind.ts';

/** The report for programs: without vectors, with what each word means. */
export function reportJson(reports: readonly ChannelReport[]): object {
  return {
    definitions: DEFINITIONS,
    channels: reports.map(({ platform, server, channel, versions, weeks, trouble }) => ({
      platform,
      server,
      channel,
      versions,
      weeks: weeks.map(({ week, totals }) => ({ week: new Date(week).toISOString().slice(0, 10), totals })),
      trouble: trouble.map((group) =>
        group.map((outcome) => ({
          kind: kindOf(outcome),
          message: outcome.link,
          decidedAt: new Date(outcome.decidedAt).toISOString(),
          mode: outcome.mode,
          version: outcome.version,
          issues: outcome.issues,
          linked: outcome.links,
        })),
      ),
    })),
  };
}
