import type { ChannelRules, ChannelSettings, SettingsSpot } from '../memory/channel-settings.ts';
import type { RetrieverStatus } from '../retrieval/serving.ts';

/** How sure the bot can be of anything that it finds. */
export type Sureness = Pick<RetrieverStatus, 'mode' | 'surest'>;

/** Why a channel with these rules stays silent whatever is asked, and what to do, in one line; undefined: it does not. */
export function silenceLine({ mode, band }: ChannelRules, { mode: search, surest }: Sureness): string | undefined {
  if ((mode ?? 'off') === 'off' || surest === 'strong' || (surest === 'fair' && band === 'fair')) return undefined;
  if (search === 'keyword') {
    return 'Silent while search is by keyword: how sure such hits are is not measured.';
  }
  return surest === undefined ? UNMEASURED : NONE_STRONG;
}

const UNMEASURED =
  'Silent but for what helpers taught, until it is measured how sure hits are: that begins once everything is indexed, and needs more than a few issues.';
const NONE_STRONG =
  'Silent but for what helpers taught: as measured, no hit in what is indexed is ever strong. band=fair lets fair hits speak as well; under shadow the report tells first how often those are right.';

/** Channels that stay silent for one reason. */
export type Silence = { readonly line: string; readonly spots: readonly SettingsSpot[] };

/** More are not read for a line of text. */
const MOST_LOOKED_AT = 50;

/** The help channels that stay silent whatever is asked, of a server or of all, by the reason; the first of many. */
export function silentChannels(
  { active, rulesOf }: Pick<ChannelSettings, 'active' | 'rulesOf'>,
  sureness: Sureness,
  where?: Parameters<ChannelSettings['active']>[1],
): readonly Silence[] {
  if (sureness.surest === 'strong') return [];
  const byLine = new Map<string, SettingsSpot[]>();
  for (const { spot } of active(MOST_LOOKED_AT, where)) {
    const line = silenceLine(rulesOf(spot), sureness);
    if (line === undefined) continue;
    const spots = byLine.get(line);
    if (spots) spots.push(spot);
    else byLine.set(line, [spot]);
  }
  return [...byLine].map(([line, spots]) => ({ line, spots }));
}

const MOST_NAMED = 5;

/** `Help channels C1, C2` */
export function namedChannels(spots: readonly SettingsSpot[]): string {
  const named = spots.slice(0, MOST_NAMED).map(({ channel }) => channel);
  const more = spots.length > named.length ? ' and more' : '';
  return `Help channel${spots.length === 1 ? '' : 's'} ${named.join(', ')}${more}`;
}
