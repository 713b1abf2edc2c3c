import type { HelpCount, HelpFacts, HelpOutcome, HelpRecords } from '../../src/memory/help-outcomes.ts';
import { reportChannels } from '../../src/report/help-report.ts';
import type { Reports } from '../../src/report/reports.ts';

const FACTS: HelpFacts = {
  platform: 'discord',
  server: 'S',
  channel: '100000000000000001',
  mode: 'shadow',
  version: '1.2.3, seed, box',
  decision: 'spoke',
  verdict: undefined,
  judged: undefined,
  thumbs: 0,
  linked: false,
  replied: false,
  repliedWithIssue: false,
};

/** Questions of one week; `overrides` says what matters to the test. */
export function aCount(overrides: Partial<HelpCount> = {}): HelpCount {
  return { ...FACTS, week: Date.parse('2026-11-16'), count: 1, ...overrides };
}

export function anOutcome(overrides: Partial<HelpOutcome> = {}): HelpOutcome {
  const { id = 1 } = overrides;
  return {
    ...FACTS,
    id,
    message: { platform: 'discord', server: 'S', channel: FACTS.channel, message: `${id}` },
    link: `https://discord.com/channels/1/2/${id}`,
    issues: [],
    links: [],
    solution: undefined,
    best: undefined,
    decidedAt: Date.parse('2026-11-18'),
    ...overrides,
  };
}

/** Records that have exactly these. */
export function someRecords(counts: readonly HelpCount[], outcomes: readonly HelpOutcome[] = []): HelpRecords {
  return {
    counts: () => counts,
    list: () => outcomes,
    get: (wanted) => outcomes.find(({ id }) => id === wanted),
    vectorOf: () => undefined,
  };
}

/** Reports of these records, in the same thread. */
export function reportsOf(records: HelpRecords): Pick<Reports, 'of'> {
  return { of: async (where) => reportChannels(records, where) };
}
