import type { ChatMessage } from '../help/chat.ts';

/** What was written lately, as events told of it: in memory alone, for an hour, and no more than so many. */
export interface RecentMessages {
  add(message: ChatMessage): void;
  get(channel: string, ts: string): ChatMessage | undefined;
  remove(channel: string, ts: string): void;
}

export function createRecentMessages({ most = 2_000, lifeMs = 3_600_000, now = Date.now } = {}): RecentMessages {
  /** The oldest first. */
  const messages = new Map<string, { readonly message: ChatMessage; readonly until: number }>();
  const dropOld = () => {
    for (const [key, { until }] of messages) {
      if (messages.size <= most && until > now()) return;
      messages.delete(key);
    }
  };
  return {
    add(message) {
      const { channel, message: ts } = message.ref;
      messages.delete(`${channel}:${ts}`);
      messages.set(`${channel}:${ts}`, { message, until: now() + lifeMs });
      dropOld();
    },
    get(channel, ts) {
      dropOld();
      return messages.get(`${channel}:${ts}`)?.message;
    },
    remove: (channel, ts) => void messages.delete(`${channel}:${ts}`),
  };
}
