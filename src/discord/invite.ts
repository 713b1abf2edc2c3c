import { GatewayIntentBits, OAuth2Scopes, PermissionFlagsBits } from 'discord.js';

/** What the bot asks a server for, each with its reason: the README, the invite link and `doctor` all read this. */
export const PERMISSIONS = [
  { name: 'View Channel', flag: PermissionFlagsBits.ViewChannel, reason: 'to see the messages that mention it' },
  {
    name: 'Send Messages',
    flag: PermissionFlagsBits.SendMessages,
    reason: 'to answer mentions and to post an answer that somebody shares',
  },
  {
    name: 'Send Messages in Threads',
    flag: PermissionFlagsBits.SendMessagesInThreads,
    reason: 'the same inside threads, where Send Messages does not count',
  },
  {
    name: 'Create Public Threads',
    flag: PermissionFlagsBits.CreatePublicThreads,
    reason: 'to open a thread with an answer when somebody presses that button',
  },
  {
    name: 'Read Message History',
    flag: PermissionFlagsBits.ReadMessageHistory,
    reason: 'to reply to the message that mentions it, which Discord refuses otherwise',
  },
] as const;

/** What makes more possible where it is given; without it the bot does the next best thing. Not asked for by the link. */
export const OPTIONAL_PERMISSIONS = [
  {
    name: 'Add Reactions',
    flag: PermissionFlagsBits.AddReactions,
    reason: 'to mark with ✅ what was solved, where there is no forum tag for it',
  },
  {
    name: 'Manage Threads',
    flag: PermissionFlagsBits.ManageThreads,
    reason: "to set a forum's tag for what was solved, and to delete answer threads rather than archive them",
  },
] as const;

/** What it asks the gateway for. None of them is privileged. */
export const INTENTS = [
  {
    name: 'Guilds',
    flag: GatewayIntentBits.Guilds,
    reason: 'to know the channels, threads and its own permissions in them',
  },
  { name: 'Guild Messages', flag: GatewayIntentBits.GuildMessages, reason: 'to notice when it is mentioned' },
  { name: 'Direct Messages', flag: GatewayIntentBits.DirectMessages, reason: 'to answer direct messages' },
] as const;

/** Privileged: asked for only with `READ_MESSAGES=on`. */
export const CONTENT_INTENT = {
  name: 'Message Content',
  flag: GatewayIntentBits.MessageContent,
  reason: 'to read what does not address it: follow-ups without a mention, help channels, and what the emoji is put on',
} as const;

/** Asked for only where `TRIGGER_EMOJI` is set. */
export const REACTIONS_INTENT = {
  name: 'Guild Message Reactions',
  flag: GatewayIntentBits.GuildMessageReactions,
  reason: 'to notice the emoji that has it answer',
} as const;

export type IntentsWanted = { readonly content: boolean; readonly reactions: boolean };

export function intentsFor({ content, reactions }: IntentsWanted): readonly GatewayIntentBits[] {
  const wanted = [...INTENTS, ...(content ? [CONTENT_INTENT] : []), ...(reactions ? [REACTIONS_INTENT] : [])];
  return wanted.map(({ flag }) => flag);
}

/** Both are asked for at once: the bot in the server, and its slash commands there. */
const SCOPES = [OAuth2Scopes.Bot, OAuth2Scopes.ApplicationsCommands];

/** The link that adds the bot to a server, with no more than it needs. */
export function inviteUrl(applicationId: string): string {
  const permissions = PERMISSIONS.reduce((bits, { flag }) => bits | flag, 0n);
  const query = new URLSearchParams({
    client_id: applicationId,
    scope: SCOPES.join(' '),
    permissions: String(permissions),
  });
  return `https://discord.com/oauth2/authorize?${query}`;
}
