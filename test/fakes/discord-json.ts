import { pressedJson } from './discord-message-json.ts';
import type { Json } from './discord-rules.ts';
import {
  DM,
  type FakeChannel,
  type FakeGuild,
  type FakeMessage,
  type FakeUser,
  FORUM,
  MAY,
  PUBLIC_THREAD,
} from './discord-state.ts';
import { memberJson, permissionsOf, userJson } from './discord-user-json.ts';

/** The shapes in which the gateway brings things: what discord.js needs of each to take it for real. */

export function guildJson(guild: FakeGuild, all: readonly FakeChannel[], bot: FakeUser): Json {
  const { id, name } = guild;
  const channels = all.filter(({ guildId }) => guildId === id);
  const isThread = ({ type }: FakeChannel) => type === PUBLIC_THREAD;
  const plain = { color: 0, hoist: false, managed: false, flags: 0 };
  // Everybody's role has nothing: what a channel allows is what the bot has there.
  const everybody = { ...plain, id, name: '@everyone', permissions: '0', position: 0, mentionable: false };
  const roles = guild.roles.map((role, index) => ({
    ...plain,
    id: role.id,
    name: role.name,
    permissions: String(role.permissions),
    position: index + 1,
    mentionable: role.mentionable,
  }));
  return {
    id,
    name,
    unavailable: false,
    owner_id: '1',
    member_count: 2,
    large: false,
    features: [],
    emojis: [],
    stickers: [],
    roles: [everybody, ...roles],
    members: [memberJson(bot, guild)],
    channels: channels.filter((channel) => !isThread(channel)).map((channel) => channelJson(channel, bot)),
    // Only those that are active; of the others nothing is said.
    threads: channels.filter((channel) => isThread(channel) && !channel.archived).map((one) => channelJson(one, bot)),
    voice_states: [],
    presences: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
    preferred_locale: 'en-US',
    verification_level: 0,
    default_message_notifications: 0,
    explicit_content_filter: 0,
    mfa_level: 0,
    premium_tier: 0,
    nsfw_level: 0,
    system_channel_flags: 0,
    premium_progress_bar_enabled: false,
  };
}

export function channelJson(channel: FakeChannel, owner: FakeUser): Json {
  const { id, type, name, guildId, parentId, permissions, archived, locked, archiveMinutes } = channel;
  if (type === DM) return { id, type, flags: 0 };
  const thread = type === PUBLIC_THREAD && {
    thread_metadata: { archived, locked, auto_archive_duration: archiveMinutes, archive_timestamp: LONG_AGO },
    owner_id: channel.ownerId ?? owner.id,
    applied_tags: channel.appliedTags,
    message_count: 1,
    member_count: 1,
  };
  const forum = type === FORUM && {
    available_tags: channel.tags.map((tag) => ({ ...tag, emoji_id: null, emoji_name: null })),
    default_reaction_emoji: null,
    default_sort_order: null,
    default_forum_layout: 0,
  };
  return {
    id,
    type,
    name,
    guild_id: guildId,
    parent_id: parentId ?? null,
    position: 0,
    flags: channel.requiresTag ? REQUIRE_TAG : 0,
    permission_overwrites: [{ id: guildId, type: 0, allow: String(permissions), deny: '0' }],
    ...thread,
    ...forum,
  };
}

const LONG_AGO = '2026-01-01T00:00:00Z';
const REQUIRE_TAG = 1 << 4;

export type InteractionParts = {
  readonly head: Json;
  readonly user: FakeUser;
  readonly bot: FakeUser;
  readonly channel: FakeChannel;
  readonly guild: FakeGuild | undefined;
  readonly isUserInstallOnly: boolean;
  readonly source: FakeMessage | undefined;
  /** The bot's in that channel. */
  readonly permissions: bigint;
};

/** INTERACTION_CREATE. */
export function interactionJson({
  head,
  user,
  bot,
  channel,
  guild,
  isUserInstallOnly,
  source,
  permissions,
}: InteractionParts): Json {
  const whose = guild
    ? {
        context: 0,
        guild_id: guild.id,
        guild: { id: guild.id, locale: 'en-US', features: [] },
        member: { ...memberJson(user, guild), permissions: String(permissionsOf(user, guild)) },
      }
    : { context: isUserInstallOnly ? 2 : 1, user: userJson(user) };
  return {
    ...head,
    version: 1,
    ...(source && { message: pressedJson(source, channel, bot) }),
    channel: { ...channelJson(channel, bot), ...(channel.type === DM && { recipients: [userJson(user)] }) },
    channel_id: channel.id,
    // An app that is not in the server has next to nothing there.
    app_permissions: String(isUserInstallOnly ? MAY.embed : permissions),
    authorizing_integration_owners: isUserInstallOnly ? { 1: user.id } : { 0: guild?.id ?? '0' },
    locale: 'en-US',
    entitlements: [],
    attachment_size_limit: 10_485_760,
    ...whose,
  };
}
