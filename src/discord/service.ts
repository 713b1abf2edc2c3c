import type { Command, MessageAction } from '../command.ts';
import type { Chat } from '../help/chat.ts';
import type { Conversations } from '../help/conversations.ts';
import type { Logger } from '../log.ts';
import type { AnswerBook } from '../memory/answer-book.ts';
import type { RunCommandOptions } from '../run-command.ts';
import type { SeenSet } from '../seen-set.ts';
import type { DiscordApi } from './api.ts';
import type { Handles } from './handles.ts';
import type { Whereabouts } from './whereabouts.ts';

/** What the handlers of commands and buttons share. */
export type Service = {
  readonly api: DiscordApi;
  readonly chat: Chat;
  readonly conversations: Conversations;
  readonly handles: Handles;
  readonly whereabouts: Whereabouts;
  readonly commands: readonly Command[];
  /** What stands in the menu of messages. */
  readonly actions: readonly MessageAction[];
  readonly answers: AnswerBook;
  readonly log: Logger;
  /** How every command is run. */
  readonly running: RunCommandOptions;
  /** Interactions that were handled. */
  readonly seen: SeenSet;
  /** What was shared, so that a second press does not post it again. */
  readonly shared: SeenSet;
  /** Whether the bot serves a server; direct messages it serves everywhere. */
  readonly isOpenTo: (server: string | undefined) => boolean;
  /** True once the bot is stopping: what is running goes on for a moment, what comes is told to come back. */
  readonly isClosing: () => boolean;
  /** Aborts when what runs had its time. */
  readonly stopping: AbortSignal;
  /** Told of every error of Discord's API, for the health report. */
  readonly onError: (error: unknown) => void;
};
