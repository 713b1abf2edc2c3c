import { FLAGS, type Json } from './discord-rules.ts';
import { DM, type FakeChannel, type FakeMessage, type FakeUser } from './discord-state.ts';
import { userJson } from './discord-user-json.ts';

export type MessageView = {
  readonly channel: FakeChannel;
  readonly bot: FakeUser;
  /** Whether the bot has the message-content intent. */
  readonly seesContent: boolean;
  /** The message that it replies to. */
  readonly repliesTo?: FakeMessage | undefined;
};

/**
 * A message as the gateway and the REST API give it: without the message-content intent its text is there only where
 * the bot wrote it, was mentioned in it, pinged by a reply, or written to directly.
 */
export function messageJson(message: FakeMessage, { channel, bot, seesContent, repliesTo }: MessageView): Json {
  const author = authorOf(message, bot);
  const content = String(message.payload?.content ?? '');
  const isDm = channel.type === DM;
  const mentions = mentionsIn(content, bot);
  const pinged = message.pings && repliesTo ? authorOf(repliesTo, bot) : undefined;
  if (pinged && !mentions.some(({ id }) => id === pinged.id)) mentions.push(pinged);
  const isShown = seesContent || isDm || author.id === bot.id || mentions.some(({ id }) => id === bot.id);
  const { guildId } = channel;
  return {
    id: message.id,
    channel_id: message.channelId,
    author: userJson(author),
    content: isShown ? content : '',
    embeds: [],
    attachments: [],
    components: isShown ? (message.payload?.components ?? []) : [],
    mentions: mentions.map(userJson),
    mention_roles: [],
    mention_everyone: false,
    pinned: false,
    tts: false,
    type: message.type,
    flags: Number(message.payload?.flags ?? 0),
    timestamp: new Date(message.at).toISOString(),
    edited_timestamp: message.editedAt === undefined ? null : new Date(message.editedAt).toISOString(),
    ...(message.replyTo !== undefined && {
      message_reference: { type: 0, message_id: message.replyTo, channel_id: message.channelId, guild_id: guildId },
      referenced_message: repliesTo ? messageJson(repliesTo, { channel, bot, seesContent }) : null,
    }),
  };
}

function authorOf({ author }: FakeMessage, bot: FakeUser): FakeUser {
  return author === 'bot' ? bot : author;
}

function mentionsIn(content: string, bot: FakeUser): FakeUser[] {
  const ids = new Set([...content.matchAll(/<@!?(\d+)>/g)].map(([, id = '']) => id));
  return [...ids].map((id) => (id === bot.id ? bot : { id, username: `person-${id}` }));
}

/** The message on which a component was pressed. */
export function pressedJson(message: FakeMessage, channel: FakeChannel, bot: FakeUser): Json {
  const flags = Number(message.payload?.flags ?? 0);
  const isPrivate = message.visibleTo !== 'everyone';
  return {
    ...messageJson(message, { channel, bot, seesContent: false }),
    components: message.payload?.components ?? [],
    type: 20,
    flags: isPrivate ? flags | FLAGS.ephemeral : flags & ~FLAGS.ephemeral,
  };
}
