import type { Command } from '../command.ts';
import type { Logger } from '../log.ts';
import type { AnswerBook } from '../memory/answer-book.ts';
import type { RunCommandOptions } from '../run-command.ts';
import type { SeenSet } from '../seen-set.ts';
import type { DiscordApi } from './api.ts';
import type { Whereabouts } from './whereabouts.ts';

/** What the handlers of commands, buttons and messages share. */
export type Service = {
  readonly api: DiscordApi;
  readonly whereabouts: Whereabouts;
  readonly commands: readonly Command[];
  readonly answers: AnswerBook;
  readonly log: Logger;
  /** How every command is run. */
  readonly running: RunCommandOptions;
  /** Interactions and messages that were handled. */
  readonly seen: SeenSet;
  /** What was shared, so that a second press does not post it again. */
  readonly shared: SeenSet;
  /** True once the bot is stopping: what is running goes on for a moment, what comes is told to come back. */
  readonly isClosing: () => boolean;
  /** Told of every error of Discord's API, for the health report. */
  readonly onError: (error: unknown) => void;
};
