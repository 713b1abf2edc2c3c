import type { Answer } from '../retrieval/answer.ts';
import type { ChangedAccess } from './channel-watch.ts';
import type { Chat, ChatMessage, ChatPlatform, MessageRef, Room } from './chat.ts';

/**
 * Decides when the bot speaks without being asked. `Conversations` hands over what nobody addressed to the bot, and
 * carries out what is decided: it posts, remembers and lives with the answer as with any other.
 */
export interface HelpChannels {
  /** A platform can be spoken to: what waited there before a restart goes on. */
  connected(platform: ChatPlatform): void;
  /** A message that does not address the bot, in a room that the bot reads. Resolves once it is noted; never rejects. */
  seen(message: ChatMessage): Promise<void>;
  edited(message: ChatMessage): Promise<void>;
  deleted(message: MessageRef): Promise<void>;
  /** Whether this follow-up in a thread that an automatic reply opened is to be answered, if strongly. */
  mayFollowUp(message: ChatMessage): Promise<boolean>;
  /** What the bot may do in a channel has changed, or without one in any of a server: whether it still can is looked at. */
  accessChanged(where: ChangedAccess): Promise<void>;
  /** Something could not be posted there: whether anything can is looked at. */
  refused(room: Room): Promise<void>;
  /** Looks after the next help channel: whether it can still be read and posted in. Called again and again. */
  patrol(): Promise<void>;
  /** What asked answers may be in a channel. */
  policyOf(room: Room): RoomPolicy;
  /** Something was said about an automatic reply: solved, disliked, removed, not here, judged. */
  judged(reply: Judged): Promise<void>;
  close(): Promise<void>;
}

export type Verdict = 'solved' | 'helpful' | 'not-helpful' | 'removed' | 'not-here' | 'undone' | 'posted' | 'dismissed';

export type Judged = {
  readonly answerId: string;
  readonly verdict: Verdict;
  /** Undefined where the platform does not say who did it. */
  readonly by: string | undefined;
  /** One thumb among others, counted with the votes: not the last word of who may say it. */
  readonly isVote?: boolean | undefined;
};

export type RoomPolicy = {
  /** Whether asked answers may be public: yes, private ones only, or none at all. */
  readonly answers: 'public' | 'private' | 'none';
  /** Public answers an hour; undefined: no limit but `ASK_LIMIT`. */
  readonly perHour: number | undefined;
  /** The same in all channels of the server together. */
  readonly serverPerHour: number | undefined;
  /** Whether votes and the like stand below answers. */
  readonly buttons: boolean;
  /** Sources that answer there by default; empty: all that may. */
  readonly sources: readonly string[];
  /** Where "Ask a helper" posts and suggestions go; undefined: nowhere. */
  readonly helpersChannel: string | undefined;
  /** The role (Discord) or user group (Slack) of helpers. */
  readonly helpersRole: string | undefined;
  /** How long a thread stays before the platform archives it. */
  readonly archiveAfterMinutes: number | undefined;
};

/** What help channels use to speak; fulfilled by the conversations. */
export interface Voice {
  /** @throws Error when the platform never said what it can do */
  chat(platform: ChatPlatform): Chat;
  /** Searches for a message, as in its room; nothing is posted or kept. */
  search(message: ChatMessage, signal: AbortSignal): Promise<Answer>;
  /** Posts the answer in a thread on the message, once; undefined when the message is gone or it may not be posted. */
  reply(message: ChatMessage, answer: Answer, banner: string, signal: AbortSignal): Promise<Answer | undefined>;
  /** To the asker alone (Slack), or with Post and Dismiss in the helpers' channel (Discord). */
  suggest(message: ChatMessage, answer: Answer, banner: string, signal: AbortSignal): Promise<Answer | undefined>;
}
