import { randomUUID } from 'node:crypto';
import type { Violation } from './slack-rules.ts';

/** What the fake workspace holds: channels, people's and the bot's messages, open views, and every rule broken. */
export type Channel = {
  readonly id: string;
  readonly name: string;
  botIn: boolean;
  readonly private: boolean;
  archived: boolean;
  /** Shared with another organisation. */
  readonly external: boolean;
  /** Who made it. */
  readonly creator: string;
};

/** What is particular about a person; of others, nothing is. */
export type PersonFacts = {
  readonly guest?: boolean;
  readonly admin?: boolean;
  readonly owner?: boolean;
  /** Deactivated. */
  readonly hasLeft?: boolean;
  /** The organisation that they are of. */
  readonly teamId?: string;
};

export type Json = Readonly<Record<string, unknown>>;

/** A message of the bot, as it is displayed. */
export type ShownMessage = {
  readonly via: 'chat.postMessage' | 'chat.postEphemeral' | 'response_url';
  readonly channel: string;
  readonly ts: string;
  readonly threadTs: string | undefined;
  /** The only one who sees it. */
  readonly user: string | undefined;
  text: string;
  blocks: readonly Json[];
  /** As it was sent, decoded: what a picture can be rendered from. */
  payload: Json;
  edited: boolean;
  deleted: boolean;
  metadata: unknown;
  /** Milliseconds since 1970. */
  readonly at: number;
};

/** A message that a person or another bot wrote. */
export type WrittenMessage = {
  readonly channel: string;
  readonly ts: string;
  readonly threadTs: string | undefined;
  readonly user: string | undefined;
  readonly botId: string | undefined;
  readonly subtype: string | undefined;
  /** As Slack encodes it. */
  text: string;
  editedTs: string | undefined;
  /** Milliseconds since 1970; undefined while it is there. */
  deletedAt: number | undefined;
};

export type Reaction = { readonly channel: string; readonly ts: string; readonly name: string; readonly user: string };

export type OpenView = { readonly id: string; readonly user: string; view: Json; open: boolean };

export type ResponseUrl = {
  readonly id: string;
  readonly channel: string;
  readonly user: string;
  readonly issuedAt: number;
  readonly origin: ShownMessage | undefined;
  uses: number;
};

type Trigger = { readonly user: string; readonly issuedAt: number; used: boolean };

export type WorldOptions = {
  readonly teamId?: string;
  readonly appId?: string;
  readonly botUserId?: string;
  readonly botId?: string;
  readonly botName?: string;
  readonly scopes: readonly string[];
  /** How long Slack's minute lasts here. */
  readonly minuteMs?: number;
  /** How long a `trigger_id` opens a view. */
  readonly triggerMs?: number;
  /** Between two messages in a channel. */
  readonly messageIntervalMs?: number;
  /** Calls of `conversations.history` and `.replies` in a minute, and how many messages each gives at most. */
  readonly reading?: { readonly perMinute: number; readonly most: number };
};

export class World {
  readonly teamId: string;
  readonly appId: string;
  readonly botUserId: string;
  readonly botId: string;
  readonly botName: string;
  readonly minuteMs: number;
  readonly triggerMs: number;
  readonly messageIntervalMs: number;
  readonly reading: { readonly perMinute: number; readonly most: number };
  /** Granted. */
  scopes: readonly string[];
  readonly scopesUsed = new Set<string>();
  readonly channels = new Map<string, Channel>();
  readonly people = new Map<string, PersonFacts>();
  readonly messages: ShownMessage[] = [];
  readonly written: WrittenMessage[] = [];
  readonly reactions: Reaction[] = [];
  /** User groups by id, with their members; a message may ping them. */
  readonly usergroups = new Map<string, readonly string[]>();
  readonly readAt: number[] = [];
  readonly views: OpenView[] = [];
  readonly responseUrls = new Map<string, ResponseUrl>();
  readonly violations: string[] = [];
  readonly lastPostAt = new Map<string, number>();
  #triggers = new Map<string, Trigger>();
  #ticks = 0;

  constructor(options: WorldOptions) {
    this.teamId = options.teamId ?? 'T1';
    this.appId = options.appId ?? 'A1';
    this.botUserId = options.botUserId ?? 'UBOT';
    this.botId = options.botId ?? 'BBOT';
    this.botName = options.botName ?? 'precedent';
    this.scopes = options.scopes;
    this.minuteMs = options.minuteMs ?? 60_000;
    this.triggerMs = options.triggerMs ?? 3_000;
    this.messageIntervalMs = options.messageIntervalMs ?? 1_000;
    this.reading = options.reading ?? { perMinute: 50, most: 1_000 };
    this.addChannel({ id: 'C1', name: 'help' });
    this.addChannel({ id: 'C2', name: 'elsewhere', botIn: false });
    this.addChannel({ id: 'G1', name: 'secret', botIn: false, private: true });
    this.addChannel({ id: 'C9', name: 'partners', external: true });
  }

  addChannel(channel: Pick<Channel, 'id' | 'name'> & Partial<Channel>): Channel {
    const full = { botIn: true, private: false, archived: false, external: false, creator: 'UCREATOR', ...channel };
    this.channels.set(full.id, full);
    return full;
  }

  /** The channel of a user's direct messages with the bot. */
  directChannel(user: string): Channel {
    const id = `D${user.slice(1)}`;
    return this.channels.get(id) ?? this.addChannel({ id, name: 'directmessage', private: true });
  }

  nextTs(): string {
    return `${Math.floor(Date.now() / 1000)}.${String(++this.#ticks).padStart(6, '0')}`;
  }

  show(message: Omit<ShownMessage, 'ts' | 'edited' | 'deleted' | 'at'>): ShownMessage {
    const shown = { ...message, ts: this.nextTs(), edited: false, deleted: false, at: Date.now() };
    if (!message.user) this.#refuseDuplicate(shown);
    this.messages.push(shown);
    return shown;
  }

  /** Of the messages that stand in a thread, those that are there; private ones are in none. */
  repliesIn(channel: string, threadTs: string): readonly (ShownMessage | WrittenMessage)[] {
    const isReply = (message: { channel: string; threadTs: string | undefined }) =>
      message.channel === channel && message.threadTs === threadTs;
    return [
      ...this.written.filter((message) => isReply(message) && message.deletedAt === undefined),
      ...this.messages.filter((message) => isReply(message) && !message.user && !message.deleted),
    ].sort((one, other) => one.ts.localeCompare(other.ts));
  }

  findWritten(channel: string, ts: string): WrittenMessage | undefined {
    return this.written.find((message) => message.channel === channel && message.ts === ts);
  }

  /** What people would see twice is what no SDK retry may do. */
  #refuseDuplicate(shown: ShownMessage): void {
    const again = this.messages.find(
      (other) =>
        !other.user &&
        !other.deleted &&
        other.channel === shown.channel &&
        other.threadTs === shown.threadTs &&
        other.text === shown.text,
    );
    if (again) this.violate('duplicate_post', `the same message twice in ${shown.channel}: ${shown.text.slice(0, 60)}`);
  }

  newTrigger(user: string): string {
    const id = `trigger.${randomUUID()}`;
    this.#triggers.set(id, { user, issuedAt: Date.now(), used: false });
    return id;
  }

  /** The user who may see a view now, or Slack's error. */
  useTrigger(id: string): { readonly user: string } | { readonly error: string } {
    const trigger = this.#triggers.get(id);
    if (!trigger) return { error: 'invalid_trigger_id' };
    if (trigger.used) return { error: 'exchanged_trigger_id' };
    if (Date.now() - trigger.issuedAt > this.triggerMs) return { error: 'expired_trigger_id' };
    trigger.used = true;
    return { user: trigger.user };
  }

  newResponseUrl(channel: string, user: string, origin?: ShownMessage): ResponseUrl {
    const url = { id: randomUUID(), channel, user, issuedAt: Date.now(), origin, uses: 0 };
    this.responseUrls.set(url.id, url);
    return url;
  }

  violate(error: string, detail: string): void {
    this.violations.push(`${error}: ${detail}`);
  }

  /** The first violation's code, after noting all; undefined when there is none. */
  note(where: string, violations: readonly Violation[]): string | undefined {
    for (const { error, detail } of violations) this.violate(error, `${where}: ${detail}`);
    return violations[0]?.error;
  }
}
