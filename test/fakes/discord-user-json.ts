import type { Json } from './discord-rules.ts';
import type { FakeGuild, FakeUser } from './discord-state.ts';

export function userJson({ id, username, bot = false }: FakeUser): Json {
  return { id, username, discriminator: '0', avatar: null, global_name: username, bot };
}

export function memberJson(user: FakeUser, guild: FakeGuild | undefined): Json {
  const joined = '2026-01-01T00:00:00Z';
  const roles = guild?.rolesOf.get(user.id) ?? [];
  return { user: userJson(user), roles, joined_at: joined, deaf: false, mute: false, flags: 0 };
}

/** What somebody may do in a server, by the roles they have. */
export function permissionsOf(user: FakeUser, guild: FakeGuild): bigint {
  const roles = guild.rolesOf.get(user.id) ?? [];
  return guild.roles.filter(({ id }) => roles.includes(id)).reduce((bits, { permissions }) => bits | permissions, 0n);
}
