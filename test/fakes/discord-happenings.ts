import { FakeGateway, INTENTS } from './discord-gateway.ts';
import { channelJson } from './discord-json.ts';
import { messageJson } from './discord-message-json.ts';
import type { Json } from './discord-rules.ts';
import {
  DM,
  type FakeChannel,
  type FakeGuild,
  type FakeMessage,
  type FakeUser,
  FORUM,
  PUBLIC_THREAD,
} from './discord-state.ts';
import { memberJson, userJson } from './discord-user-json.ts';
import { FakeDiscordWorld } from './discord-world.ts';

type Words = {
  readonly author?: FakeUser;
  readonly type?: number;
  readonly replyTo?: FakeMessage;
  readonly pings?: boolean;
};

/** What happens on the fake Discord without commands: messages, threads, servers, and the events that come of it. */
export abstract class FakeDiscordHappenings extends FakeDiscordWorld {
  abstract readonly gateway: FakeGateway;

  // Messages

  /** Somebody writes in a channel, or to the bot; comes back with the message as it lies there. */
  say(content: string, channel: FakeChannel, { author = this.person, type, replyTo, pings }: Words = {}): FakeMessage {
    this.#openAgain(channel);
    const options = { author, type, replyTo: replyTo?.id, pings };
    const message = this.addMessage(channel, { content }, options);
    this.deliverMessage(message);
    return message;
  }

  /** Delivers a message's event, again if need be. */
  deliverMessage(message: FakeMessage, event: 'MESSAGE_CREATE' | 'MESSAGE_UPDATE' = 'MESSAGE_CREATE'): void {
    const channel = this.channelOf(message);
    const author = message.author === 'bot' ? this.botUser : message.author;
    const guild = this.guilds.get(channel.guildId ?? '');
    const where = guild ? { guild_id: guild.id, member: memberJson(author, guild) } : { channel_type: DM };
    const repliesTo = this.repliedTo(message);
    const data = (intents: number) => ({
      ...messageJson(message, {
        channel,
        bot: this.botUser,
        repliesTo,
        seesContent: (intents & INTENTS.content) !== 0,
      }),
      ...where,
    });
    this.gateway.dispatch(event, data, FakeGateway.intentFor('messages', channel.type === DM));
  }

  /** Whoever wrote a message changes it. */
  editMessage(message: FakeMessage, content: string): void {
    message.payload = { ...message.payload, content };
    message.editedAt = this.now();
    this.deliverMessage(message, 'MESSAGE_UPDATE');
  }

  /** A message is removed, by whomever. */
  deleteMessage(message: FakeMessage): void {
    message.deleted = true;
    const channel = this.channelOf(message);
    const data = { id: message.id, channel_id: channel.id, guild_id: channel.guildId };
    this.gateway.dispatch('MESSAGE_DELETE', data, FakeGateway.intentFor('messages', channel.type === DM));
  }

  /** Somebody puts an emoji on a message. */
  react(message: FakeMessage, emoji: string, { user = this.person, added = true } = {}): void {
    const channel = this.channelOf(message);
    if (added) message.reactions.push({ emoji, by: user.id });
    const guild = this.guilds.get(channel.guildId ?? '');
    const data = {
      user_id: user.id,
      channel_id: channel.id,
      message_id: message.id,
      emoji: { id: null, name: emoji },
      type: 0,
      burst: false,
      ...(guild && { guild_id: guild.id }),
      ...(guild && added && { member: memberJson(user, guild) }),
    };
    const event = added ? 'MESSAGE_REACTION_ADD' : 'MESSAGE_REACTION_REMOVE';
    this.gateway.dispatch(event, data, FakeGateway.intentFor('reactions', channel.type === DM));
  }

  // Threads, channels, servers

  /** Somebody opens a thread on a message. */
  startThread(message: FakeMessage, name: string, { by = this.person } = {}): FakeChannel {
    return this.addThread(this.channelOf(message), name, { id: message.id, ownerId: by.id });
  }

  /**
   * A post in a forum: a thread, and its first message under the same id. That may come later (`sayFirst`), as when
   * the words are still checked.
   */
  post(
    forum: FakeChannel,
    {
      title = 'A question',
      content = 'How?',
      author = this.person,
      tags = [] as readonly string[],
      later = false,
    } = {},
  ): { thread: FakeChannel; sayFirst: () => FakeMessage } {
    if (forum.type !== FORUM) throw new Error('Posts are for forums');
    const appliedTags = forum.tags.filter(({ name }) => tags.includes(name)).map(({ id }) => id);
    const thread = this.addThread(forum, title, { ownerId: author.id, appliedTags });
    const sayFirst = () => {
      const message = this.addMessage(thread, { content }, { author, id: thread.id });
      this.deliverMessage(message);
      return message;
    };
    if (!later) sayFirst();
    return { thread, sayFirst };
  }

  addThread(
    parent: FakeChannel,
    name: string,
    options: Partial<Pick<FakeChannel, 'id' | 'ownerId' | 'appliedTags' | 'archiveMinutes'>> = {},
  ): FakeChannel {
    const { guildId, permissions } = parent;
    const place = { type: PUBLIC_THREAD, name, guildId, permissions, parentId: parent.id };
    const thread = this.keepChannel({ ...place, ownerId: this.botUser.id, ...options });
    this.gateway.dispatch('THREAD_CREATE', { ...channelJson(thread, this.botUser), newly_created: true });
    return thread;
  }

  /** Tells the bot of a channel that came, or changed, after it connected. */
  announce(channel: FakeChannel, event: 'CHANNEL_CREATE' | 'CHANNEL_UPDATE' = 'CHANNEL_CREATE'): void {
    this.gateway.dispatch(event, channelJson(channel, this.botUser));
  }

  /** A thread is archived, locked, renamed: by somebody, or by Discord. */
  changeThread(
    thread: FakeChannel,
    change: Partial<Pick<FakeChannel, 'archived' | 'locked' | 'name' | 'appliedTags' | 'archiveMinutes'>>,
  ): void {
    Object.assign(thread, change);
    this.gateway.dispatch('THREAD_UPDATE', channelJson(thread, this.botUser));
  }

  deleteThread(thread: FakeChannel): void {
    this.#forget(thread);
    const { id, guildId, parentId, type } = thread;
    this.gateway.dispatch('THREAD_DELETE', { id, guild_id: guildId, parent_id: parentId, type });
  }

  deleteChannel(channel: FakeChannel): void {
    for (const thread of [...this.channels.values()].filter(({ parentId }) => parentId === channel.id)) {
      this.#forget(thread);
    }
    this.#forget(channel);
    this.gateway.dispatch('CHANNEL_DELETE', channelJson(channel, this.botUser));
  }

  /** The bot is thrown out of a server; `unavailable`: the server is only away. */
  removeBot(guild: FakeGuild, { unavailable = false } = {}): void {
    if (!unavailable) this.guilds.set(guild.id, { ...guild, hasBot: false });
    this.gateway.dispatch('GUILD_DELETE', { id: guild.id, ...(unavailable && { unavailable }) });
  }

  /** Who is who in a server, as the API tells it. */
  memberOf(guild: FakeGuild, userId: string): Json {
    const user = this.users.find(({ id }) => id === userId) ?? { id: userId, username: `person-${userId}` };
    return { ...memberJson(user, guild), user: userJson(user) };
  }

  #openAgain(channel: FakeChannel): void {
    if (channel.archived) this.changeThread(channel, { archived: false });
  }

  #forget(channel: FakeChannel): void {
    this.channels.delete(channel.id);
    for (const message of this.messages) if (message.channelId === channel.id) message.deleted = true;
  }

  protected repliedTo({ replyTo }: FakeMessage): FakeMessage | undefined {
    return this.messages.find(({ id, deleted }) => id === replyTo && !deleted);
  }

  protected channelOf({ channelId }: FakeMessage): FakeChannel {
    const channel = this.channels.get(channelId);
    if (!channel) throw new Error('The message lies in no channel');
    return channel;
  }
}
