import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FakeGateway } from './discord-gateway.ts';
import { channelJson, guildJson, interactionJson, messageEventJson } from './discord-json.ts';
import { answerRequest } from './discord-rest.ts';
import type { Json } from './discord-rules.ts';
import {
  componentsOf,
  DM,
  type FakeChannel,
  type FakeInteraction,
  type FakeMessage,
  type FakeUser,
  optionsOf,
  PUBLIC_THREAD,
  TEXT,
} from './discord-state.ts';
import { FakeDiscordWorld } from './discord-world.ts';

export type Where = {
  readonly user?: FakeUser;
  readonly channel?: FakeChannel;
  /** `user`: used by somebody who installed the bot for themselves. */
  readonly install?: 'guild' | 'user';
};

/**
 * Discord on 127.0.0.1: its REST API and its gateway, with the rules that it keeps. Every broken one is refused as
 * Discord refuses it, and kept in `broken`: a test that ends with something there has failed.
 */
export class FakeDiscord extends FakeDiscordWorld {
  readonly gateway: FakeGateway;
  readonly #http: Server;
  private constructor() {
    super();
    this.gateway = new FakeGateway({
      token: () => this.token,
      url: () => this.gatewayUrl,
      ready: () => ({
        v: 10,
        user: this.botUser,
        guilds: this.guildsWithBot().map(({ id }) => ({ id, unavailable: true })),
        application: { id: this.applicationId, flags: 0 },
      }),
      guilds: () => this.guildsWithBot().map((guild) => guildJson(guild, [...this.channels.values()], this.botUser)),
      breakRule: (rule) => this.breakRule(rule),
      changed: () => this.changed(),
    });
    this.#http = createServer((request, response) => {
      answerRequest(this, request, response).catch((error) => {
        this.breakRule(`the fake itself failed: ${error instanceof Error ? error.stack : error}`);
        request.socket.destroy();
      });
    });
    this.gateway.attach(this.#http);
  }

  static async start(): Promise<FakeDiscord> {
    const fake = new FakeDiscord();
    await new Promise<void>((resolve) => fake.#http.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  /** What `DISCORD_API_URL` is set to. */
  get apiUrl(): string {
    return `http://127.0.0.1:${this.#port}/api`;
  }

  get gatewayUrl(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }

  get #port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    await this.gateway.close();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  addThread(parent: FakeChannel, message: FakeMessage, name: string): Json {
    const thread = this.keepChannel({ ...parent, id: message.id, type: PUBLIC_THREAD, name, parentId: parent.id });
    const json = channelJson(thread, this.botUser);
    this.gateway.dispatch('THREAD_CREATE', { ...json, newly_created: true });
    return json;
  }

  // People

  /** Somebody uses a command; comes back once its answer is shown. */
  async ask(question: string, options: Where & { visibility?: string; command?: string } = {}): Promise<FakeMessage> {
    return this.answerTo(this.beginAsk(question, options));
  }

  /** The same without waiting. */
  beginAsk(
    question: string,
    { visibility, command = 'ask', ...where }: Where & { visibility?: string; command?: string } = {},
  ): FakeInteraction {
    const text = (name: string, value: string) => ({ type: 3, name, value });
    const options = [
      ...(question ? [text('question', question)] : []),
      ...(visibility ? [text('visibility', visibility)] : []),
    ];
    return this.interact(2, { id: this.snowflake(), type: 1, name: command, options }, where);
  }

  /** Somebody presses a button; comes back with the message that then shows the answer. */
  async press(message: FakeMessage, label: string, where: Where = {}): Promise<FakeMessage> {
    return this.answerTo(this.beginPress(message, label, where));
  }

  beginPress(message: FakeMessage, label: string, where: Where = {}): FakeInteraction {
    const button = componentsOf(message).find((component) => component.type === 2 && component.label === label);
    if (!button) throw new Error(`There is no button ${JSON.stringify(label)} on the message`);
    return this.interact(3, { component_type: 2, custom_id: button.custom_id }, where, message);
  }

  /** Somebody chooses from the select; `choice` is how the option's label begins. */
  async select(message: FakeMessage, choice: string, where: Where = {}): Promise<FakeMessage> {
    const select = componentsOf(message).find(({ type }) => type === 3);
    const option = optionsOf(message).find(({ label }) => String(label).startsWith(choice));
    if (!select || !option) throw new Error(`There is no choice ${JSON.stringify(choice)} on the message`);
    const data = { component_type: 3, custom_id: select.custom_id, values: [option.value] };
    return this.answerTo(this.interact(3, data, where, message));
  }

  /** Somebody writes in a channel, or to the bot; comes back with the message as it lies there. */
  say(
    content: string,
    channel: FakeChannel,
    { author = this.person, type = 0 }: { author?: FakeUser; type?: number } = {},
  ): FakeMessage {
    const message = this.addMessage(channel, { content }, { author });
    this.deliverMessage(message, type);
    return message;
  }

  /** A direct message to the bot, and its reply. */
  async dm(content: string, channel: FakeChannel = this.addDirectMessages()): Promise<FakeMessage> {
    return this.replyTo(this.say(content, channel));
  }

  /** A message that mentions the bot, and its reply. */
  async mention(words: string, channel: FakeChannel): Promise<FakeMessage> {
    return this.replyTo(this.say(`<@${this.botUser.id}> ${words}`, channel));
  }

  /** Delivers a message's event, again if need be. */
  deliverMessage(message: FakeMessage, type = 0): void {
    const channel = this.channels.get(message.channelId);
    if (!channel) throw new Error('The message lies in no channel');
    const intent = channel.type === DM ? 1 << 12 : 1 << 9;
    this.gateway.dispatch('MESSAGE_CREATE', messageEventJson(message, channel, this.botUser, this.now(), type), intent);
  }

  /** An interaction of any kind, as the gateway brings it. */
  interact(
    type: 2 | 3,
    data: Json,
    { user = this.person, channel = this.#anyChannel(), install = 'guild' }: Where,
    source?: FakeMessage,
  ): FakeInteraction {
    const guild = this.guilds.get(channel.guildId ?? '');
    const isUserInstallOnly = install === 'user';
    const id = this.snowflake();
    const token = `token-${id}`;
    const payload = interactionJson({
      head: { id, token, type, data, application_id: this.applicationId },
      user,
      bot: this.botUser,
      channel,
      guild,
      isUserInstallOnly,
      source,
      at: this.now(),
    });
    const interaction: FakeInteraction = {
      id,
      token,
      payload,
      user,
      channel,
      isUserInstallOnly,
      source,
      isCommand: type === 2,
      createdAt: this.now(),
      acknowledged: undefined,
      original: undefined,
      followUps: [],
      answers: 0,
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

  /** The message in which an interaction was answered: the original once it is given, or the first follow-up. */
  async answerTo(interaction: FakeInteraction): Promise<FakeMessage> {
    await this.waitFor(
      () => interaction.answers > 0 || interaction.followUps.length > 0,
      'the interaction to be answered',
    );
    return interaction.followUps[0] ?? (interaction.original as FakeMessage);
  }

  /** What the bot posted in reply to a message, or in its channel after it. */
  async replyTo(message: FakeMessage): Promise<FakeMessage> {
    const find = () => this.messages.find(({ author, replyTo }) => author === 'bot' && replyTo === message.id);
    await this.waitFor(() => find() !== undefined, 'the message to be answered');
    return find() as FakeMessage;
  }

  #anyChannel(): FakeChannel {
    const channel = [...this.channels.values()].find(({ type }) => type === TEXT);
    if (!channel) throw new Error('There is no channel yet');
    return channel;
  }
}
