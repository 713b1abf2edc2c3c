import type { CommandContext } from '../command.ts';
import type { CommandName } from '../command-name.ts';
import type { Logger } from '../log.ts';
import type { Memory } from '../memory/memory.ts';
import type { Reports } from '../report/reports.ts';
import type { Answer } from '../retrieval/answer.ts';
import type { Action } from './action.ts';
import type { Asker } from './asker.ts';
import type { Chat, ChatMessage, ChatPlatform, MessageRef, Room } from './chat.ts';
import type { ActionView } from './conversations.ts';
import type { HelpChannels } from './help-channels.ts';
import type { PublicTurns } from './public-turns.ts';

/** What the parts of the conversations share. */
export type HelpDesk = {
  readonly asker: Asker;
  readonly memory: Memory;
  readonly reports: Pick<Reports, 'of'>;
  readonly settings: ConversationSettings;
  readonly log: Logger;
  readonly now: () => number;
  /** Aborts when the bot stops. */
  readonly signal: AbortSignal;
  /** The channels where the bot speaks by itself. */
  readonly help: HelpChannels;
  /** Taken before anything that was asked for is shown to everybody. */
  readonly turns: PublicTurns;
  /** @throws Error when the platform never said what it can do */
  chat(platform: ChatPlatform): Chat;
  actionsFor(answer: Answer, view: ActionView): readonly Action[];
};

export type ConversationSettings = {
  /** Who manages everywhere, by id. */
  readonly managers: readonly string[];
  /** Emoji that make the bot answer the message they are put on, by their name. */
  readonly triggerEmoji: readonly string[];
  /** How long one answer may take. */
  readonly answerTimeoutMs: number;
  /** After an edit of a question, so that a second one is waited for. */
  readonly editDelayMs: number;
  /** How long is waited before a change that failed is tried again, each time. */
  readonly retryDelaysMs: readonly number[];
  /** Between two questions that are read again after a start. */
  readonly rereadEveryMs?: number | undefined;
  readonly commandName: CommandName;
};

export function contextOf({ ref, author, place }: ChatMessage, requestId: string): CommandContext {
  return {
    platform: ref.platform,
    user: author.id,
    server: ref.server,
    channel: ref.channel,
    place,
    requestId,
  };
}

/** Names a message: Discord's ids are unique by themselves, Slack's in their channel. */
export function messageKey({ platform, channel, message }: MessageRef): string {
  return platform === 'discord' ? `discord:${message}` : `slack:${channel}:${message}`;
}

export function roomKey({ platform, channel, thread }: Room): string {
  return platform === 'discord' ? `discord:${thread ?? channel}` : `slack:${channel}:${thread ?? ''}`;
}
