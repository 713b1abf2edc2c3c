import { FakeDiscordHappenings } from './discord-happenings.ts';
import { interactionJson } from './discord-json.ts';
import { messageJson } from './discord-message-json.ts';
import type { Json } from './discord-rules.ts';
import {
  componentsOf,
  type FakeChannel,
  type FakeInteraction,
  type FakeMessage,
  type FakeUser,
  type InteractionKind,
  TEXT,
} from './discord-state.ts';

export type Where = {
  readonly user?: FakeUser;
  readonly channel?: FakeChannel;
  /** `user`: used by somebody who installed the bot for themselves. */
  readonly install?: 'guild' | 'user';
};

const KINDS: Readonly<Record<InteractionKind, number>> = { command: 2, component: 3, autocomplete: 4, modal: 5 };

/** The commands and buttons that people use on the fake Discord, and waiting for what comes of it. */
export abstract class FakeDiscordPeople extends FakeDiscordHappenings {
  // Commands, buttons, forms

  /** Somebody uses a command; comes back once its answer is shown. */
  async ask(question: string, options: Where & { visibility?: string; command?: string } = {}): Promise<FakeMessage> {
    return this.answerTo(this.beginAsk(question, options));
  }

  /** The same without waiting. */
  beginAsk(
    question: string,
    { visibility, command = 'ask', ...where }: Where & { visibility?: string; command?: string } = {},
  ): FakeInteraction {
    return this.beginCommand(command, { ...(question && { question }), ...(visibility && { visibility }) }, where);
  }

  beginCommand(name: string, values: Readonly<Record<string, string>>, where: Where = {}): FakeInteraction {
    const options = Object.entries(values).map(([option, value]) => ({ type: 3, name: option, value }));
    return this.interact('command', { id: this.snowflake(), type: 1, name, options }, where);
  }

  /** Somebody types in an option that offers choices; comes back with those. */
  async type(
    command: string,
    option: string,
    typed: string,
    { values = {}, ...where }: Where & { values?: Readonly<Record<string, string>> } = {},
  ): Promise<readonly Json[]> {
    const others = Object.entries(values).map(([name, value]) => ({ type: 3, name, value }));
    const options = [...others, { type: 3, name: option, value: typed, focused: true }];
    const data = { id: this.snowflake(), type: 1, name: command, options };
    const interaction = this.interact('autocomplete', data, where);
    await this.waitFor(() => interaction.choices !== undefined, 'choices to be offered');
    return interaction.choices ?? [];
  }

  /** Somebody chooses an entry in a message's menu; comes back once its answer is shown. */
  async choose(label: string, message: FakeMessage, where: Where = {}): Promise<FakeMessage> {
    return this.answerTo(this.beginChoose(label, message, where));
  }

  beginChoose(label: string, message: FakeMessage, where: Where = {}): FakeInteraction {
    const channel = this.channelOf(message);
    // Discord hands the message over whole, whatever the intents.
    const view = { channel, bot: this.botUser, seesContent: true, repliesTo: this.repliedTo(message) };
    const resolved = { messages: { [message.id]: messageJson(message, view) } };
    const data = { id: this.snowflake(), type: 3, name: label, target_id: message.id, resolved };
    return this.interact('command', data, { channel, ...where });
  }

  /** Somebody presses a button; comes back with the message that then shows the answer. */
  async press(message: FakeMessage, label: string, where: Where = {}): Promise<FakeMessage> {
    return this.answerTo(this.beginPress(message, label, where));
  }

  beginPress(message: FakeMessage, label: string, where: Where = {}): FakeInteraction {
    const button = componentsOf(message).find((component) => component.type === 2 && component.label === label);
    if (!button) throw new Error(`There is no button ${JSON.stringify(label)} on the message`);
    const data = { component_type: 2, custom_id: button.custom_id };
    return this.interact('component', data, { channel: this.channelOf(message), ...where }, message);
  }

  /** Somebody chooses from a select; `choice` is how the option's label begins. */
  async select(message: FakeMessage, choice: string, where: Where = {}): Promise<FakeMessage> {
    return this.answerTo(this.beginSelect(message, choice, where));
  }

  beginSelect(message: FakeMessage, choice: string, where: Where = {}): FakeInteraction {
    const [found] = componentsOf(message).flatMap((select) => {
      const options = select.type === 3 && Array.isArray(select.options) ? (select.options as Json[]) : [];
      const option = options.find(({ label }) => String(label).startsWith(choice));
      return option ? [{ select, option }] : [];
    });
    if (!found) throw new Error(`There is no choice ${JSON.stringify(choice)} on the message`);
    const data = { component_type: 3, custom_id: found.select.custom_id, values: [found.option.value] };
    return this.interact('component', data, { channel: this.channelOf(message), ...where }, message);
  }

  /** Somebody fills in the form that an interaction opened. */
  async fillIn(interaction: FakeInteraction, values: Readonly<Record<string, string>>): Promise<FakeMessage> {
    await this.waitFor(() => interaction.modal !== undefined, 'a form to be opened');
    const components = Object.entries(values).map(([custom_id, value]) => ({
      type: 18,
      component: { type: 4, custom_id, value },
    }));
    const { user, channel, source } = interaction;
    const data = { custom_id: interaction.modal?.custom_id, components };
    return this.answerTo(this.interact('modal', data, { user, channel }, source));
  }

  /** An interaction of any kind, as the gateway brings it. */
  interact(
    kind: InteractionKind,
    data: Json,
    { user = this.person, channel = this.#anyChannel(), install = 'guild' }: Where,
    source?: FakeMessage,
  ): FakeInteraction {
    const id = this.snowflake();
    const token = `token-${id}`;
    const isUserInstallOnly = install === 'user';
    const payload = interactionJson({
      head: { id, token, type: KINDS[kind], data, application_id: this.applicationId },
      user,
      bot: this.botUser,
      channel,
      guild: this.guilds.get(channel.guildId ?? ''),
      isUserInstallOnly,
      source,
      permissions: this.permissionsIn(channel),
    });
    const interaction: FakeInteraction = {
      id,
      token,
      payload,
      user,
      channel,
      isUserInstallOnly,
      source,
      kind,
      createdAt: this.now(),
      acknowledged: undefined,
      original: undefined,
      followUps: [],
      answers: 0,
      choices: undefined,
      modal: undefined,
    };
    this.interactions.set(id, interaction);
    this.deliver(interaction);
    return interaction;
  }

  /** Delivers an interaction's event, again if need be. */
  deliver(interaction: FakeInteraction): void {
    this.gateway.dispatch('INTERACTION_CREATE', interaction.payload);
  }

  // Waiting

  /** A direct message to the bot, and its reply. */
  async dm(content: string, channel: FakeChannel = this.addDirectMessages()): Promise<FakeMessage> {
    return this.replyTo(this.say(content, channel));
  }

  /** A message that mentions the bot, and its reply. */
  async mention(words: string, channel: FakeChannel): Promise<FakeMessage> {
    return this.replyTo(this.say(`<@${this.botUser.id}> ${words}`, channel));
  }

  /** The message in which an interaction was answered: the original once it is given, or the first follow-up. */
  async answerTo(interaction: FakeInteraction): Promise<FakeMessage> {
    await this.waitFor(
      () => interaction.answers > 0 || interaction.followUps.length > 0,
      'the interaction to be answered',
    );
    return interaction.followUps[0] ?? (interaction.original as FakeMessage);
  }

  /** What the bot posted in reply to a message. */
  async replyTo(message: FakeMessage): Promise<FakeMessage> {
    const find = () => this.messages.find(({ author, replyTo }) => author === 'bot' && replyTo === message.id);
    await this.waitFor(() => find() !== undefined, 'the message to be answered');
    return find() as FakeMessage;
  }

  /** The bot's messages that stand in a channel now. */
  postsIn(channel: Pick<FakeChannel, 'id'>): readonly FakeMessage[] {
    return this.messages.filter(
      ({ author, channelId, deleted, visibleTo }) =>
        author === 'bot' && channelId === channel.id && !deleted && visibleTo === 'everyone',
    );
  }

  /** The thread on a message, once there is one. */
  async threadOn(message: FakeMessage): Promise<FakeChannel> {
    await this.waitFor(() => this.channels.has(message.id), 'a thread on the message');
    return this.channels.get(message.id) as FakeChannel;
  }

  #anyChannel(): FakeChannel {
    const channel = [...this.channels.values()].find(({ type }) => type === TEXT);
    if (!channel) throw new Error('There is no channel yet');
    return channel;
  }
}
