import type { SettingsSpot } from '../memory/channel-settings.ts';
import type { HelpCount, HelpFacts, HelpOutcome, HelpRecords, WhereHelped } from '../memory/help-outcomes.ts';
import { type AlikeGroup, groupAlike } from './group-alike.ts';
import { KINDS, kindOf, type OutcomeKind, TROUBLE } from './outcome-kind.ts';

/** How many questions are of each kind. */
export type Totals = Readonly<Record<OutcomeKind, number>>;

/** What automatic replies did in one channel. */
export type ChannelReport = SettingsSpot & {
  readonly channel: string;
  /** By mode and version. */
  readonly versions: readonly { readonly mode: string; readonly version: string; readonly totals: Totals }[];
  /** By the Monday that each week begins with, in milliseconds since 1970; weeks without questions are absent. */
  readonly weeks: readonly { readonly week: number; readonly totals: Totals }[];
  /** What went wrong lately, alike questions together, the most first. */
  readonly trouble: readonly AlikeGroup[];
  /** What would have been shown lately under `shadow`, and nobody has judged yet; the newest first. */
  readonly unjudged: readonly HelpOutcome[];
};

/** As many are compared with each other within some milliseconds. */
const MOST_GROUPED = 200;

/**
 * The report of every channel that anything was noted in.
 *
 * @param most so many of a channel's latest that went wrong are listed
 */
export function reportChannels(
  records: HelpRecords,
  where?: WhereHelped,
  { most = MOST_GROUPED, limit }: { readonly most?: number; readonly limit?: number } = {},
): readonly ChannelReport[] {
  const byChannel = groupBy(records.counts(where), keyOf);
  const latest = groupBy(records.list(where, limit), keyOf);
  return [...byChannel].map(([key, all]) => {
    const { platform, server, channel } = all[0] as HelpCount;
    const lately = latest.get(key) ?? [];
    const trouble = lately.filter((outcome) => TROUBLE.includes(kindOf(outcome)));
    return {
      platform,
      server,
      channel,
      versions: [...groupBy(all, ({ mode, version }) => `${mode} ${version}`).values()].map((some) => {
        const { mode, version } = some[0] as HelpCount;
        return { mode, version, totals: totalsOf(some) };
      }),
      weeks: [...groupBy(all, ({ week }) => week)]
        .map(([week, some]) => ({ week, totals: totalsOf(some) }))
        .sort((one, other) => one.week - other.week),
      trouble: groupAlike(trouble.slice(0, most), records.vectorOf),
      unjudged: lately.filter(isUnjudged),
    };
  });
}

function isUnjudged({ mode, decision, judged }: HelpOutcome): boolean {
  return mode === 'shadow' && decision === 'spoke' && judged === undefined;
}

function keyOf({ platform, server = '', channel }: HelpFacts): string {
  return `${platform} ${server} ${channel}`;
}

function totalsOf(counts: readonly HelpCount[]): Totals {
  const totals = Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<OutcomeKind, number>;
  for (const count of counts) totals[kindOf(count)] += count.count;
  return totals;
}

function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
