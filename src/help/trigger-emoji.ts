import type { ChatMessage, MessageRef } from './chat.ts';
import type { Conversations } from './conversations.ts';
import type { Delivered, Deliveries } from './deliveries.ts';
import type { HelpDesk } from './help-desk.ts';
import { openedFor, threadName } from './thread-name.ts';

type Put = Pick<Parameters<Conversations['reacted']>[0], 'on' | 'by'>;

export type TriggerEmojiParts = {
  readonly deliveries: Deliveries;
  readonly isAnswered: (message: ChatMessage) => Promise<boolean>;
};

/**
 * An emoji has the bot answer the message that it was put on, in a thread: for the message's author, helpers and
 * managers. `undecided`: somebody else may put it as well, or the same person later.
 */
export function createTriggerEmoji(desk: HelpDesk, { deliveries, isAnswered }: TriggerEmojiParts) {
  const { asker, memory, settings, help, signal } = desk;

  /** The message, with its words, where the emoji is to have an effect. */
  async function wanted({ on, by }: Put): Promise<ChatMessage | 'dropped' | 'undecided'> {
    const chat = desk.chat(on.platform);
    const message = await chat.read(on, signal);
    if (!message || message.author.kind === 'us' || message.author.kind === 'bot') return 'dropped';
    if (memory.channels.isShutOut(on, `${on.platform}:${by.id}`)) return 'undecided';
    if (message.place.kind === 'outside' || help.policyOf(on).answers !== 'public') return 'dropped';
    const isAllowed = settings.managers.includes(by.id) || by.id === message.author.id;
    if (!isAllowed && (await chat.standing(by.id, on, signal)) === 'member') return 'undecided';
    if (!/[\p{L}\p{N}]/u.test(message.text ?? '') || (await isAnswered(message))) return 'dropped';
    return (await desk.turns.take(on)) ? message : 'undecided';
  }

  /** Slack tells of the emoji without saying in which thread the message stands, so the thread is the message's own. */
  async function openThread(message: ChatMessage, on: MessageRef) {
    const { archiveAfterMinutes } = help.policyOf(on);
    const options = { name: threadName(message.text), archiveAfterMinutes };
    return desk.chat(on.platform).openThread(message.ref, options, signal);
  }

  return async (put: Put): Promise<Delivered | 'undecided'> => {
    const message = await wanted(put);
    if (typeof message === 'string') return message;
    const room = await openThread(message, put.on);
    const words = message.text?.trim() ?? '';
    return deliveries.deliver(
      { ...message, author: put.by },
      {
        room,
        opened: openedFor(message, room),
        kind: 'answer',
        asked: true,
        find: (context, limit) => asker.ask(words, context, { literal: true, forEveryone: true }, limit),
      },
    );
  };
}
