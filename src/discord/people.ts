import { randomUUID } from 'node:crypto';
import { type Client, type GuildMember, PermissionFlagsBits } from 'discord.js';
import type { Room, Standing } from '../help/chat.ts';
import { problem } from '../run-command.ts';
import type { DiscordApi } from './api.ts';
import { renderPost } from './reply.ts';
import { CODES, codeOf } from './rest.ts';

/** Who may do what, and direct messages. */
export interface People {
  standing(user: string, room: Room): Promise<Standing>;
  tell(user: string, text: string, signal: AbortSignal, above?: string): Promise<boolean>;
}

export type PeopleOptions = {
  readonly api: DiscordApi;
  readonly client: () => Client | undefined;
  /** Who is a manager everywhere, by id. */
  readonly managers: readonly string[];
  /** The role of a place's helpers, by id. */
  readonly helpersRole: (room: Room) => string | undefined;
};

/** How long a person's roles are taken for what they were: Discord tells of changes only with an intent of its own. */
const REMEMBERED_MS = 30_000;
const MOST_REMEMBERED = 1_000;

export function createPeople({ api, client, managers, helpersRole }: PeopleOptions): People {
  const remembered = new Map<string, { readonly member: Promise<GuildMember | undefined>; readonly until: number }>();

  const memberOf = (server: string, user: string): Promise<GuildMember | undefined> => {
    const key = `${server}:${user}`;
    const known = remembered.get(key);
    if (known && known.until > Date.now()) return known.member;
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    const member = fetchMember(client()?.guilds.cache.get(server), user);
    member.catch(() => remembered.delete(key));
    remembered.set(key, { member, until: Date.now() + REMEMBERED_MS });
    return member;
  };

  return {
    async standing(user, room) {
      if (managers.includes(user)) return 'manager';
      if (room.server === undefined) return 'member';
      const member = await memberOf(room.server, user);
      if (!member) return 'member';
      const channel = member.guild.channels.cache.get(room.thread ?? room.channel);
      const may = channel?.permissionsFor(member) ?? member.permissions;
      if (may.has(PermissionFlagsBits.ManageChannels)) return 'manager';
      const role = helpersRole(room);
      return role !== undefined && member.roles.cache.has(role) ? 'helper' : 'member';
    },
    async tell(user, text, signal, above) {
      try {
        const channel = await api.directMessages(user, signal);
        await api.post(
          channel,
          renderPost({ outcome: problem(text), banner: above, actions: [] }),
          { nonce: randomUUID().slice(0, 25) },
          signal,
        );
        return true;
      } catch (error) {
        if (UNREACHABLE.has(codeOf(error))) return false;
        throw error;
      }
    },
  };
}

/** Who takes no direct messages from the bot, or is not there any more. */
const UNREACHABLE = new Set<number | undefined>([
  CODES.closedToDirectMessages,
  CODES.noMutualServers,
  CODES.invalidRecipient,
]);

type Members = { readonly members: { fetch(options: { user: string; force: boolean }): Promise<GuildMember> } };

async function fetchMember(guild: Members | undefined, user: string): Promise<GuildMember | undefined> {
  if (!guild) return undefined;
  try {
    return await guild.members.fetch({ user, force: true });
  } catch (error) {
    if (codeOf(error) === CODES.unknownMember) return undefined;
    throw error;
  }
}
