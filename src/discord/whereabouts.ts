import { type Interaction, InteractionContextType, type REST, Routes } from 'discord.js';
import type { Place } from '../access.ts';
import type { Room } from '../help/chat.ts';

/** Finds out where something was asked, or a button pressed, as far as it decides which sources may answer. */
export interface Whereabouts {
  ofInteraction(interaction: Interaction): Promise<Place>;
  /** Of what `user` wrote there. */
  ofRoom(room: Room, user: string): Promise<Place>;
}

export type WhereaboutsOptions = {
  readonly rest: REST;
  /** Those whose members see private sources: of who writes a direct message it is asked whether they are one. */
  readonly servers: readonly string[];
  readonly now?: () => number;
};

/** How long somebody who left a server may still be taken for a member. */
const REMEMBERED_MS = 60_000;
const MOST_REMEMBERED = 10_000;

export function createWhereabouts({ rest, servers, now = Date.now }: WhereaboutsOptions): Whereabouts {
  const remembered = new Map<string, { readonly servers: Promise<readonly string[]>; readonly until: number }>();

  const memberOf = (user: string): Promise<readonly string[]> => {
    const known = remembered.get(user);
    if (known && known.until > now()) return known.servers;
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    const found = Promise.all(servers.map(async (server) => ((await isMember(rest, server, user)) ? [server] : [])));
    const entry = { servers: found.then((lists) => lists.flat()), until: now() + REMEMBERED_MS };
    remembered.set(user, entry);
    return entry.servers;
  };
  const direct = async (user: string, channel: string | undefined): Promise<Place> => ({
    platform: 'discord',
    kind: 'direct',
    memberOf: await memberOf(user),
    channel,
  });

  return {
    async ofInteraction(interaction) {
      const { guildId, channelId, channel, context, user } = interaction;
      const where = { platform: 'discord' as const, server: guildId ?? undefined, channel: channelId ?? undefined };
      if (guildId === null) {
        // One between people, or a group, has readers that the bot knows nothing of.
        return context === InteractionContextType.BotDM
          ? direct(user.id, where.channel)
          : { ...where, kind: 'outside' };
      }
      // Used by somebody who installed it for themselves, the bot itself is not there.
      if (!interaction.inCachedGuild()) return { ...where, kind: 'outside' };
      return { ...where, kind: 'channel', parent: parentOf(channel) };
    },
    async ofRoom({ server, channel, thread }, user) {
      if (server === undefined) return direct(user, channel);
      const parent = thread === undefined ? undefined : channel;
      return { platform: 'discord', kind: 'channel', server, channel: thread ?? channel, parent };
    },
  };
}

function parentOf(channel: Interaction['channel']): string | undefined {
  return channel?.isThread() ? (channel.parentId ?? undefined) : undefined;
}

/** False where it cannot be told: what is unclear sees less. */
function isMember(rest: REST, server: string, user: string): Promise<boolean> {
  return rest.get(Routes.guildMember(server, user)).then(
    () => true,
    () => false,
  );
}
