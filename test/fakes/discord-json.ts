import { FLAGS, type Json } from './discord-rules.ts';
import {
  DM,
  type FakeChannel,
  type FakeGuild,
  type FakeMessage,
  type FakeUser,
  MAY,
  PUBLIC_THREAD,
} from './discord-state.ts';

/** The shapes in which the gateway brings things: what discord.js needs of each to take it for real. */

function userJson({ id, username, bot = false }: FakeUser): Json {
  return { id, username, discriminator: '0', avatar: null, global_name: username, bot };
}

function memberJson(user: FakeUser): Json {
  const joined = '2026-01-01T00:00:00Z';
  return { user: userJson(user), roles: [], joined_at: joined, deaf: false, mute: false, permissions: '0', flags: 0 };
}

export function guildJson({ id, name }: FakeGuild, all: readonly FakeChannel[], bot: FakeUser): Json {
  const channels = all.filter(({ guildId }) => guildId === id);
  const isThread = ({ type }: FakeChannel) => type === PUBLIC_THREAD;
  // Everybody's role has nothing: what a channel allows is what the bot has there.
  const everybody = { id, name: '@everyone', permissions: '0', position: 0, color: 0, hoist: false, managed: false };
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
    roles: [{ ...everybody, mentionable: false, flags: 0 }],
    members: [memberJson(bot)],
    channels: channels.filter((channel) => !isThread(channel)).map((channel) => channelJson(channel, bot)),
    threads: channels.filter(isThread).map((channel) => channelJson(channel, bot)),
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
  const { id, type, name, guildId, parentId, permissions, archived, locked } = channel;
  if (type === DM) return { id, type, flags: 0 };
  const thread = type === PUBLIC_THREAD && {
    thread_metadata: { archived, locked, auto_archive_duration: 1_440, archive_timestamp: '2026-01-01T00:00:00Z' },
    owner_id: owner.id,
  };
  return {
    id,
    type,
    name,
    guild_id: guildId,
    parent_id: parentId ?? null,
    position: 0,
    flags: 0,
    permission_overwrites: [{ id: guildId, type: 0, allow: String(permissions), deny: '0' }],
    ...thread,
  };
}

/** What every message has. */
function messageJson(message: FakeMessage, author: FakeUser, at: number): Json {
  return {
    id: message.id,
    channel_id: message.channelId,
    author: userJson(author),
    content: '',
    embeds: [],
    attachments: [],
    components: message.payload?.components ?? [],
    mentions: [],
    mention_roles: [],
    mention_everyone: false,
    pinned: false,
    tts: false,
    timestamp: new Date(at).toISOString(),
    edited_timestamp: null,
  };
}

/** MESSAGE_CREATE, without the content that a bot without the message-content intent does not get. */
export function messageEventJson(
  message: FakeMessage,
  channel: FakeChannel,
  bot: FakeUser,
  at: number,
  type: number,
): Json {
  const author = message.author === 'bot' ? bot : message.author;
  const content = String(message.payload?.content ?? '');
  const mentioned = content.includes(`<@${bot.id}>`) || content.includes(`<@!${bot.id}>`);
  const isDm = channel.type === DM;
  return {
    ...messageJson(message, author, at),
    type,
    ...(isDm ? { channel_type: DM } : { guild_id: channel.guildId, member: memberJson(author) }),
    content: isDm || mentioned ? content : '',
    mentions: mentioned ? [userJson(bot)] : [],
  };
}

/** The message on which a component was pressed. */
function pressedJson(message: FakeMessage, bot: FakeUser, at: number): Json {
  const flags = Number(message.payload?.flags ?? 0);
  const isPrivate = message.visibleTo !== 'everyone';
  return {
    ...messageJson(message, bot, at),
    type: 20,
    flags: isPrivate ? flags | FLAGS.ephemeral : flags & ~FLAGS.ephemeral,
  };
}

export type InteractionParts = {
  readonly head: Json;
  readonly user: FakeUser;
  readonly bot: FakeUser;
  readonly channel: FakeChannel;
  readonly guild: FakeGuild | undefined;
  readonly isUserInstallOnly: boolean;
  readonly source: FakeMessage | undefined;
  readonly at: number;
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
  at,
}: InteractionParts): Json {
  const whose = guild
    ? {
        context: 0,
        guild_id: guild.id,
        guild: { id: guild.id, locale: 'en-US', features: [] },
        member: memberJson(user),
      }
    : { context: isUserInstallOnly ? 2 : 1, user: userJson(user) };
  return {
    ...head,
    version: 1,
    ...(source && { message: pressedJson(source, bot, at) }),
    channel: { ...channelJson(channel, bot), ...(channel.type === DM && { recipients: [userJson(user)] }) },
    channel_id: channel.id,
    // An app that is not in the server has next to nothing there.
    app_permissions: String(isUserInstallOnly ? MAY.embed : channel.permissions),
    authorizing_integration_owners: isUserInstallOnly ? { 1: user.id } : { 0: guild?.id ?? '0' },
    locale: 'en-US',
    entitlements: [],
    attachment_size_limit: 10_485_760,
    ...whose,
  };
}
