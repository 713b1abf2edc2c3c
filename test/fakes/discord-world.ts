import type { Json } from './discord-rules.ts';
import {
  DM,
  type FakeChannel,
  type FakeGuild,
  type FakeInteraction,
  type FakeMessage,
  type FakeRole,
  type FakeUser,
  FORUM,
  INVITED,
  MAY,
  TEXT,
} from './discord-state.ts';

export type Fault = {
  readonly match: RegExp;
  times: number;
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly delayMs?: number;
  /** The call counts all the same: the delay, the status come after it. */
  readonly accept?: boolean;
  /** The connection breaks before the call counts. */
  readonly drop?: boolean;
  /** … after it. */
  readonly dropAfter?: boolean;
};

/** What there is on the fake Discord: its clock, servers, channels and messages, and what was broken of its rules. */
export class FakeDiscordWorld {
  token = 'MTIzNDU2Nzg5.fake.token-of-the-tests';
  readonly applicationId = '900000000000000001';
  readonly botUser = {
    id: this.applicationId,
    username: 'precedent',
    discriminator: '0',
    avatar: null,
    bot: true,
    global_name: null,
  };
  application: Json = {
    id: this.applicationId,
    name: 'Precedent',
    flags: 0,
    integration_types_config: { 0: {}, 1: {} },
  };
  /** Whether the message-content intent is switched on in the Developer Portal. */
  grantsContent = false;
  /** No further thread may be active. */
  threadsAreFull = false;
  commands: readonly Json[] = [];
  readonly sessionStarts = { total: 1_000, remaining: 1_000 };
  readonly guilds = new Map<string, FakeGuild>();
  readonly channels = new Map<string, FakeChannel>();
  readonly interactions = new Map<string, FakeInteraction>();
  /** Everything that was posted or answered, in order: what people see, with the raw payload. */
  readonly messages: FakeMessage[] = [];
  readonly requests: { readonly method: string; readonly path: string; readonly body: unknown }[] = [];
  /** Channels in which the bot showed that it types. */
  readonly typed: string[] = [];
  readonly broken: string[] = [];
  readonly person: FakeUser = { id: '700000000000000001', username: 'robin' };
  readonly stranger: FakeUser = { id: '700000000000000002', username: 'kim' };
  readonly otherBot: FakeUser = { id: '700000000000000009', username: 'other', bot: true };
  readonly users: FakeUser[] = [this.person, this.stranger, this.otherBot];
  readonly #faults: Fault[] = [];
  readonly #nonces = new Map<string, { readonly message: FakeMessage; readonly at: number }>();
  readonly #watchers = new Set<() => void>();
  #clockOffsetMs = 0;
  #ids = 0;

  now(): number {
    return Date.now() + this.#clockOffsetMs;
  }

  advance(ms: number): void {
    this.#clockOffsetMs += ms;
  }

  snowflake(): string {
    return String((BigInt(this.now() - 1_420_070_400_000) << 22n) + BigInt(++this.#ids % 4_194_304));
  }

  breakRule(rule: string): void {
    this.broken.push(rule);
    this.changed();
  }

  /** The rules broken so far, which are then forgiven. */
  takeBroken(): readonly string[] {
    return this.broken.splice(0);
  }

  addGuild({ name = 'Example', hasBot = true, allowsExternalApps = true } = {}): FakeGuild {
    const guild: FakeGuild = {
      id: this.snowflake(),
      name,
      hasBot,
      allowsExternalApps,
      roles: [],
      rolesOf: new Map(),
    };
    this.guilds.set(guild.id, guild);
    return guild;
  }

  /** A role, and who has it. */
  addRole(
    guild: FakeGuild,
    { name = 'role', permissions = 0n, mentionable = true }: Partial<Omit<FakeRole, 'id'>>,
    members: readonly FakeUser[] = [],
  ): FakeRole {
    const role: FakeRole = { id: this.snowflake(), name, permissions, mentionable };
    guild.roles.push(role);
    for (const { id } of members) guild.rolesOf.set(id, [...(guild.rolesOf.get(id) ?? []), role.id]);
    return role;
  }

  addChannel(guild: FakeGuild, { name = 'help', type = TEXT, permissions = INVITED } = {}): FakeChannel {
    return this.keepChannel({ type, name, guildId: guild.id, permissions });
  }

  /** A forum; tags by their names, those that only moderators may set marked `!`. */
  addForum(
    guild: FakeGuild,
    { name = 'questions', tags = [] as readonly string[], requiresTag = false, permissions = INVITED } = {},
  ): FakeChannel {
    const kept = tags.map((tag) => ({
      id: this.snowflake(),
      name: tag.replace(/!$/, ''),
      moderated: tag.endsWith('!'),
    }));
    return this.keepChannel({ type: FORUM, name, guildId: guild.id, permissions, tags: kept, requiresTag });
  }

  addDirectMessages(user: FakeUser = this.person): FakeChannel {
    return this.keepChannel({
      type: DM,
      name: '',
      guildId: undefined,
      ownerId: user.id,
      permissions: MAY.view | MAY.send | MAY.history,
    });
  }

  protected keepChannel(
    channel: Partial<FakeChannel> & Pick<FakeChannel, 'type' | 'name' | 'guildId' | 'permissions'>,
  ): FakeChannel {
    const kept: FakeChannel = {
      id: this.snowflake(),
      archived: false,
      locked: false,
      archiveMinutes: 1_440,
      tags: [],
      requiresTag: false,
      appliedTags: [],
      closed: false,
      ...channel,
    };
    this.channels.set(kept.id, kept);
    return kept;
  }

  /** What the bot may do in a channel; in a thread, what it may in the channel that it belongs to. */
  permissionsIn(channel: FakeChannel): bigint {
    return (this.channels.get(channel.parentId ?? '') ?? channel).permissions;
  }

  addMessage(
    channel: FakeChannel,
    payload: Json | undefined,
    options: {
      interaction?: FakeInteraction;
      isPrivate?: boolean;
      nonce?: string | undefined;
      replyTo?: string | undefined;
      pings?: boolean | undefined;
      author?: FakeUser | undefined;
      type?: number | undefined;
      id?: string;
    } = {},
  ): FakeMessage {
    const message: FakeMessage = {
      id: options.id ?? this.snowflake(),
      channelId: channel.id,
      payload,
      visibleTo: options.isPrivate ? (options.interaction?.user.id ?? '') : 'everyone',
      author: options.author ?? 'bot',
      interactionId: options.interaction?.id,
      replyTo: options.replyTo,
      pings: options.pings ?? true,
      nonce: options.nonce,
      type: options.type ?? (options.replyTo === undefined ? 0 : 19),
      at: this.now(),
      editedAt: undefined,
      edits: 0,
      deleted: false,
      reactions: [],
    };
    this.messages.push(message);
    if (options.nonce) this.#nonces.set(`${channel.id} ${options.nonce}`, { message, at: this.now() });
    return message;
  }

  recallNonce(channelId: string, nonce: string, withinMs: number): FakeMessage | undefined {
    const kept = this.#nonces.get(`${channelId} ${nonce}`);
    return kept && this.now() - kept.at <= withinMs ? kept.message : undefined;
  }

  allowsPublic(channel: FakeChannel): boolean {
    const guild = this.guilds.get(channel.guildId ?? '');
    return !guild || guild.hasBot || guild.allowsExternalApps;
  }

  /** The next calls that match go wrong. */
  fail(match: RegExp, fault: Omit<Fault, 'match' | 'times'> & { times?: number }): void {
    this.#faults.push({ times: 1, ...fault, match });
  }

  takeFault(call: string): Fault | undefined {
    const fault = this.#faults.find(({ match, times }) => times > 0 && match.test(call));
    if (fault) fault.times--;
    return fault;
  }

  async waitFor(condition: () => boolean, what = 'a condition', timeoutMs = 25_000): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        if (condition()) finish(resolve);
      };
      const finish = (end: () => void) => {
        clearTimeout(timer);
        clearInterval(poll);
        this.#watchers.delete(look);
        end();
      };
      const poll = setInterval(look, 50);
      const timer = setTimeout(() => {
        finish(() =>
          reject(
            new Error(`Waited ${timeoutMs} ms in vain for ${what}; broken rules: ${this.broken.join('; ') || 'none'}`),
          ),
        );
      }, timeoutMs);
      this.#watchers.add(look);
    });
  }

  changed(): void {
    for (const watcher of this.#watchers) watcher();
  }

  protected guildsWithBot(): readonly FakeGuild[] {
    return [...this.guilds.values()].filter(({ hasBot }) => hasBot);
  }
}
