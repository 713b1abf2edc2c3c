import type { SettingsSpot } from '../memory/channel-settings.ts';
import type { HelpCount, HelpOutcome } from '../memory/help-outcomes.ts';
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
  /** What went wrong, alike questions together, the most first. */
  readonly trouble: readonly AlikeGroup[];
};

/** The report of every channel that anything was noted in. */
export function reportChannels(
  counts: readonly HelpCount[],
  outcomes: readonly HelpOutcome[],
): readonly ChannelReport[] {
  const byChannel = groupBy(counts, ({ platform, server, channel }) => `${platform} ${server ?? ''} ${channel}`);
  return [...byChannel.values()].map((all) => {
    const { platform, server, channel } = all[0] as HelpCount;
    const isHere = (outcome: HelpOutcome) => outcome.platform === platform && outcome.channel === channel;
    const trouble = outcomes.filter((outcome) => isHere(outcome) && TROUBLE.includes(kindOf(outcome)));
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
      trouble: groupAlike(trouble),
    };
  });
}

function totalsOf(counts: readonly HelpCount[]): Totals {
  const totals = Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<OutcomeKind, number>;
  for (const count of counts) totals[kindOf(count)] += count.count;
  return totals;
}

function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
