import type { CommandName } from '../command-name.ts';
import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { ChannelRecord } from '../memory/channel-settings.ts';
import type { Memory } from '../memory/memory.ts';
import { problem } from '../run-command.ts';
import { createSeenSet } from '../seen-set.ts';
import type { Chat, ChatPlatform, Room } from './chat.ts';
import type { Clock } from './clock.ts';

/** Notices when a help channel can no longer be read or posted in, and tells who set its mode, once. */
export interface ChannelWatch {
  /** This platform is connected: its channels can be looked at. */
  connected(platform: ChatPlatform): void;
  /** Something did not work out there: it is looked at now, ahead of its turn. Never rejects. */
  doubt(room: Room): Promise<void>;
  /**
   * What the bot may do has changed: in a help channel, which is looked at now; or in another channel or everywhere in a
   * server, whose help channels are the next ones.
   */
  changed(where: ChangedAccess): Promise<void>;
  /** Something was read there. Trouble that may be over by that is looked at again, once a minute. Never rejects. */
  heardFrom(room: Room): Promise<void>;
  /** Looks at the next channel whose turn it is, if any is: one row and at most two calls, however many there are. */
  patrol(): Promise<void>;
}

/** A server without a channel: all that are in it. */
export type ChangedAccess = Pick<Room, 'platform' | 'server'> & { readonly channel?: string | undefined };

type Walk = {
  readonly after: ChannelRecord['spot'];
  /** Whether it begins anew afterwards: something else has changed. */
  readonly again: boolean;
};

export type ChannelWatchOptions = {
  readonly memory: Pick<Memory, 'channels' | 'helpTroubles'>;
  readonly chat: (platform: ChatPlatform) => Chat;
  readonly timing?: WatchTiming | undefined;
  readonly commandName: CommandName;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
};

export type WatchTiming = {
  /** How long the trouble has to last: what passes by itself is told to nobody. */
  readonly confirmMs: number;
  /** From one look at all channels to the next. */
  readonly roundMs: number;
};

const TIMING: WatchTiming = { confirmMs: 60_000, roundMs: 10 * 60_000 };
const HOUR_MS = 3600_000;
const MINUTE_MS = 60_000;

export function createChannelWatch({
  memory: { channels, helpTroubles },
  chat,
  timing: { confirmMs, roundMs } = TIMING,
  commandName,
  clock,
  log,
  signal,
}: ChannelWatchOptions): ChannelWatch {
  const connected = new Set<ChatPlatform>();
  /** Channels that were seen in trouble for the first time, and when. */
  const suspects = new Map<string, { readonly room: Room; readonly since: number }>();
  /** Whom a reason was told, so that one who set many channels hears it once. */
  const heard = createSeenSet({ windowMs: HOUR_MS, now: clock.now });
  /** Of those in trouble, where something was read lately. */
  const lively = createSeenSet({ windowMs: MINUTE_MS, now: clock.now });
  /** Servers whose channels are looked at ahead of their turn. */
  const walks = new Map<string, Walk>();
  let isAheadNext = true;
  let looking: Promise<void> = Promise.resolve();
  let last: ChannelRecord['spot'] | undefined;
  let roundBegan = clock.now();
  let restsUntil = 0;

  /** Why the channel does not do what was set; undefined when it does. */
  async function faultOf(room: Room, { rules: { mode } }: ChannelRecord): Promise<string | undefined> {
    const platform = chat(room.platform);
    const here = await platform.access(room, signal);
    if (!here.ok) return here.detail;
    if (mode !== 'suggest' || room.platform === 'slack') return undefined;
    const { helpersChannel } = channels.rulesOf(room);
    if (helpersChannel === undefined) return 'suggestions need a channel for helpers, and there is none any more';
    const there = await platform.access({ ...room, channel: helpersChannel }, signal);
    return there.ok ? undefined : `in the helpers’ channel: ${there.detail}`;
  }

  async function look(room: Room): Promise<void> {
    const key = keyOf(room);
    const record = channels.of(room);
    const isOn = record !== undefined && (record.rules.mode ?? 'off') !== 'off';
    const fault = isOn ? await faultOf(room, record) : undefined;
    const known = helpTroubles.of(room);
    if (!record || fault === undefined) {
      suspects.delete(key);
      if (known) helpTroubles.over(room);
      return;
    }
    if (!known && !isConfirmed(room, key)) return;
    suspects.delete(key);
    if (known?.detail !== fault) helpTroubles.note(room, fault);
    if (!known?.told) await tell(room, record, fault);
  }

  function isConfirmed(room: Room, key: string): boolean {
    const suspect = suspects.get(key);
    if (!suspect) suspects.set(key, { room, since: clock.now() });
    return suspect !== undefined && clock.now() - suspect.since >= confirmMs;
  }

  async function tell(room: Room, { setBy }: ChannelRecord, fault: string): Promise<void> {
    log.warn('A help channel can no longer be read or posted in', { ...room, reason: fault });
    const key = `${room.platform}:${setBy}:${fault}`;
    if (!heard.add(key)) return helpTroubles.told(room);
    const platform = chat(room.platform);
    const [setUp, list] = ['help-channel', 'sources'].map((name) => commandName(room.platform, name));
    const text =
      `I can no longer do what you set up in a help channel: ${fault}. Once that is mended ` +
      `it goes on by itself; "${setUp} off channel=${room.channel}" ends it. ${list} lists all such channels.`;
    const above = platform.linkTo(room);
    try {
      if (!(await platform.tell(setBy, text, signal, above))) await tellHelpers(room, platform, text);
      helpTroubles.told(room);
    } catch (error) {
      heard.forget(key);
      throw error;
    }
  }

  async function tellHelpers(room: Room, platform: Chat, text: string): Promise<void> {
    const { helpersChannel } = channels.rulesOf(room);
    if (helpersChannel === undefined) return;
    const there = { platform: room.platform, server: room.server, channel: helpersChannel };
    const post = { outcome: problem(text), banner: platform.linkTo(room), actions: [] };
    await platform
      .post(there, post, { key: `trouble:${keyOf(room)}`, asked: false }, signal)
      .catch((error: unknown) => log.info('Nobody could be told', { reason: describeError(error) }));
  }

  /** What may pass, such as a network that is down, says nothing about a channel. */
  function quietly(room: Room): Promise<void> {
    // One at a time: of two looks at once the second would take what the first is about to tell for told.
    looking = looking.then(() =>
      look(room).catch((error: unknown) => {
        if (signal.aborted) return;
        suspects.delete(keyOf(room));
        log.debug('A help channel could not be looked at', { error });
      }),
    );
    return looking;
  }

  function nextAhead(): Room | undefined {
    for (const [key, walk] of walks) {
      const spot = channels.next(walk.after)?.spot;
      if (spot && serverKey(spot) === key) {
        walks.set(key, { ...walk, after: spot });
        return roomOf(spot);
      }
      walks.delete(key);
      // Behind those of other servers.
      if (walk.again) walks.set(key, { after: { ...walk.after, channel: undefined }, again: false });
    }
    return undefined;
  }

  function nextInTurn(): Room | undefined {
    for (const { room, since } of suspects.values()) if (clock.now() - since >= confirmMs) return room;
    // By turns, so that a server in which much changes holds up no other.
    const room = isAheadNext ? (nextAhead() ?? nextOfRound()) : (nextOfRound() ?? nextAhead());
    isAheadNext = !isAheadNext;
    return room;
  }

  function nextOfRound(): Room | undefined {
    if (clock.now() < restsUntil) return undefined;
    if (!last) roundBegan = clock.now();
    const next = channels.next(last);
    last = next?.spot;
    if (!next) restsUntil = roundBegan + roundMs;
    return next && roomOf(next.spot);
  }

  return {
    connected: (platform) => void connected.add(platform),
    doubt: (room) => quietly(roomOf(room)),
    async changed({ platform, server, channel }) {
      const isOn = channel !== undefined && (channels.of({ platform, server, channel })?.rules.mode ?? 'off') !== 'off';
      // It may be where others suggest.
      if (isOn) return quietly({ platform, server, channel });
      const key = serverKey({ platform, server });
      const walk = walks.get(key) ?? { after: { platform, server }, again: false };
      // One that is under way comes to its end.
      walks.set(key, { ...walk, again: walk.after.channel !== undefined });
    },
    async heardFrom(room) {
      if (helpTroubles.of(room) && lively.add(keyOf(room))) await quietly(roomOf(room));
    },
    async patrol() {
      const room = nextInTurn();
      if (room && connected.has(room.platform)) await quietly(room);
    },
  };
}

function roomOf({ platform, server, channel = '' }: ChannelRecord['spot']): Room {
  return { platform, server, channel };
}

function serverKey({ platform, server }: Pick<Room, 'platform' | 'server'>): string {
  return `${platform}:${server}`;
}

function keyOf({ platform, server, channel }: Room): string {
  return `${platform}:${server}:${channel}`;
}
