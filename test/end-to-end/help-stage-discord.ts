import { type FakeChannel, type FakeGuild, type FakeMessage, type FakeUser, textsOf } from '../fakes/discord-state.ts';
import { idOf, type Said, type Stage, type Theatre, type Who } from './help-stage.ts';

/** A help channel on the fake Discord. */
export function discordStage({ discord }: Theatre): Stage {
  const [guild] = [...discord.guilds.values()] as [FakeGuild];
  const userOf = (who: Who): FakeUser =>
    discord.users.find(({ id }) => id === idOf(who, 'discord')) ?? { id: idOf(who, 'discord'), username: who };
  const channelOf = (id: string) => discord.channels.get(id) as FakeChannel;
  const messageOf = ({ ref }: Pick<Said, 'ref'>) =>
    discord.messages.find(({ id }) => id === ref.message) as FakeMessage;
  const words = (message: FakeMessage) => textsOf(message).join('\n');
  /** Where it is written: a thread that is not there yet is opened by who writes. */
  const roomFor = (channel: string, below: Said | undefined, by: Who) => {
    if (!below) return channelOf(channel);
    const on = messageOf(below);
    return discord.channels.get(on.id) ?? discord.startThread(on, 'A thread', { by: userOf(by) });
  };

  const stage: Stage = {
    platform: 'discord',
    async aChannel(settings) {
      const channel = discord.addChannel(guild);
      discord.announce(channel);
      if (settings) await stage.command(`help-channel ${settings}`, channel.id, 'boss');
      return channel.id;
    },
    async command(line, channel, by = 'ann') {
      const [name = '', ...rest] = line.split(' ');
      const input = name === 'ask' ? 'question' : 'settings';
      const where = { user: userOf(by), channel: channelOf(channel) };
      const value = rest.join(' ');
      return words(await discord.answerTo(discord.beginCommand(name, value ? { [input]: value } : {}, where)));
    },
    say(text, { channel, by = 'ann', below }) {
      const room = roomFor(channel, below, by);
      const { id } = discord.say(text, room, { author: userOf(by) });
      const thread = room.parentId === undefined ? undefined : room.id;
      return { by, text, ref: { platform: 'discord', server: guild.id, channel, thread, message: id } };
    },
    mention: (text, where) => stage.say(`<@${discord.botUser.id}> ${text}`, where),
    spotOf: (channel) => ({ platform: 'discord', server: guild.id, channel }),
    threadOf: ({ ref }) => ({ ...ref, thread: ref.message }),
    sayUnheard(text, { channel, by = 'ann', below }) {
      discord.addMessage(roomFor(channel, below, by), { content: text }, { author: userOf(by) });
    },
    deliverAgain: (message) => discord.deliverMessage(messageOf(message)),
    erase: async (message) => discord.deleteMessage(messageOf(message)),
    vanish(message) {
      messageOf(message).deleted = true;
    },
    editUnheard(message, text) {
      Object.assign(messageOf(message), { payload: { content: text }, editedAt: discord.now() });
    },
    edit: async (message, text) => discord.editMessage(messageOf(message), text),
    repliesTo: ({ ref }) => discord.postsIn({ id: ref.thread ?? ref.message }).map(words),
    postsIn: (channel) => discord.postsIn({ id: channel }).map(words),
    async press(label, below, by) {
      const [post] = discord.postsIn({ id: below.ref.message });
      await discord.press(post as FakeMessage, label, { user: userOf(by) });
    },
    async pressOwn(label, channel, by) {
      const user = userOf(by);
      const own = discord.messages.findLast(
        ({ visibleTo, channelId }) => visibleTo === user.id && channelId === channel,
      );
      return words(await discord.press(own as FakeMessage, label, { user, channel: channelOf(channel) }));
    },
    limitRate({ ref }) {
      const body = { message: 'You are being rate limited.', retry_after: 0.05, global: false };
      const headers = { 'retry-after': '0.05', 'x-ratelimit-scope': 'user' };
      for (const call of [`/channels/${ref.channel}/messages/\\d+/threads`, `/channels/${ref.message}/messages`]) {
        discord.fail(new RegExp(`^POST ${call}$`), { status: 429, body, headers });
      }
    },
    /** On Discord only threads are archived: what comes of a channel that is no more is that it is deleted. */
    archive: (channel) => discord.deleteChannel(channelOf(channel)),
    forbid(channel) {
      channelOf(channel).permissions = 0n;
      discord.announce(channelOf(channel), 'CHANNEL_UPDATE');
    },
    toldTo(who) {
      const channels = [...discord.channels.values()].filter(
        ({ guildId, ownerId }) => guildId === undefined && ownerId === userOf(who).id,
      );
      return channels.flatMap(({ id }) => discord.postsIn({ id }).map(words));
    },
  };
  return stage;
}
