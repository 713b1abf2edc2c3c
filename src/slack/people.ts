import type { webApi } from '@slack/bolt';
import { describeError } from '../errors.ts';
import type { Room, Standing } from '../help/chat.ts';
import type { Logger } from '../log.ts';
import { remembering } from './remembering.ts';
import { repeated } from './repeat.ts';

/** Who may do what. */
export interface People {
  standing(user: string, room: Room, signal: AbortSignal): Promise<Standing>;
}

export type PeopleOptions = {
  readonly client: webApi.WebClient;
  /** Who is a manager everywhere, by id. */
  readonly managers: readonly string[];
  /** The user group of a place's helpers, by id. */
  readonly helpersRole: (room: Room) => string | undefined;
  readonly log: Logger;
};

/** Managers are the workspace's admins and owners, and who made the channel; helpers are in the user group. */
export function createPeople({ client, managers, helpersRole, log }: PeopleOptions): People {
  const admins = remembering(Date.now, async (user) => {
    const { user: info } = await client.users.info({ user });
    return Boolean(info?.is_admin || info?.is_owner || info?.is_primary_owner);
  });
  const creators = remembering(Date.now, async (channel) => {
    const { channel: info } = await client.conversations.info({ channel });
    return info?.creator ?? '';
  });
  const helpers = remembering(Date.now, async (usergroup) => {
    const { users = [] } = await client.usergroups.users.list({ usergroup });
    return users;
  });

  /** What Slack does not tell gives nobody a right. */
  const known = async <Fact>(what: string, ask: () => Promise<Fact>, signal: AbortSignal) => {
    try {
      return await repeated(ask, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      log.warn(`Slack: ${what} cannot be told`, { reason: describeError(error) });
      return undefined;
    }
  };

  return {
    async standing(user, room, signal) {
      if (managers.includes(user)) return 'manager';
      const [isAdmin, creator] = await Promise.all([
        known('who is an admin', () => admins(user), signal),
        room.channel.startsWith('D') ? '' : known('who made a channel', () => creators(room.channel), signal),
      ]);
      if (isAdmin || creator === user) return 'manager';
      const role = helpersRole(room);
      if (role === undefined) return 'member';
      const group = await known('who is a helper', () => helpers(role), signal);
      return group?.includes(user) ? 'helper' : 'member';
    },
  };
}
