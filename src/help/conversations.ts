import type { Place } from '../access.ts';
import type { CommandContext } from '../command.ts';
import type { Answer } from '../retrieval/answer.ts';
import type { Outcome } from '../run-command.ts';
import type { Action } from './action.ts';
import type { ChangedAccess } from './channel-watch.ts';
import type { Author, Chat, ChatMessage, MessageRef, Post, Room, Standing } from './chat.ts';
import type { RoomPolicy } from './help-channels.ts';

/**
 * What platforms tell of, and what is done about it: asked questions and their follow-ups, answers that live with their
 * question, presses, and messages that nobody addressed to the bot. Calls never reject: whoever asked gets an answer or
 * a reason, the log gets the rest. A platform hands over every delivery; what was handled already is dropped here, and
 * what failed before anybody saw anything is free for a second delivery.
 */
export interface Conversations {
  /** A platform says what it can do, before its first event. */
  attach(chat: Chat): void;
  /**
   * It is connected and can read and post, at first, or again after events may have been lost: what waited there goes on,
   * and it is looked what became of questions meanwhile.
   */
  connected(platform: Chat['platform']): void;
  /** Somebody wrote something: addressed to the bot or not. */
  message(message: ChatMessage): Promise<void>;
  /** Somebody changed a message; with the new text. */
  edited(message: ChatMessage): Promise<void>;
  deleted(message: MessageRef): Promise<void>;
  threadDeleted(thread: Room): Promise<void>;
  /** Somebody put an emoji on a message: its name, or the custom one's. */
  reacted(reaction: {
    readonly on: MessageRef;
    readonly by: Author;
    readonly emoji: string;
    readonly added: boolean;
  }): Promise<void>;
  /** A command's or an action's answer is for everyone to see now, as this message, and lives from here on. */
  posted(answer: Answer, post: PostedBy): Promise<void>;
  /**
   * What pressing an action below one of our messages does, apart from turning pages and showing whole comments, which
   * platforms do by themselves. The platform shows the outcome to whoever pressed.
   */
  press(action: Action, press: Press): Promise<PressOutcome>;
  /**
   * What a message that went out through an interaction is to look like now, to be shown when one of its controls is
   * pressed; undefined when it is none, or may stay as it is. Never rejects.
   */
  current(message: MessageRef): Promise<Post | undefined>;
  /** Comments that were changed, hidden or removed where they come from, by key: public answers follow. */
  commentsChanged(keys: readonly string[]): Promise<void>;
  /** Sources became private, or public: answers show what they may where they are. */
  sourcesChanged(): Promise<void>;
  /** The bot was removed from a server or workspace: everything of it is forgotten. */
  left(where: { readonly platform: Chat['platform']; readonly server: string }): Promise<void>;
  /**
   * The servers that the bot is in, as a platform lists them: of one that it was in before and that is missing, everything
   * is forgotten as well, since nobody told a bot that was down.
   */
  isIn(list: ServerList): Promise<void>;
  /** The bot is in a server, new or known. */
  joined(server: Pick<ServerList, 'platform' | 'bot'> & { readonly server: string }): Promise<void>;
  /** What the bot may do in a channel may have changed, or without one in any channel of a server. */
  accessChanged(where: ChangedAccess): Promise<void>;
  /** Looks after the next help channel: whether it can still be read and posted in. Called again and again. */
  patrol(): Promise<void>;
  /** Whether the bot can read and post there now; else why not, in one line. */
  access(room: Room, signal: AbortSignal): ReturnType<Chat['access']>;
  /** Which actions belong below an answer for whoever is to see it. */
  actionsFor(answer: Answer, view: ActionView): readonly Action[];
  /** What asked answers may be in a room: who shares one there, or has everyone see it, asks this first. */
  policyOf(room: Room): RoomPolicy;
  /** Whether these hits stand in this channel or thread already, or in a thread that was opened from there. */
  isPosted(share: Extract<Action, { kind: 'share' | 'thread' }>, room: Room): Promise<boolean>;
  /** Counts one more answer for everyone in a channel, before it is shown; false where this hour had enough of them. */
  takePublicTurn(room: Room): Promise<boolean>;
  /** Whether managers shut somebody out there: then nothing is posted for them. */
  isShutOut(room: Room, user: string): boolean;
  /** What somebody is where they ask; who is in `MANAGERS` manages everywhere. */
  standing(context: CommandContext, signal: AbortSignal): Promise<Standing>;
  close(): Promise<void>;
}

export type ServerList = {
  readonly platform: Chat['platform'];
  /** The bot's own id: which servers another bot was in says nothing of this one. */
  readonly bot: string;
  readonly servers: readonly string[];
  /** Whether the list would name that server, were the bot in it. */
  readonly covers: (server: string) => boolean;
};

export type PostedBy = {
  readonly message: MessageRef;
  /** Which sources may be shown there. */
  readonly place: Place;
  /** Who asked. */
  readonly asker: string;
  /** The message that the question stands in, if it does. */
  readonly question?: MessageRef | undefined;
  /** The thread that the bot opened for it. */
  readonly thread?: Room | undefined;
  /** How it can be changed later: as the bot's own message, or through an interaction alone. */
  readonly through: 'bot' | 'interaction';
};

export type Press = {
  readonly by: string;
  readonly room: Room;
  readonly place: Place;
  /** The message that carries the control; absent for one that only its reader sees. */
  readonly on?: MessageRef | undefined;
  /** The message that the pressed answer is about, where somebody had chosen to find answers to it. */
  readonly about?: MessageRef | undefined;
  readonly requestId: string;
};

/** What whoever pressed is told, and what becomes of the message that was pressed. */
export type PressOutcome = {
  readonly say?: Outcome | undefined;
  /**
   * The message pressed is to look like this now: a private one, or one that went out through an interaction. Those of
   * the bot are edited by `Chat`.
   */
  readonly replace?: Post | undefined;
  /** The message pressed is to go, and went out through an interaction: where `Chat` can, it has removed it. */
  readonly gone?: boolean | undefined;
  /** `rank` was 0: which hit is meant is to be asked, and the action pressed again with it. */
  readonly ask?: { readonly answer: Answer; readonly action: Action } | undefined;
};

export type ActionView = {
  /** Who will see it: the asker alone, or everyone. */
  readonly audience: 'asker' | 'everyone';
  readonly room: Room;
  readonly automatic: boolean;
};
