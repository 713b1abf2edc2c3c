import type { webApi } from '@slack/bolt';
import type { Place } from '../access.ts';
import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { remembering } from './remembering.ts';
import { repeated } from './repeat.ts';

const PATIENCE_MS = 10_000;

/** Finds out where something was asked, or a button pressed, as far as it decides which sources may answer. */
export interface Whereabouts {
  of(asked: AskedAt): Promise<Place>;
  /** Of a channel itself: who will read there, whoever asks. */
  ofChannel(channel: string): Promise<Place>;
  /** Whether somebody is of another organisation, or it cannot be told. */
  isStranger(user: string): Promise<boolean>;
}

export type AskedAt = {
  readonly channel: string;
  readonly user: string;
  /** A bot through which people write: of them no more is known than of guests. */
  readonly bridge?: boolean | undefined;
  readonly server: string;
  /** Whether the channel is shared with another organisation, where the event says so itself. */
  readonly external?: boolean | undefined;
};

export type WhereaboutsOptions = {
  readonly client: webApi.WebClient;
  /** The bot's own workspace. */
  readonly teamId: string;
  /** Channels that are shared with others and in which the bot may answer all the same, by id. */
  readonly sharedChannels?: readonly string[];
  readonly log: Logger;
  /** Told of every error of Slack's. */
  readonly onError?: (error: unknown) => void;
  readonly now?: () => number;
};

type ChannelKind = 'channel' | 'direct' | 'group' | 'outside';
type PersonKind = 'member' | 'guest' | 'outside';

/** What Slack does not tell, for want of a scope or of the bot in the channel, counts as outside. */
export function createWhereabouts({
  client,
  teamId,
  sharedChannels = [],
  log,
  onError = () => {},
  now = Date.now,
}: WhereaboutsOptions): Whereabouts {
  const channels = remembering<ChannelKind>(now, (channel) => channelKind(channel));
  const people = remembering<PersonKind>(now, (user) => personKind(user));

  /** What may pass is no reason to take a place for one outside. */
  const patiently = <Answer>(ask: () => Promise<Answer>) => repeated(ask, AbortSignal.timeout(PATIENCE_MS));
  const unclear = (what: string) => (error: unknown) => {
    onError(error);
    log.debug(`Slack: ${what} cannot be told, so it counts as outside`, { reason: describeError(error) });
    return 'outside' as const;
  };

  async function channelKind(channel: string): Promise<ChannelKind> {
    const { channel: info } = await patiently(() => client.conversations.info({ channel }));
    if (!info || info.is_ext_shared || info.is_pending_ext_shared) return 'outside';
    if (info.is_im) return 'direct';
    return info.is_mpim ? 'group' : 'channel';
  }

  async function personKind(user: string): Promise<PersonKind> {
    const { user: info } = await patiently(() => client.users.info({ user }));
    if (!info || info.deleted || info.is_stranger || info.team_id !== teamId) return 'outside';
    return info.is_restricted || info.is_ultra_restricted ? 'guest' : 'member';
  }

  return {
    async ofChannel(channel) {
      const where = { platform: 'slack', server: teamId, channel } as const;
      if (sharedChannels.includes(channel)) return { ...where, kind: 'guest' };
      const kind = await channels(channel).catch(unclear('whether a channel is shared'));
      return { ...where, kind: kind === 'group' ? 'guest' : kind };
    },
    async of({ channel, user, server, external, bridge }) {
      const where = { platform: 'slack', server, channel } as const;
      if (sharedChannels.includes(channel)) return { ...where, server: teamId, kind: 'guest' };
      if (external || server !== teamId) return { ...where, kind: 'outside' };
      const [there, who]: [ChannelKind, PersonKind] = await Promise.all([
        // Slack tells of direct messages by the id.
        channel.startsWith('D') ? 'direct' : channels(channel).catch(unclear('whether a channel is shared')),
        bridge ? 'guest' : people(user).catch(unclear('whether somebody is a guest')),
      ]);
      if (there === 'outside' || who === 'outside') return { ...where, kind: 'outside' };
      // Of a group it is not known whether there are guests in it.
      if (who === 'guest' || there === 'group') return { ...where, kind: 'guest' };
      return { ...where, kind: there };
    },
    isStranger: async (user) => (await people(user).catch(unclear('who somebody is'))) === 'outside',
  };
}
