import { PermissionFlagsBits, type ThreadChannel } from 'discord.js';
import { ChatRefusal, type MessageRef, type Room } from '../help/chat.ts';
import type { DiscordApi } from './api.ts';
import type { Channels, KnownChannel } from './channels.ts';
import { missingOf } from './channels.ts';
import { CODES, codeOf } from './rest.ts';

const { ManageThreads, AddReactions, ReadMessageHistory, ViewChannel } = PermissionFlagsBits;
const SOLVED = /^\W*(?:solved|answered|resolved)\W*$/i;
const MARK = '✅';
const MOST_TAGS = 5;

/** Marks what is solved: with a forum's own tag where there is one that the bot may set, else with a reaction. */
export function createMarks({ api, channels }: { readonly api: DiscordApi; readonly channels: Channels }) {
  return {
    async set(thread: Room, on: MessageRef | undefined, solved: boolean, signal: AbortSignal): Promise<void> {
      const { server = '', thread: id } = thread;
      const channel = id === undefined ? undefined : await channels.find(id, server);
      if (channel && (await setTag(channel, solved, signal))) return;
      const target = on ?? firstOf(thread, channel);
      if (target) await setReaction(target, solved, signal);
    },
  };

  /** True when the tag is as it should be. */
  async function setTag(channel: KnownChannel, solved: boolean, signal: AbortSignal): Promise<boolean> {
    if (channel.kind !== 'forum-post' || channel.locked || channel.archived) return false;
    const thread = channel.channel as ThreadChannel;
    const parent = thread.parent;
    const tags = parent && 'availableTags' in parent ? parent.availableTags : [];
    const tag = tags.find(({ name }) => SOLVED.test(name));
    if (!tag || !(channel.may(ManageThreads) || (channel.ours && !tag.moderated))) return false;
    const others = thread.appliedTags.filter((id) => id !== tag.id);
    if (solved && others.length >= MOST_TAGS) return false;
    try {
      await api.changeThread(thread.id, { applied_tags: solved ? [...others, tag.id] : others }, signal);
      return true;
    } catch (error) {
      // The forum wants a tag on every post, and this was the only one.
      if (codeOf(error) === CODES.tagRequired) return true;
      throw error;
    }
  }

  async function setReaction(target: MessageRef, solved: boolean, signal: AbortSignal): Promise<void> {
    const place = target.thread ?? target.channel;
    const channel = target.server === undefined ? undefined : await channels.find(place, target.server);
    const needed = [ViewChannel, ReadMessageHistory, ...(solved ? [AddReactions] : [])];
    const fault = channel && missingOf(channel, needed);
    if (fault) throw new ChatRefusal('forbidden', `Nothing can be marked: ${fault}`);
    await (solved ? api.react : api.unreact)(place, target.message, MARK, signal);
  }
}

/** The message that a thread was opened on: in a forum inside it, else in the channel around it. */
function firstOf(thread: Room, channel: KnownChannel | undefined): MessageRef | undefined {
  if (thread.thread === undefined) return undefined;
  const inside = channel?.kind === 'forum-post';
  return { ...thread, thread: inside ? thread.thread : undefined, message: thread.thread };
}
