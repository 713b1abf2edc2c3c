import { ChannelType, type Interaction, InteractionContextType, PermissionFlagsBits } from 'discord.js';
import { inviteUrl, PERMISSIONS } from './invite.ts';

/** What may be done with an answer where an interaction happened. */
export type Place = {
  /** Whether there is anybody to share with. */
  readonly shared: boolean;
  /** Whether the bot may post by itself; else only through the interaction. */
  readonly mayPost: boolean;
  readonly mayOpenThread: boolean;
  /** Why there is no thread button, where a thread could be: one line of our markup. */
  readonly hint: string | undefined;
};

const { ViewChannel, SendMessages, SendMessagesInThreads, CreatePublicThreads } = PermissionFlagsBits;
const FOR_THREADS = [ViewChannel, SendMessages, CreatePublicThreads, SendMessagesInThreads];

export function placeOf(interaction: Interaction): Place {
  const nowhere = { shared: false, mayPost: false, mayOpenThread: false, hint: undefined };
  if (!interaction.guildId) {
    // A direct message with the bot has one reader; one between people, or a group, has more.
    return { ...nowhere, shared: interaction.context === InteractionContextType.PrivateChannel };
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
  return {
    shared: true,
    mayPost: channel !== null && may.has([ViewChannel, inThread ? SendMessagesInThreads : SendMessages]),
    mayOpenThread: hasThreads && missing.length === 0,
    hint:
      hasThreads && missing.length > 0
        ? `-# To open threads here, the bot needs ${missing.map(({ name }) => name).join(', ')}: give them to its role, or ${invitation(interaction.applicationId)} again.`
        : undefined,
  };
}

function invitation(applicationId: string): string {
  return `[add the bot to this server](${inviteUrl(applicationId)})`;
}
