import { sourceKey } from './corpus/source-key.ts';

/**
 * Who may see what. A private source answers only where it was allowed by id; what follows from that for direct
 * messages, guests and places outside is decided here, and nowhere else.
 */

/** Where something is asked or shown: together with the rules it says which sources may answer there. */
export type Place = {
  readonly platform: 'discord' | 'slack' | 'web' | 'terminal';
  readonly kind: PlaceKind;
  /** The server (Discord) or workspace (Slack). */
  readonly server?: string | undefined;
  /** In a direct message on Discord, which stands in no server: those that the asker is a member of. */
  readonly memberOf?: readonly string[] | undefined;
  readonly channel?: string | undefined;
  /** Discord, where `channel` is a thread: the channel that it stands in. */
  readonly parent?: string | undefined;
};

/**
 * - `channel`: in a server or workspace that the bot is a member of.
 * - `direct`: a direct message with the bot.
 * - `guest`: a guest of the workspace asks (Slack).
 * - `outside`: others may read it, or nobody knows who does: the bot used by somebody who installed it for themselves, an
 *   external shared channel, a page that is not loopback. What is unclear counts as this.
 * - `local`: the terminal, and the page while it is loopback.
 */
export type PlaceKind = 'channel' | 'direct' | 'guest' | 'outside' | 'local';

/** Where a private source may answer: a server or workspace, or a single channel there with its threads. */
export type Grant = {
  readonly platform: 'discord' | 'slack';
  readonly server: string;
  readonly channel?: string | undefined;
};

/** By source (`sourceKey`): those that are private, and where they may answer. */
export type AccessRules = ReadonlyMap<string, readonly Grant[]>;

/** A source as far as visibility goes. */
export type SourceVisibility = {
  readonly spec: string;
  /** As told where it comes from. */
  readonly isPrivate: boolean;
};

/**
 * The sources that may answer at a place, by spec. One that is private, by itself or by the rules, answers only where
 * the rules allow it; a private one that they do not name answers nowhere.
 *
 * A direct message sees what the whole server or workspace may see, never what single channels may; a guest what their
 * channel may, never what the whole workspace may; a place outside only what is public.
 */
export function visibleSources(
  place: Place,
  sources: readonly SourceVisibility[],
  rules: AccessRules,
): readonly string[] {
  return sources
    .filter(({ spec, isPrivate }) => {
      const grants = rules.get(sourceKey(spec));
      return grants ? maySee(place, grants) : !isPrivate;
    })
    .map(({ spec }) => spec);
}

function maySee(place: Place, grants: readonly Grant[]): boolean {
  const there = grants.filter(
    ({ platform, server }) => platform === place.platform && serversOf(place).includes(server),
  );
  switch (place.kind) {
    case 'local':
      return true;
    case 'outside':
      return false;
    case 'direct':
      return there.some(({ channel }) => channel === undefined);
    case 'guest':
      return there.some(({ channel }) => isIn(place, channel));
    case 'channel':
      return there.some(({ channel }) => channel === undefined || isIn(place, channel));
  }
}

function serversOf({ kind, server, memberOf = [] }: Place): readonly string[] {
  return kind === 'direct' && server === undefined ? memberOf : server === undefined ? [] : [server];
}

function isIn(place: Place, channel: string | undefined): boolean {
  return channel !== undefined && (channel === place.channel || channel === place.parent);
}

/** The rules, applied to the sources as they are at the moment. */
export interface Access {
  /** The sources that may answer there, by spec. */
  sees(place: Place): Promise<readonly string[]>;
  /** The servers or workspaces that private sources are allowed in as a whole. */
  servers(platform: Grant['platform']): readonly string[];
}

export type AccessOptions = {
  readonly rules: AccessRules;
  /** As they are now: a source may become private at any time. */
  readonly sources: () => Promise<readonly SourceVisibility[]>;
};

export function createAccess({ rules, sources }: AccessOptions): Access {
  return {
    sees: async (place) => visibleSources(place, await sources(), rules),
    servers(platform) {
      const whole = [...rules.values()].flat().filter((grant) => grant.platform === platform && !grant.channel);
      return [...new Set(whole.map(({ server }) => server))];
    },
  };
}
