import { type Json, toArray, toObject } from './discord-rules.ts';

export const TEXT = 0;
export const DM = 1;
export const ANNOUNCEMENT = 5;
export const PUBLIC_THREAD = 11;
export const FORUM = 15;

/** Permission bits that the bot, or a role, may have. */
export const MAY = {
  manageChannels: 1n << 4n,
  react: 1n << 6n,
  view: 1n << 10n,
  send: 1n << 11n,
  manageMessages: 1n << 13n,
  embed: 1n << 14n,
  history: 1n << 16n,
  mentionEveryone: 1n << 17n,
  manageThreads: 1n << 34n,
  createThreads: 1n << 35n,
  sendInThreads: 1n << 38n,
} as const;
/** What the invite link asks for. */
export const INVITED = MAY.view | MAY.send | MAY.history | MAY.createThreads | MAY.sendInThreads;

export type FakeUser = { readonly id: string; readonly username: string; readonly bot?: boolean };

export type FakeTag = { readonly id: string; readonly name: string; readonly moderated: boolean };
export type FakeRole = {
  readonly id: string;
  readonly name: string;
  readonly permissions: bigint;
  readonly mentionable: boolean;
};

export type FakeChannel = {
  readonly id: string;
  readonly type: number;
  name: string;
  readonly guildId: string | undefined;
  readonly parentId?: string | undefined;
  /** Who opened a thread, or whom direct messages are with. */
  readonly ownerId?: string | undefined;
  /** The bot's, in a server; a thread has its parent's. */
  permissions: bigint;
  archived: boolean;
  locked: boolean;
  archiveMinutes: number;
  /** Of a forum: what its posts may be tagged with, and whether they must be. */
  readonly tags: readonly FakeTag[];
  readonly requiresTag: boolean;
  /** Of a post in a forum. */
  appliedTags: readonly string[];
  /** The person takes no direct messages. */
  closed: boolean;
};

export type FakeGuild = {
  readonly id: string;
  readonly name: string;
  /** False: the bot is not in it, only somebody who installed it for themselves. */
  readonly hasBot: boolean;
  /** Whether apps that are not in it may answer publicly. */
  allowsExternalApps: boolean;
  readonly roles: FakeRole[];
  /** The roles of people, by their ids; who is not named has none. */
  readonly rolesOf: Map<string, readonly string[]>;
};

export type FakeMessage = {
  readonly id: string;
  readonly channelId: string;
  /** The body as the bot sent it, edits merged in; undefined while it only says "thinking". */
  payload: Json | undefined;
  /** Who sees it. */
  readonly visibleTo: 'everyone' | string;
  readonly author: 'bot' | FakeUser;
  /** The interaction that it answers. */
  readonly interactionId?: string | undefined;
  readonly replyTo?: string | undefined;
  /** Whether the reply pings whom it replies to. */
  readonly pings: boolean;
  readonly nonce?: string | undefined;
  /** Discord's number for the kind of message: 0, 19 for a reply. */
  readonly type: number;
  readonly at: number;
  editedAt: number | undefined;
  edits: number;
  deleted: boolean;
  readonly reactions: { readonly emoji: string; readonly by: string }[];
};

export type InteractionKind = 'command' | 'component' | 'autocomplete' | 'modal';

export type FakeInteraction = {
  readonly id: string;
  readonly token: string;
  readonly payload: Json;
  readonly user: FakeUser;
  readonly channel: FakeChannel;
  readonly kind: InteractionKind;
  readonly isUserInstallOnly: boolean;
  readonly createdAt: number;
  /** The message whose component was pressed. */
  readonly source: FakeMessage | undefined;
  acknowledged: { readonly type: number; readonly isPrivate: boolean } | undefined;
  original: FakeMessage | undefined;
  readonly followUps: FakeMessage[];
  /** How often the original was given or changed. */
  answers: number;
  /** What was offered for what is being typed. */
  choices: readonly Json[] | undefined;
  /** The form that was opened. */
  modal: Json | undefined;
};

/** The texts of a message as they were sent, in reading order. */
export function textsOf(message: Pick<FakeMessage, 'payload'>): readonly string[] {
  const { content } = message.payload ?? {};
  return [...(typeof content === 'string' && content ? [content] : []), ...componentsOf(message).flatMap(textOf)];
}

/** Every component, those inside others too. */
export function componentsOf(message: Pick<FakeMessage, 'payload'>): readonly Json[] {
  const walk = (component: Json): readonly Json[] => [
    component,
    ...[...toArray(component.components), ...(component.accessory ? [component.accessory] : [])]
      .map(toObject)
      .flatMap(walk),
  ];
  return toArray(message.payload?.components).map(toObject).flatMap(walk);
}

function textOf(component: Json): readonly string[] {
  return component.type === 10 ? [String(component.content)] : [];
}

export function buttonsOf(message: Pick<FakeMessage, 'payload'>): readonly string[] {
  return componentsOf(message)
    .filter(({ type }) => type === 2)
    .map(({ label }) => String(label));
}

export function optionsOf(message: Pick<FakeMessage, 'payload'>): readonly Json[] {
  const select = componentsOf(message).find(({ type }) => type === 3);
  return toArray(select?.options).map(toObject);
}
