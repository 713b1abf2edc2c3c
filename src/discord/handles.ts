import { PermissionFlagsBits } from 'discord.js';
import type { MessageRef } from '../help/chat.ts';
import type { Channels } from './channels.ts';
import type { InteractionRef } from './interaction-api.ts';

/** The interactions by which a message can be changed where the bot is no member: its own, or a press on it. */
export interface Handles {
  /** @param as what the message is called there: `@original`, or its id where it is a follow-up */
  keep(messageId: string, interaction: InteractionRef, as: string): void;
  /** The interaction, where it is the only way to change the message. */
  only(message: MessageRef, channels: Channels): Promise<Handle | undefined>;
}

export type Handle = { readonly interaction: InteractionRef; readonly as: string };

/** Discord's tokens live for 15 minutes. */
const LIFE_MS = 14.5 * 60_000;
const MOST = 2_000;

export function createHandles({ now = Date.now }: { readonly now?: () => number } = {}): Handles {
  const handles = new Map<string, Handle & { readonly until: number }>();
  return {
    keep(messageId, { id, token, applicationId }, as) {
      handles.delete(messageId);
      handles.set(messageId, { interaction: { id, token, applicationId }, as, until: now() + LIFE_MS });
      const oldest = handles.keys().next().value;
      if (handles.size > MOST && oldest !== undefined) handles.delete(oldest);
    },
    async only(message, channels) {
      const kept = handles.get(message.message);
      if (!kept || kept.until <= now()) return undefined;
      const { server, channel: around, thread } = message;
      const channel = server === undefined ? undefined : await channels.find(thread ?? around, server);
      return channel?.may(PermissionFlagsBits.ViewChannel) ? undefined : kept;
    },
  };
}
