import { type APIMessage, MessageType, PermissionFlagsBits } from 'discord.js';
import { ChatRefusal, type Room } from '../help/chat.ts';
import type { DiscordApi } from './api.ts';
import type { Channels, KnownChannel } from './channels.ts';
import { isGone } from './refusal.ts';

const { ManageThreads, ViewChannel, ReadMessageHistory } = PermissionFlagsBits;
/** Read to find out who wrote in a thread; beyond it somebody else surely did. */
const MOST_PAGES = 3;
const PAGE = 100;
const REMOVED = 'Removed: the question was deleted';

/** Threads: those that are archived opened for a change, those of no more use removed. */
export function createThreads({ api, channels }: { readonly api: DiscordApi; readonly channels: Channels }) {
  /** A thread has the id of the message that it was opened on. */
  async function removeAnnouncement(around: string, id: string, { channel, kind }: KnownChannel, signal: AbortSignal) {
    const parent = channels.known(around);
    if (kind !== 'thread' || !parent?.may(ViewChannel, ReadMessageHistory)) return;
    try {
      const start = await api.message(around, id, signal);
      if (start.author.id === channel.client.user.id) await api.removeMessage(around, id, signal);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  return {
    /** In an archived thread nothing can be changed: it is opened for the change, and archived again. */
    async opened(channel: KnownChannel | undefined, change: () => Promise<void>, signal: AbortSignal): Promise<void> {
      if (channel?.locked && !channel.may(ManageThreads)) throw new ChatRefusal('locked', 'The thread is locked');
      if (!channel?.archived) return change();
      await api.changeThread(channel.id, { archived: false }, signal);
      try {
        await change();
      } finally {
        // Whoever archives it may be somebody else then.
        await api.changeThread(channel.id, { archived: true }, signal).catch(() => {});
      }
    },

    /** Only what the bot opened; with the line of its own that announced it. */
    async remove({ server = '', thread, channel: around }: Room, signal: AbortSignal): Promise<void> {
      if (thread === undefined) return;
      const channel = await channels.find(thread, server);
      if (!channel) return;
      const mayDelete = channel.may(ManageThreads);
      if (!channel.ours || (channel.locked && !mayDelete)) {
        throw new ChatRefusal('forbidden', 'The bot may not remove this thread');
      }
      try {
        await removeAnnouncement(around, thread, channel, signal);
        if (mayDelete) return await api.removeThread(thread, signal);
        if (channel.archived) await api.changeThread(thread, { archived: false }, signal);
        await api.changeThread(thread, { name: REMOVED, archived: true }, signal);
      } catch (error) {
        if (!isGone(error)) throw error;
      }
    },

    async othersWrote(
      { server = '', thread }: Room,
      isAsker: (user: string) => boolean,
      signal: AbortSignal,
    ): Promise<boolean> {
      if (thread === undefined) return true;
      try {
        const channel = await channels.find(thread, server);
        if (!channel?.may(ViewChannel, ReadMessageHistory)) return true;
        const us = channel.channel.client.user.id;
        const isOther = ({ author, type }: APIMessage) =>
          (type === MessageType.Default || type === MessageType.Reply) && author.id !== us && !isAsker(author.id);
        let before: string | undefined;
        for (let page = 0; page < MOST_PAGES; page++) {
          const messages = await api.messages(thread, { before }, signal);
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
