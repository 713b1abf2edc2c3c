import { type APIMessage, MessageType, PermissionFlagsBits } from 'discord.js';
import { ChatRefusal, type MessageRef, type Room } from '../help/chat.ts';
import type { DiscordApi } from './api.ts';
import type { Channels } from './channels.ts';
import { isGone } from './refusal.ts';
import { CODES, codeOf } from './rest.ts';

const { ManageThreads, ViewChannel, ReadMessageHistory } = PermissionFlagsBits;
/** Read to find out who wrote in a thread; beyond it somebody else surely did. */
const MOST_PAGES = 3;
const PAGE = 100;
const REMOVED = 'Removed: the question was deleted';

/** Threads: those that are archived opened for a change, those of no more use removed. */
export function createThreads({ api, channels }: { readonly api: DiscordApi; readonly channels: Channels }) {
  return {
    /** In an archived thread nothing can be changed: it is opened for the change, and archived again. */
    async opened(message: MessageRef, change: () => Promise<void>, signal: AbortSignal): Promise<void> {
      try {
        await change();
      } catch (error) {
        if (codeOf(error) !== CODES.archivedThread || message.thread === undefined) throw error;
        const { thread } = message;
        const channel = await channels.find(thread);
        if (channel?.locked && !channel.may(ManageThreads))
          throw new ChatRefusal('locked', 'The thread is locked', error);
        await api.changeThread(thread, { archived: false }, signal);
        await change();
        // Whoever archives it may be somebody else then.
        await api.changeThread(thread, { archived: true }, signal).catch(() => {});
      }
    },

    async remove({ thread }: Room, signal: AbortSignal): Promise<void> {
      if (thread === undefined) return;
      const channel = await channels.find(thread);
      if (!channel) return;
      try {
        if (channel.may(ManageThreads)) return await api.removeThread(thread, signal);
        if (channel.locked || !channel.ours) throw new ChatRefusal('forbidden', 'The bot may not remove this thread');
        if (channel.archived) await api.changeThread(thread, { archived: false }, signal);
        await api.changeThread(thread, { name: REMOVED, archived: true }, signal);
      } catch (error) {
        if (!isGone(error)) throw error;
      }
    },

    async othersWrote({ thread }: Room, isAsker: (user: string) => boolean, signal: AbortSignal): Promise<boolean> {
      if (thread === undefined) return true;
      try {
        const channel = await channels.find(thread);
        if (!channel?.may(ViewChannel, ReadMessageHistory)) return true;
        const us = channel.channel.client.user.id;
        const isOther = ({ author, type }: APIMessage) =>
          (type === MessageType.Default || type === MessageType.Reply) && author.id !== us && !isAsker(author.id);
        let before: string | undefined;
        for (let page = 0; page < MOST_PAGES; page++) {
          const messages = await api.messages(thread, before, signal);
          if (messages.some(isOther)) return true;
          if (messages.length < PAGE) return false;
          before = messages.at(-1)?.id;
        }
        return true;
      } catch {
        return true;
      }
    },
  };
}
