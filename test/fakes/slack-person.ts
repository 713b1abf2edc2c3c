import { chosen, fieldState, find, labelOf } from './slack-blocks.ts';
import type { Delivery } from './slack-delivery.ts';
import { encode, kindOf, messageJson, tell, tellOfChange, told } from './slack-events.ts';
import { isObject } from './slack-rules.ts';
import type { SlackServer } from './slack-server.ts';
import type { Json, OpenView, ShownMessage, WrittenMessage } from './slack-world.ts';

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
    const mention = `<@${this.#server.world.botUserId}> ${encode(text)}`.trim();
    return this.#write(mention, { channel: 'C1', ...options }, true);
  }

  /** Writes in a channel or a thread, to nobody in particular. */
  write(text: string, options: WriteOptions = {}): Written {
    return this.#write(encode(text), { channel: 'C1', ...options }, false);
  }

  /** Writes to the bot. */
  dm(text: string, options: WriteOptions = {}): Written {
    const channel = this.#server.world.directChannel(this.id).id;
    return this.#write(encode(text), { ...options, channel }, false);
  }

  /** Changes the words of a message; `mentions`: the bot is mentioned in them. */
  edit({ channel, ts }: Written, text: string, { mentions = false } = {}): Promise<readonly Delivery[]> {
    const { world } = this.#server;
    const message = this.#find(channel, ts);
    const previous = messageJson(message, world.teamId);
    message.text = `${mentions ? `<@${world.botUserId}> ` : ''}${encode(text)}`;
    message.editedTs = world.nextTs();
    const now = messageJson(message, world.teamId);
    const mention = { ...now, type: 'app_mention', channel, event_ts: message.editedTs };
    return told([
      mentions ? tell(this.#server, 'app_mention', mention) : undefined,
      tellOfChange(this.#server, message, { subtype: 'message_changed', previous, now }),
    ]);
  }

  /** Slack adds a preview to a message, which it calls a change. */
  unfurl({ channel, ts }: Written): Promise<readonly Delivery[]> {
    const message = this.#find(channel, ts);
    const previous = messageJson(message, this.#server.world.teamId);
    const now = { ...previous, attachments: [{ title: 'A preview' }] };
    return told([tellOfChange(this.#server, message, { subtype: 'message_changed', previous, now })]);
  }

  /** Deletes a message; one with replies stays as a tombstone. */
  erase({ channel, ts }: Pick<Written, 'channel' | 'ts'>): Promise<readonly Delivery[]> {
    const { world } = this.#server;
    const message = this.#find(channel, ts);
    const previous = messageJson(message, world.teamId);
    message.deletedAt = Date.now();
    if (world.repliesIn(channel, ts).length === 0) {
      return told([tellOfChange(this.#server, message, { subtype: 'message_deleted', previous })]);
    }
    const now = { type: 'message', subtype: 'tombstone', user: 'USLACKBOT', text: 'This message was deleted.', ts };
    return told([
      tellOfChange(this.#server, message, { subtype: 'message_changed', previous, now: { ...now, hidden: true } }),
    ]);
  }

  /** Puts an emoji on a message, or takes it away. */
  react(
    { channel, ts }: Pick<Written, 'channel' | 'ts'>,
    name: string,
    { added = true } = {},
  ): Promise<readonly Delivery[]> {
    const type = added ? 'reaction_added' : 'reaction_removed';
    const item = { type: 'message', channel, ts };
    const author = this.#server.world.findWritten(channel, ts)?.user ?? this.#server.world.botUserId;
    const event = {
      type,
      user: this.id,
      reaction: name,
      item_user: author,
      item,
      event_ts: this.#server.world.nextTs(),
    };
    return told([tell(this.#server, type, event)]);
  }

  /** Chooses an action in the menu of a message, by its words. */
  choose(label: string, on: Written | ShownMessage): Promise<Delivery> {
    const { world, manifest } = this.#server;
    const shortcut = manifest.features.shortcuts?.find(({ name }) => name === label);
    if (!shortcut) throw new Error(`There is no ${label} in the menu of a message`);
    world.scopesUsed.add('commands');
    const { channel, ts } = on;
    const written = world.findWritten(channel, ts);
    const own = { type: 'message', text: 'text' in on ? on.text : '', ts, bot_id: world.botId };
    return this.#interact({
      type: 'message_action',
      callback_id: shortcut.callback_id,
      channel: { id: channel, name: world.channels.get(channel)?.name },
      message: written ? messageJson(written, world.teamId) : own,
      message_ts: ts,
      action_ts: '1',
      response_url: this.#responseUrl(channel),
    });
  }

  #find(channel: string, ts: string): WrittenMessage {
    const message = this.#server.world.findWritten(channel, ts);
    if (!message || message.deletedAt !== undefined) throw new Error(`There is no message ${ts} in ${channel}`);
    return message;
  }

  #write(text: string, options: WriteOptions & { readonly channel: string }, mentions: boolean): Written {
    const { channel, threadTs, more, eventId } = options;
    const { world } = this.#server;
    const ts = typeof more?.ts === 'string' ? more.ts : world.nextTs();
    const { subscription, channelType } = kindOf(channel);
    const message: WrittenMessage = {
      channel,
      ts,
      threadTs,
      user: this.id,
      botId: textOf(more?.bot_id),
      subtype: textOf(more?.subtype),
      text,
      editedTs: undefined,
      deletedAt: undefined,
    };
    if (!world.findWritten(channel, ts)) world.written.push(message);
    const json = { ...messageJson(message, world.teamId), channel, event_ts: ts, ...more };
    const event = { ...json, channel_type: channelType };
    const deliveries = [
      mentions ? tell(this.#server, 'app_mention', { ...json, type: 'app_mention' }, eventId) : undefined,
      tell(this.#server, subscription, event, mentions ? undefined : eventId),
    ];
    return { channel, ts, threadTs, deliveries: told(deliveries) };
  }

  /** Presses a button, by its words. */
  press(message: ShownMessage, label: string): Promise<Delivery> {
    this.#mustSee(message);
    const { element, block } = find(message.blocks, (candidate) => labelOf(candidate) === label, label);
    return this.#act(message, { ...element, block_id: block.block_id ?? 'b1', action_ts: '1' });
  }

  /** Chooses an option of a select or overflow menu: the first one's, counted from 0, or any one's, by its words. */
  select(message: ShownMessage, choice: number | string): Promise<Delivery> {
    this.#mustSee(message);
    return this.#act(message, chosen(message.blocks, choice));
  }

  /** Presses one of Slack's own thumbs. */
  thumb(message: ShownMessage, up: boolean): Promise<Delivery> {
    this.#mustSee(message);
    const { element, block } = find(message.blocks, ({ type }) => type === 'feedback_buttons', 'thumbs');
    const { value, text } = (up ? element.positive_button : element.negative_button) as Json;
    const { type, action_id } = element;
    return this.#act(message, { type, action_id, block_id: block.block_id ?? 'b1', action_ts: '1', value, text });
  }

  /** Presses a button in an open modal. */
  pressIn(opened: OpenView, label: string): Promise<Delivery> {
    const blocks = opened.view.blocks as Json[];
    const { element, block } = find(blocks, (candidate) => labelOf(candidate) === label, label);
    return this.#actIn(opened, { ...element, block_id: block.block_id ?? 'b1', action_ts: '1' });
  }

  /** Chooses an option in an open modal. */
  selectIn(opened: OpenView, choice: number | string): Promise<Delivery> {
    return this.#actIn(opened, chosen(opened.view.blocks as Json[], choice));
  }

  /** Closes a modal. */
  dismiss(opened: OpenView): void {
    opened.open = false;
  }

  #actIn(opened: OpenView, action: Json): Promise<Delivery> {
    return this.#interact({
      type: 'block_actions',
      container: { type: 'view', view_id: opened.id },
      view: { id: opened.id, ...opened.view },
      actions: [action],
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
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
