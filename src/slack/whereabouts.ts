import type { webApi } from '@slack/bolt';
import type { Place } from '../access.ts';
import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';

/** Finds out where something was asked, or a button pressed, as far as it decides which sources may answer. */
export interface Whereabouts {
  of(asked: AskedAt): Promise<Place>;
}

export type AskedAt = {
  readonly channel: string;
  readonly user: string;
  readonly server: string;
  /** Whether the channel is shared with another organisation, where the event says so itself. */
  readonly external?: boolean | undefined;
};

export type WhereaboutsOptions = {
  readonly client: webApi.WebClient;
  /** The bot's own workspace. */
  readonly teamId: string;
  readonly log: Logger;
  readonly now?: () => number;
};

type ChannelKind = 'channel' | 'direct' | 'group' | 'outside';
type PersonKind = 'member' | 'guest' | 'outside';

/** How long a channel that was opened to others, or a member who became a guest, may be taken for what they were. */
const REMEMBERED_MS = 60_000;
const MOST_REMEMBERED = 10_000;

/** What Slack does not tell, for want of a scope or of the bot in the channel, counts as outside. */
export function createWhereabouts({ client, teamId, log, now = Date.now }: WhereaboutsOptions): Whereabouts {
  const channels = remembering<ChannelKind>(now, (channel) => channelKind(channel));
  const people = remembering<PersonKind>(now, (user) => personKind(user));

  const unclear = (what: string) => (error: unknown) => {
    log.debug(`Slack: ${what} cannot be told, so it counts as outside`, { reason: describeError(error) });
    return 'outside' as const;
  };

  async function channelKind(channel: string): Promise<ChannelKind> {
    const { channel: info } = await client.conversations.info({ channel });
    if (!info || info.is_ext_shared || info.is_pending_ext_shared) return 'outside';
    if (info.is_im) return 'direct';
    return info.is_mpim ? 'group' : 'channel';
  }

  async function personKind(user: string): Promise<PersonKind> {
    const { user: info } = await client.users.info({ user });
    if (!info || info.deleted || info.is_stranger || info.team_id !== teamId) return 'outside';
    return info.is_restricted || info.is_ultra_restricted ? 'guest' : 'member';
  }

  return {
    async of({ channel, user, server, external }) {
      const where = { platform: 'slack', server, channel } as const;
      if (external || server !== teamId) return { ...where, kind: 'outside' };
      const [there, who]: [ChannelKind, PersonKind] = await Promise.all([
        // Slack tells of direct messages by the id.
        channel.startsWith('D') ? 'direct' : channels(channel).catch(unclear('whether a channel is shared')),
        people(user).catch(unclear('whether somebody is a guest')),
      ]);
      if (there === 'outside' || who === 'outside') return { ...where, kind: 'outside' };
      // Of a group it is not known whether there are guests in it.
      if (who === 'guest' || there === 'group') return { ...where, kind: 'guest' };
      return { ...where, kind: there };
    },
  };
}

/** What was found out is kept for a while, what failed is not. */
function remembering<Kind>(now: () => number, find: (id: string) => Promise<Kind>): (id: string) => Promise<Kind> {
  const remembered = new Map<string, { readonly kind: Promise<Kind>; readonly until: number }>();
  return (id) => {
    const known = remembered.get(id);
    if (known && known.until > now()) return known.kind;
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    const kind = find(id);
    remembered.set(id, { kind, until: now() + REMEMBERED_MS });
    kind.catch(() => remembered.delete(id));
    return kind;
  };
}
