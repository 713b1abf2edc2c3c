import type { SlackConfig } from '../config.ts';
import type { Logger } from '../log.ts';
import type { MessageSpot } from '../memory/posts.ts';
import { createSlackClient, refusalCode, tokenFault } from './api.ts';
import type { SlackMessageJson } from './message-reader.ts';
import { repeated } from './repeat.ts';
import { typedText } from './sanitize.ts';

const CALL_TIMEOUT_MS = 10_000;

/**
 * Reads single messages again by their ids, without a bot that runs. Gives undefined for what is gone, may not be read,
 * or has no text.
 *
 * @throws OperatorError where the token is refused; what Slack's client throws where it is open whether it can be read
 */
export function createMessageText(config: Pick<SlackConfig, 'botToken' | 'apiUrl'>, log: Logger) {
  const client = createSlackClient(config, { timeoutMs: CALL_TIMEOUT_MS, log });
  return async ({ channel, message: ts }: MessageSpot, signal: AbortSignal): Promise<string | undefined> => {
    try {
      // Slack gives a reply back when it is asked for as if it began a thread.
      const found = await repeated(() => client.conversations.replies({ channel, ts, limit: 1 }), signal);
      const message: SlackMessageJson | undefined = found.messages?.find((each) => each.ts === ts);
      // What stands where a message with replies was deleted.
      const isGone = !message || message.subtype === 'tombstone';
      return isGone ? undefined : typedText(message.text ?? '', '') || undefined;
    } catch (error) {
      const fault = tokenFault('SLACK_BOT_TOKEN', error);
      if (fault) throw fault;
      if (refusalCode(error) !== undefined) return undefined;
      throw error;
    }
  };
}
