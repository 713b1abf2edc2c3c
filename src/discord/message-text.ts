import type { DiscordConfig } from '../config.ts';
import type { MessageSpot } from '../memory/posts.ts';
import { createChannelApi } from './channel-api.ts';
import { withoutMarkup } from './read-message.ts';
import { isGone } from './refusal.ts';
import { CODES, codeOf, createRest } from './rest.ts';

/**
 * Reads single messages again by their ids, without a bot that runs. Gives undefined for what is gone, may not be read,
 * or has no text; without the message-content intent that is everything that does not name the bot.
 *
 * @throws what Discord's client throws where it is open whether it can be read: a wrong token, no network
 */
export function createMessageText({ token, apiUrl }: Pick<DiscordConfig, 'token' | 'apiUrl'>) {
  const api = createChannelApi(createRest(apiUrl, token));
  return async ({ channel, thread, message }: MessageSpot, signal: AbortSignal): Promise<string | undefined> => {
    try {
      const { content } = await api.message(thread ?? channel, message, signal);
      return withoutMarkup(content) || undefined;
    } catch (error) {
      const code = codeOf(error);
      if (isGone(error) || code === CODES.missingAccess || code === CODES.missingPermissions) return undefined;
      throw error;
    }
  };
}
