import type { Spot } from './posts.ts';

/**
 * - `off`: the bot speaks only when asked.
 * - `shadow`: nothing is posted; what would have been is recorded.
 * - `suggest`: to the asker alone (Slack), or to helpers, who post or dismiss it (Discord).
 * - `auto`: in a thread on the message.
 */
export type HelpMode = 'off' | 'shadow' | 'suggest' | 'auto';

/** What managers set for a channel, or for a whole server or workspace. What is absent was not set. */
export type ChannelRules = {
  readonly mode?: HelpMode | undefined;
  /** Sources that answer there by default. */
  readonly sources?: readonly string[] | undefined;
  /** How sure the bot has to be to speak by itself: `fair` lets strong ones speak as well. */
  readonly band?: 'strong' | 'fair' | undefined;
  /** How long people have to answer first. */
  readonly waitMs?: number | undefined;
  /** Between two automatic replies in the channel, and to the same person. */
  readonly channelCooldownMs?: number | undefined;
  readonly userCooldownMs?: number | undefined;
  readonly buttons?: boolean | undefined;
  /** Whether only people who are new to the channel are answered. */
  readonly newcomersOnly?: boolean | undefined;
  /** Of Discord's 60, 1440, 4320, 10080. */
  readonly archiveAfterMinutes?: number | undefined;
  readonly helpersChannel?: string | undefined;
  readonly helpersRole?: string | undefined;
  /** Whether asked answers may be public. */
  readonly answers?: 'public' | 'private' | 'none' | undefined;
  /** Public answers an hour. */
  readonly perHour?: number | undefined;
};

/** A server or workspace; with a channel, that channel. Threads have the settings of their channel. */
export type SettingsSpot = Pick<Spot, 'platform' | 'server'> & { readonly channel?: string | undefined };

export type ChannelRecord = {
  readonly spot: SettingsSpot;
  readonly rules: ChannelRules;
  /** Who set it last, by id, so that they can be told when the channel can no longer be read. */
  readonly setBy: string;
  /** Milliseconds since 1970. */
  readonly setAt: number;
};

/**
 * How the bot behaves in channels, by id. Nothing is held in memory, so that the number of channels costs nothing at
 * the start; reads are single rows and answer at once.
 */
export interface ChannelSettings {
  /** What was set for exactly this channel, or exactly this server. */
  of(spot: SettingsSpot): ChannelRecord | undefined;
  /** What holds in a channel: its own settings, and its server's for the rest. */
  rulesOf(spot: SettingsSpot): ChannelRules;
  /** Changes the rules named and leaves the others; `undefined` takes one back. */
  set(spot: SettingsSpot, rules: ChannelRules, by: string): void;
  /** The first channels of a server, or of all, in which a mode other than `off` is set. */
  active(limit: number, where?: Pick<Spot, 'platform' | 'server'>): readonly ChannelRecord[];
  /** The first channel behind another one, in a fixed order, in which a mode other than `off` is set. */
  next(after?: SettingsSpot): ChannelRecord | undefined;
  /** Shuts a person out of a server or workspace, or lets them in again. `user`: `PLATFORM:ID`, kept as a keyed hash. */
  shutOut(where: Pick<Spot, 'platform' | 'server'>, user: string, isOut: boolean): void;
  isShutOut(where: Pick<Spot, 'platform' | 'server'>, user: string): boolean;
}
