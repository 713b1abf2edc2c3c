import { messageJson } from './discord-message-json.ts';
import { type Call, Refusal, refuseBroken } from './discord-refusal.ts';
import { checkMessage, FLAGS, toObject } from './discord-rules.ts';
import type { FakeDiscord } from './discord-server.ts';
import { DM, type FakeChannel, type FakeMessage, FORUM, MAY, PUBLIC_THREAD } from './discord-state.ts';

const NONCE_MS = 5 * 60_000;

export function postMessage(state: FakeDiscord, { parts: [channelId], body: raw }: Call): unknown {
  const channel = reachable(state, channelId, true);
  const body = toObject(raw);
  if (channel.type === FORUM) throw new Refusal(400, 40_058, 'Cannot message this channel until after its first post');
  if (isForumPost(state, channel) && !state.messages.some(({ id }) => id === channel.id)) {
    throw new Refusal(403, 40_058, 'Cannot message this thread until after the post author has posted');
  }
  if (channel.closed) throw new Refusal(403, 50_007, 'Cannot send messages to this user');
  const { message_id: replyTo, fail_if_not_exists: mustExist } = toObject(body.message_reference);
  if (replyTo !== undefined && channel.guildId && (state.permissionsIn(channel) & MAY.history) === 0n) {
    throw new Refusal(403, 160_002, 'Cannot reply without permission to read message history');
  }
  refuseBroken(state, checkMessage(body, 'create'), 'message');
  const original = state.messages.find(({ id, deleted }) => id === replyTo && !deleted);
  if (replyTo !== undefined && !original && mustExist !== false) {
    throw new Refusal(400, 50_035, 'message_reference: Unknown message');
  }
  const nonce = body.nonce === undefined ? undefined : String(body.nonce);
  if (nonce === undefined || body.enforce_nonce !== true)
    state.breakRule('a post without an enforced nonce may double');
  const first = nonce && state.recallNonce(channel.id, nonce, NONCE_MS);
  if (first) return asRead(state, first);
  if (channel.archived) state.changeThread(channel, { archived: false });
  const message = state.addMessage(channel, body, { nonce, replyTo: original?.id });
  state.deliverMessage(message);
  return asRead(state, message);
}

export function editMessage(state: FakeDiscord, { parts: [channelId, messageId], body: raw }: Call): unknown {
  const channel = reachable(state, channelId, false);
  const message = standing(state, channel, messageId);
  if (message.author !== 'bot') throw new Refusal(403, 50_005, 'Cannot edit a message authored by another user');
  refuseClosed(state, channel);
  const body = toObject(raw);
  const before = Number(message.payload?.flags ?? 0);
  if ((before & FLAGS.componentsV2) !== 0 && (Number(body.flags ?? before) & FLAGS.componentsV2) === 0) {
    throw new Refusal(400, 50_035, 'components v2 cannot be taken away');
  }
  refuseBroken(state, checkMessage(body, 'edit'), 'edit');
  message.payload = { ...message.payload, ...body };
  message.edits++;
  message.editedAt = state.now();
  state.deliverMessage(message, 'MESSAGE_UPDATE');
  return asRead(state, message);
}

export function removeMessage(state: FakeDiscord, { parts: [channelId, messageId] }: Call): undefined {
  const channel = reachable(state, channelId, false);
  const message = standing(state, channel, messageId);
  if (message.author !== 'bot' && (channel.type === DM || (state.permissionsIn(channel) & MAY.manageMessages) === 0n))
    throw new Refusal(403, 50_013, 'Missing Permissions');
  refuseClosed(state, channel);
  state.deleteMessage(message);
  return undefined;
}

export function readMessage(state: FakeDiscord, { parts: [channelId, messageId] }: Call): unknown {
  const channel = reachable(state, channelId, false);
  refuseWithoutHistory(state, channel);
  return asRead(state, standing(state, channel, messageId));
}

/** The newest first; at most 100. */
export function listMessages(state: FakeDiscord, { parts: [channelId], query }: Call): unknown {
  const channel = reachable(state, channelId, false);
  refuseWithoutHistory(state, channel);
  const limit = Number(query.get('limit') ?? 50);
  if (!(limit >= 1 && limit <= 100)) throw new Refusal(400, 50_035, 'limit is 1 to 100');
  const after = BigInt(query.get('after') ?? 0);
  const before = query.get('before');
  const lie = state.messages.filter(
    ({ channelId: at, deleted, visibleTo, id }) =>
      at === channel.id &&
      !deleted &&
      visibleTo === 'everyone' &&
      BigInt(id) > after &&
      (before === null || BigInt(id) < BigInt(before)),
  );
  const page = query.has('after') ? lie.slice(0, limit) : lie.slice(-limit);
  return page.reverse().map((message) => asRead(state, message));
}

export function addReaction(state: FakeDiscord, { parts: [channelId, messageId, emoji = ''] }: Call): undefined {
  const channel = reachable(state, channelId, false);
  refuseWithoutHistory(state, channel);
  const message = standing(state, channel, messageId);
  refuseClosed(state, channel);
  const isNew = !message.reactions.some((reaction) => reaction.emoji === emoji);
  // Without the permission only what somebody else put there can be joined.
  if (isNew && channel.type !== DM && (state.permissionsIn(channel) & MAY.react) === 0n) {
    throw new Refusal(403, 50_013, 'Missing Permissions');
  }
  const mine = message.reactions.some(({ emoji: there, by }) => there === emoji && by === state.botUser.id);
  if (!mine) state.react(message, emoji, { user: state.botUser });
  return undefined;
}

export function removeReaction(state: FakeDiscord, { parts: [channelId, messageId, emoji = ''] }: Call): undefined {
  const channel = reachable(state, channelId, false);
  const message = standing(state, channel, messageId);
  refuseClosed(state, channel);
  const index = message.reactions.findIndex((one) => one.emoji === emoji && one.by === state.botUser.id);
  if (index >= 0) message.reactions.splice(index, 1);
  return undefined;
}

export function typing(state: FakeDiscord, { parts: [channelId] }: Call): undefined {
  state.typed.push(reachable(state, channelId, true).id);
  return undefined;
}

/** The direct messages with somebody, opened if need be. */
export function openDirectMessages(state: FakeDiscord, { body }: Call): unknown {
  const { recipient_id: id } = toObject(body);
  const user = state.users.find((candidate) => candidate.id === id);
  if (!user) throw new Refusal(400, 50_033, 'Invalid Recipient(s)');
  const open = [...state.channels.values()].find(({ type, ownerId }) => type === DM && ownerId === user.id);
  const { id: channelId } = open ?? state.addDirectMessages(user);
  return { id: channelId, type: DM, flags: 0, recipients: [{ id: user.id, username: user.username }] };
}

/** A channel that the bot may look into, or write in. */
export function reachable(state: FakeDiscord, id: string | undefined, toSend: boolean): FakeChannel {
  const channel = state.channels.get(id ?? '');
  if (!channel) throw new Refusal(404, 10_003, 'Unknown Channel');
  if (channel.type === DM) return channel;
  const guild = state.guilds.get(channel.guildId ?? '');
  const may = state.permissionsIn(channel);
  if (!guild?.hasBot || (may & MAY.view) === 0n) throw new Refusal(403, 50_001, 'Missing Access');
  const needed = channel.type === PUBLIC_THREAD ? MAY.sendInThreads : MAY.send;
  if (!toSend) return channel;
  if ((may & needed) === 0n) throw new Refusal(403, 50_013, 'Missing Permissions');
  if (channel.locked && (may & MAY.manageThreads) === 0n) throw new Refusal(403, 160_005, 'Thread is locked');
  return channel;
}

/** Nothing is changed in an archived thread, and in a locked one only by who manages threads. */
function refuseClosed(state: FakeDiscord, channel: FakeChannel): void {
  if (channel.archived) throw new Refusal(400, 50_083, 'Thread is archived');
  if (channel.locked && (state.permissionsIn(channel) & MAY.manageThreads) === 0n) {
    throw new Refusal(403, 160_005, 'Thread is locked');
  }
}

function refuseWithoutHistory(state: FakeDiscord, channel: FakeChannel): void {
  if (channel.type !== DM && (state.permissionsIn(channel) & MAY.history) === 0n) {
    throw new Refusal(403, 50_001, 'Missing Access');
  }
}

function isForumPost(state: FakeDiscord, { parentId }: FakeChannel): boolean {
  return state.channels.get(parentId ?? '')?.type === FORUM;
}

/** A message that is still there. */
export function standing(state: FakeDiscord, channel: FakeChannel, id: string | undefined): FakeMessage {
  const message = state.messages.find((one) => one.id === id && one.channelId === channel.id);
  if (!message || message.deleted || message.visibleTo !== 'everyone')
    throw new Refusal(404, 10_008, 'Unknown Message');
  return message;
}

function asRead(state: FakeDiscord, message: FakeMessage): unknown {
  const channel = state.channels.get(message.channelId) as FakeChannel;
  const repliesTo = state.messages.find(({ id, deleted }) => id === message.replyTo && !deleted);
  return messageJson(message, { channel, bot: state.botUser, seesContent: state.grantsContent, repliesTo });
}
