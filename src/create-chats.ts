import type { Access } from './access.ts';
import type { Command, MessageAction } from './command.ts';
import type { Config } from './config.ts';
import type { Conversations } from './help/conversations.ts';
import type { Logger } from './log.ts';
import type { AnswerBook } from './memory/answer-book.ts';
import type { Platform, PublicListener } from './platform.ts';

type ChatParts = {
  readonly commands: readonly Command[];
  readonly actions: readonly MessageAction[];
  readonly answers: AnswerBook;
  readonly conversations: Conversations;
  readonly access: Access;
  readonly publicListener: PublicListener | undefined;
  readonly log: Logger;
};

/** The configured chats. A platform's client is loaded only where it is used: each takes a good part of a second. */
export async function createChats(
  { discord, slack, chat }: Config,
  { publicListener, access, ...parts }: ChatParts,
): Promise<Platform[]> {
  const chats: Platform[] = [];
  if (discord) {
    const { createDiscordPlatform } = await import('./discord/bot.ts');
    chats.push(createDiscordPlatform({ config: discord, chat, access, ...parts }));
  }
  if (slack) {
    const { createSlackPlatform } = await import('./slack/bot.ts');
    chats.push(createSlackPlatform({ config: slack, chat, publicListener, ...parts }));
  }
  return chats;
}
