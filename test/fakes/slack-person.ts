import { randomUUID } from 'node:crypto';
import type { Delivery } from './slack-delivery.ts';
import { isObject } from './slack-rules.ts';
import type { SlackServer } from './slack-server.ts';
import type { Json, OpenView, ShownMessage } from './slack-world.ts';

/** A message that a person wrote, and how the app was told of it. */
export type Written = {
  readonly channel: string;
  readonly ts: string;
  readonly threadTs: string | undefined;
  readonly deliveries: Promise<readonly Delivery[]>;
};

export type WriteOptions = {
  readonly channel?: string;
  readonly threadTs?: string;
  /** What else the event says: `subtype`, `bot_id`, `edited`. */
  readonly more?: Json;
  /** Slack's id of the event, to deliver one twice. */
  readonly eventId?: string;
};

/** Somebody in the workspace: does what people do in Slack, and sees what they see. */
export class Person {
  readonly id: string;
  readonly #server: SlackServer;

  constructor(id: string, server: SlackServer) {
    this.id = id;
    this.#server = server;
  }

  /** Types a slash command. */
  command(name: string, text = '', { channel = 'C1' }: { channel?: string } = {}): Promise<Delivery> {
    const { world, manifest } = this.#server;
    if (!manifest.features.slash_commands.some(({ command }) => command === name)) {
      throw new Error(`${name} is not a valid command here`);
    }
    world.scopesUsed.add('commands');
    return this.#server.deliver({
      type: 'slash_commands',
      payload: {
        token: 'verification',
        team_id: world.teamId,
        team_domain: 'example',
        channel_id: channel,
        channel_name: world.channels.get(channel)?.name ?? 'directmessage',
        user_id: this.id,
        user_name: this.id.toLowerCase(),
        command: name,
        text: encode(text),
        api_app_id: world.appId,
        is_enterprise_install: 'false',
        response_url: this.#responseUrl(channel),
        trigger_id: world.newTrigger(this.id),
      },
    });
  }

  /** Mentions the bot in a channel; where the app listens to the channel too, it is told twice. */
  mention(text: string, options: WriteOptions = {}): Written {
    const { world } = this.#server;
    const channel = options.channel ?? 'C1';
    const ts = world.nextTs();
    const event = this.#messageEvent(`<@${world.botUserId}> ${encode(text)}`.trim(), { ...options, channel }, ts);
    const mention = { ...event, type: 'app_mention' };
    const message = { ...event, type: 'message', channel_type: channel.startsWith('G') ? 'group' : 'channel' };
    const deliveries = world.channels.get(channel)?.botIn
      ? [this.#event('app_mention', mention, options.eventId), this.#event(`message.${message.channel_type}s`, message)]
      : [];
    return { channel, ts, threadTs: options.threadTs, deliveries: told(deliveries) };
  }

  /** Writes to the bot. */
  dm(text: string, options: WriteOptions = {}): Written {
    const { world } = this.#server;
    const channel = world.directChannel(this.id).id;
    const ts = world.nextTs();
    const event = this.#messageEvent(encode(text), { ...options, channel }, ts);
    const message = { ...event, type: 'message', channel_type: 'im' };
    return {
      channel,
      ts,
      threadTs: options.threadTs,
      deliveries: told([this.#event('message.im', message, options.eventId)]),
    };
  }

  /** Presses a button, by its words. */
  press(message: ShownMessage, label: string): Promise<Delivery> {
    this.#mustSee(message);
    const { element, block } = find(message.blocks, (candidate) => labelOf(candidate) === label, label);
    return this.#act(message, { ...element, block_id: block.block_id ?? 'b1', action_ts: '1' });
  }

  /** Chooses an option of the select, counted from 0. */
  select(message: ShownMessage, index: number): Promise<Delivery> {
    this.#mustSee(message);
    const { element, block } = find(message.blocks, ({ type }) => type === 'static_select', 'a select');
    const option = (element.options as Json[])[index];
    if (!option) throw new Error(`The select has no option ${index}`);
    const { action_id } = element;
    const action = { type: 'static_select', action_id, block_id: block.block_id ?? 'b1', action_ts: '1' };
    return this.#act(message, { ...action, selected_option: option });
  }

  /** Presses a button in an open modal. */
  pressIn(opened: OpenView, label: string): Promise<Delivery> {
    const blocks = opened.view.blocks as Json[];
    const { element, block } = find(blocks, (candidate) => labelOf(candidate) === label, label);
    return this.#interact({
      type: 'block_actions',
      container: { type: 'view', view_id: opened.id },
      view: { id: opened.id, ...opened.view },
      actions: [{ ...element, block_id: block.block_id ?? 'b1', action_ts: '1' }],
    });
  }

  /** Fills in a modal and sends it. Values by block; a select takes the option's value. */
  async submit(opened: OpenView, values: Readonly<Record<string, string>>): Promise<Delivery> {
    const inputs = (opened.view.blocks as Json[]).filter(({ type }) => type === 'input');
    const state = Object.fromEntries(inputs.map((block) => [block.block_id, fieldState(block, values)]));
    const delivery = await this.#interact({
      type: 'view_submission',
      view: { id: opened.id, ...opened.view, state: { values: state } },
    });
    const response = isObject(delivery.response) ? delivery.response : {};
    if (delivery.acked && response.response_action !== 'errors') opened.open = false;
    return delivery;
  }

  /** What this person sees of the bot in a channel, top to bottom. */
  sees({ channel = 'C1', threadTs }: { channel?: string; threadTs?: string } = {}): readonly ShownMessage[] {
    return this.#server.messages.filter(
      (message) =>
        message.channel === channel &&
        !message.deleted &&
        message.threadTs === threadTs &&
        (!message.user || message.user === this.id),
    );
  }

  /** Deletes a message of the bot, as an admin may. */
  remove(message: ShownMessage): void {
    message.deleted = true;
  }

  #mustSee(message: ShownMessage): void {
    if (message.user && message.user !== this.id) throw new Error(`${this.id} does not see that message`);
  }

  #act(message: ShownMessage, action: Json): Promise<Delivery> {
    const { channel, ts, threadTs, user } = message;
    const thread = threadTs ? { thread_ts: threadTs } : {};
    return this.#interact({
      type: 'block_actions',
      container: { type: 'message', message_ts: ts, channel_id: channel, is_ephemeral: user !== undefined, ...thread },
      channel: { id: channel, name: this.#server.world.channels.get(channel)?.name },
      // Of an ephemeral message Slack does not send the message back.
      ...(!user && { message: { type: 'message', ts, text: message.text, blocks: message.blocks, ...thread } }),
      response_url: this.#responseUrl(channel, message),
      actions: [action],
    });
  }

  #interact(payload: Json): Promise<Delivery> {
    const { world } = this.#server;
    const team = { id: world.teamId, domain: 'example' };
    const user = { id: this.id, username: this.id.toLowerCase(), team_id: world.teamId };
    const common = { team, user, api_app_id: world.appId, token: 'verification', enterprise: null };
    const trigger = { trigger_id: world.newTrigger(this.id), is_enterprise_install: false };
    return this.#server.deliver({ type: 'interactive', payload: { ...common, ...trigger, ...payload } });
  }

  #responseUrl(channel: string, origin?: ShownMessage): string {
    return `${this.#server.origin}/response/${this.#server.world.newResponseUrl(channel, this.id, origin).id}`;
  }

  #messageEvent(text: string, { channel, threadTs, more }: WriteOptions, ts: string): Json {
    const thread = threadTs ? { thread_ts: threadTs } : {};
    return { user: this.id, text, ts, channel, event_ts: ts, team: this.#server.world.teamId, ...thread, ...more };
  }

  /** Undefined where the manifest asks for no such events, or the scope is not granted. */
  #event(subscription: string, event: Json, eventId = `Ev${randomUUID()}`): Promise<Delivery> | undefined {
    const { world, manifest } = this.#server;
    const scope = EVENT_SCOPES[subscription] ?? '';
    const asked = manifest.settings.event_subscriptions?.bot_events.includes(subscription);
    if (!asked || !world.scopes.includes(scope)) return undefined;
    world.scopesUsed.add(scope);
    const external = world.channels.get(String(event.channel))?.external ?? false;
    return this.#server.deliver({
      type: 'events_api',
      payload: {
        token: 'verification',
        team_id: world.teamId,
        api_app_id: world.appId,
        event,
        type: 'event_callback',
        event_id: eventId,
        event_time: Math.floor(Date.now() / 1000),
        authorizations: [
          { team_id: world.teamId, user_id: world.botUserId, is_bot: true, is_enterprise_install: false },
        ],
        is_ext_shared_channel: external,
      },
    });
  }
}

const EVENT_SCOPES: Readonly<Record<string, string>> = {
  app_mention: 'app_mentions:read',
  'message.im': 'im:history',
  'message.channels': 'channels:history',
  'message.groups': 'groups:history',
};

async function told(deliveries: readonly (Promise<Delivery> | undefined)[]): Promise<readonly Delivery[]> {
  return Promise.all(deliveries.filter((delivery) => delivery !== undefined));
}

/** As Slack's clients encode what people type. */
function encode(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function find(blocks: readonly Json[], fits: (element: Json) => boolean, what: string) {
  for (const block of blocks) {
    const element = ((block.elements ?? []) as Json[]).find(fits);
    if (element) return { element, block };
  }
  throw new Error(`There is no ${what} in the message`);
}

function labelOf({ text }: Json): unknown {
  return isObject(text) ? text.text : undefined;
}

function fieldState(block: Json, values: Readonly<Record<string, string>>): Json {
  const element = block.element as Json;
  const value = values[String(block.block_id)];
  if (element.type === 'static_select') {
    const options = element.options as Json[];
    const chosen = options.find((option) => option.value === value) ?? element.initial_option ?? null;
    return { [String(element.action_id)]: { type: 'static_select', selected_option: chosen } };
  }
  if (!value && block.optional !== true) throw new Error(`Slack does not send an empty ${String(block.block_id)}`);
  if ((value ?? '').length > Number(element.max_length ?? 3_000)) throw new Error('Slack does not take that much text');
  return { [String(element.action_id)]: { type: 'plain_text_input', value: value ?? null } };
}

/** The words of a message or view as people read them, one line a block. */
export function wordsOf(blocks: readonly unknown[]): string {
  const words = (part: unknown): string => {
    if (typeof part === 'string') return part;
    if (Array.isArray(part)) return part.map(words).join('');
    if (!isObject(part)) return '';
    const { type, text, elements, placeholder } = part;
    if (type === 'button' || type === 'static_select') return `[${words(text ?? placeholder)}]`;
    return `${words(text ?? '')}${words(elements ?? '')}`;
  };
  return blocks.map(words).join('\n');
}
