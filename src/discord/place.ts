import { ChannelType, type Interaction, InteractionContextType, PermissionFlagsBits } from 'discord.js';
import type { Action } from '../help/action.ts';
import type { Room } from '../help/chat.ts';
import type { Answer } from '../retrieval/answer.ts';
import { inviteUrl, PERMISSIONS } from './invite.ts';
import type { Service } from './service.ts';

/** What may be done with an answer where an interaction happened. */
export type Place = {
  /** Whether the bot itself is there, so that it can change what it posts. */
  readonly present: boolean;
  /** Whether there is anybody to share with. */
  readonly shared: boolean;
  /** Whether the bot may post by itself; else only through the interaction. */
  readonly mayPost: boolean;
  readonly mayOpenThread: boolean;
  /** Whether it may answer in a thread on a message there, or beside it where that lies in a thread. */
  readonly mayPostOn: boolean;
  /** Why there is no thread button, where a thread could be: one line of our markup. */
  readonly hint: string | undefined;
};

const { ViewChannel, SendMessages, SendMessagesInThreads, CreatePublicThreads } = PermissionFlagsBits;
const FOR_THREADS = [ViewChannel, SendMessages, CreatePublicThreads, SendMessagesInThreads];

export function placeOf(interaction: Interaction): Place {
  const nowhere = { present: false, mayPost: false, mayOpenThread: false, mayPostOn: false, hint: undefined };
  if (!interaction.guildId) {
    // A direct message with the bot has one reader; one between people, or a group, has more.
    const isGroup = interaction.context === InteractionContextType.PrivateChannel;
    return { ...nowhere, present: !isGroup, shared: isGroup };
  }
  if (!interaction.inCachedGuild()) {
    // Used by somebody who installed it for themselves: the bot itself is not here.
    return { ...nowhere, shared: true, hint: `-# To open threads here, ${invitation(interaction.applicationId)}.` };
  }
  const may = interaction.appPermissions;
  const { channel } = interaction;
  const inThread = channel?.isThread() ?? false;
  const hasThreads = channel?.type === ChannelType.GuildText || channel?.type === ChannelType.GuildAnnouncement;
  const missing = PERMISSIONS.filter(({ flag }) => FOR_THREADS.includes(flag) && !may.has(flag));
  const mayPost = channel !== null && may.has([ViewChannel, inThread ? SendMessagesInThreads : SendMessages]);
  const mayOpenThread = hasThreads && missing.length === 0;
  return {
    present: channel !== null && may.has(ViewChannel),
    shared: true,
    mayPost,
    mayOpenThread,
    mayPostOn: mayOpenThread || (inThread && mayPost),
    hint:
      hasThreads && missing.length > 0
        ? `-# To open threads here, the bot needs ${missing.map(({ name }) => name).join(', ')}: give them to its role, or ${invitation(interaction.applicationId)} again.`
        : undefined,
  };
}

function invitation(applicationId: string): string {
  return `[add the bot to this server](${inviteUrl(applicationId)})`;
}

/** The channel or thread in which an interaction happened. */
export function roomOf({ guildId, channelId, channel }: Interaction): Room {
  const server = guildId ?? undefined;
  const id = channelId ?? '';
  if (!channel?.isThread()) return { platform: 'discord', server, channel: id };
  return { platform: 'discord', server, channel: channel.parentId ?? id, thread: id };
}

/** What can be pressed below an answer that only its asker sees: nothing that could not be done there. */
export function actionsThere(
  { conversations }: Service,
  interaction: Interaction,
  answer: Answer,
  about: string | undefined,
): readonly Action[] {
  const { shared, mayOpenThread, mayPostOn } = placeOf(interaction);
  const view = { audience: 'asker', room: roomOf(interaction), automatic: false } as const;
  return conversations.actionsFor(answer, view).filter(({ kind }) => {
    if (kind === 'share') return shared;
    return kind === 'thread' ? (about ? mayPostOn : mayOpenThread) : isServed(kind);
  });
}

/** What can be pressed below an answer that everybody sees. */
export function publicActions({ conversations }: Service, room: Room, answer: Answer): readonly Action[] {
  return conversations
    .actionsFor(answer, { audience: 'everyone', room, automatic: false })
    .filter(({ kind }) => isServed(kind));
}

/** Filters are options of `/ask` here. */
function isServed(kind: Action['kind']): boolean {
  return kind !== 'narrow';
}
