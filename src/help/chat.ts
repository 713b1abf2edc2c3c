import type { Place } from '../access.ts';
import type { Outcome } from '../run-command.ts';
import type { Action } from './action.ts';

/**
 * What a chat platform does for the conversations that the bot has (`Conversations`), and what it tells them. Platforms
 * fulfil `Chat` and know of events; what to say, when, and what to remember is decided once, behind `Conversations`.
 */

export type ChatPlatform = 'discord' | 'slack';

/** A channel, or a thread in it. */
export type Room = {
  readonly platform: ChatPlatform;
  /** Server or workspace; absent in direct messages on Discord. */
  readonly server: string | undefined;
  /** On Discord, of a thread: the channel (text or forum) that it belongs to. */
  readonly channel: string;
  /** Discord: the thread's own id. Slack: the `thread_ts`. Absent: the channel itself. */
  readonly thread?: string | undefined;
};

/** A message, by the ids under which the platform finds it again. */
export type MessageRef = Room & { readonly message: string };

/** `us`: the bot itself. `bridge`: a bot named in `BRIDGES`, through which people write. */
export type Author = { readonly id: string; readonly kind: 'person' | 'bridge' | 'bot' | 'us' };

/** What somebody wrote, as far as the bot may read it. */
export type ChatMessage = {
  readonly ref: MessageRef;
  readonly author: Author;
  /** As typed, without the platform's markup for mentions; empty for a bare mention. Undefined: it may not be read. */
  readonly text: string | undefined;
  /** How it addresses the bot; undefined when it does not. */
  readonly addressed: 'mention' | 'reply' | 'direct' | undefined;
  readonly room: 'channel' | 'thread' | 'forum-post' | 'direct';
  /** The message that it replies to (Discord); in a thread, that is not its first message. */
  readonly repliesTo?: { readonly message: string; readonly author?: Author | undefined } | undefined;
  /** The people whom it mentions, by id: talk between people. */
  readonly mentions: readonly string[];
  /** The name of the thread it stands in, where it has one. */
  readonly threadName?: string | undefined;
  /** Which sources may answer is decided by it; what is written in a place outside is never answered in public. */
  readonly place: Place;
  /** Written by somebody of another workspace (Slack), or by whom it is unclear. */
  readonly stranger?: boolean | undefined;
  /** Milliseconds since 1970. */
  readonly writtenAt: number;
  readonly editedAt?: number | undefined;
};

/** A message as a list gives it. */
export type WrittenMessage = Pick<ChatMessage, 'ref' | 'author' | 'text' | 'repliesTo'>;

/** `member`: anybody. Managers are helpers. */
export type Standing = 'manager' | 'helper' | 'member';

/** What is to be shown, in a platform's own rendering. */
export type Post = {
  readonly outcome: Outcome;
  /** One line above an answer that nobody asked for: that it is automatic, and how sure it is. Trusted text. */
  readonly banner?: string | undefined;
  /** Below it, in this order; a platform leaves out what it cannot show. Votes and pages of hits count as one control. */
  readonly actions: readonly Action[];
  /** Who asks, by id, shown without a ping: to helpers, of a question that nobody else saw. */
  readonly asks?: string | undefined;
  /** The one permitted ping: a role (Discord) or user group (Slack), by id. */
  readonly ping?: string | undefined;
};

export type PostOptions = {
  /** Names the post: repeated under the same key, by whomever, it is there once. */
  readonly key: string;
  /** Whether somebody waits for it: then it is sent once more where it is open whether it arrived. Never otherwise. */
  readonly asked: boolean;
  /** Discord: the message that it is a reply to. */
  readonly replyTo?: string | undefined;
};

/**
 * A platform, as conversations use it. Calls reject with `ChatRefusal` for what the platform refuses for good, with
 * other errors for what may pass; each call has tried again by itself what is safe to repeat.
 */
export interface Chat {
  readonly platform: ChatPlatform;
  /** Whether messages that do not address the bot can be read there: an intent on Discord, scopes on Slack. */
  reads(room: Room): boolean;
  /** Posts, and gives the message back. On Slack a reply that fell out of its thread is removed, and refused as `gone`. */
  post(room: Room, post: Post, options: PostOptions, signal: AbortSignal): Promise<MessageRef>;
  /** Replaces one of the bot's messages. */
  edit(message: MessageRef, post: Post, signal: AbortSignal): Promise<void>;
  /** Removes one of the bot's messages; one that is gone already counts as removed. */
  remove(message: MessageRef, signal: AbortSignal): Promise<void>;
  /**
   * A thread on a message; the one that is there where there is one. Slack's need no opening. On a message in a thread,
   * or the first of a forum post, it is that thread.
   */
  openThread(on: MessageRef, options: ThreadOptions, signal: AbortSignal): Promise<Room>;
  /** Removes a thread that the bot opened; where it may not, renames and archives it (Discord). Slack: does nothing. */
  removeThread(thread: Room, signal: AbortSignal): Promise<void>;
  /**
   * Whether somebody other than the bot and the asker wrote in a thread. True where it cannot be told. The asker is known
   * by a keyed hash alone, so it is asked of each author's id.
   */
  othersWrote(thread: Room, isAsker: (user: string) => boolean, signal: AbortSignal): Promise<boolean>;
  /** A message again, by id. Undefined when it is gone or may not be read. */
  read(message: MessageRef, signal: AbortSignal): Promise<ChatMessage | undefined>;
  /**
   * The same, told apart: `gone` only where the platform says so itself; `unreadable` where the bot may not read, no
   * longer is, or nobody can tell.
   */
  lookUp(message: MessageRef, signal: AbortSignal): Promise<ChatMessage | 'gone' | 'unreadable'>;
  /**
   * What people wrote after a message: in its channel and in the thread on it, or below it in its thread; as much as one
   * call gives. Nothing where it may not be read.
   */
  writtenAfter(message: MessageRef, signal: AbortSignal): Promise<readonly WrittenMessage[]>;
  /** The message that a thread was opened on, or a forum post's first. Undefined when it may not be read. */
  firstMessage(thread: Room, signal: AbortSignal): Promise<ChatMessage | undefined>;
  /** Shows that an answer is being looked for, until the signal aborts. Never rejects. */
  showWork(room: Room, until: AbortSignal): void;
  /** What whoever reads along in a channel of a server or workspace may see, whoever it is that asks; what is unclear is outside. */
  placeOf(room: Room): Promise<Place>;
  standing(user: string, room: Room, signal: AbortSignal): Promise<Standing>;
  /** A direct message, `above` it a line that may hold an address; false when the person takes none. */
  tell(user: string, text: string, signal: AbortSignal, above?: string): Promise<boolean>;
  /**
   * Only this person sees it, in the room (Slack). @throws ChatRefusal on Discord, where such messages exist only as
   * answers to interactions
   */
  whisper(user: string, room: Room, post: Post, signal: AbortSignal): Promise<void>;
  /** Marks a thread as solved, or takes the mark back: a forum tag (Discord), a reaction (Slack). */
  mark(thread: Room, on: MessageRef | undefined, solved: boolean, signal: AbortSignal): Promise<void>;
  /** Whether the bot can read and post there now; else why not, in one line. */
  access(room: Room, signal: AbortSignal): Promise<{ readonly ok: boolean; readonly detail: string }>;
  /** The address under which people open a message, or a room. */
  linkTo(place: Room & Partial<MessageRef>): string;
}

export type ThreadOptions = {
  /** Shown as the thread's name where threads have names; cut to what the platform takes. */
  readonly name: string;
  /** Of Discord's 60, 1440, 4320, 10080. */
  readonly archiveAfterMinutes?: number | undefined;
};

/** What a platform refuses for good. */
export class ChatRefusal extends Error {
  override readonly name = 'ChatRefusal';
  readonly reason: 'gone' | 'forbidden' | 'locked' | 'blocked' | 'unsupported';

  constructor(reason: ChatRefusal['reason'], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}
