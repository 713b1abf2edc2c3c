import { type ApiAnswer, accept, refuse } from './slack-answer.ts';
import type { Json, ShownMessage, World, WrittenMessage } from './slack-world.ts';

/** The methods `conversations.*`, `users.*` and `usergroups.*`: what the bot may know of channels and people. */

export function openConversation(world: World, { users }: Json): ApiAnswer {
  if (typeof users !== 'string' || !users.startsWith('U')) return refuse('user_not_found');
  return accept({ channel: { id: world.directChannel(users).id } });
}

/** A private channel that the bot is not in, it does not admit to know. */
export function channelInfo(world: World, { channel: id }: Json): ApiAnswer {
  const channel = world.channels.get(String(id));
  if (!channel || (channel.private && !channel.botIn)) return refuse('channel_not_found');
  const { name, archived, external, botIn, creator } = channel;
  const kind = { is_im: channel.id.startsWith('D'), is_mpim: false, is_private: channel.private };
  const shared = { is_shared: external, is_ext_shared: external, is_org_shared: false, is_pending_ext_shared: false };
  const state = { is_archived: archived, is_member: botIn, creator };
  return accept({ channel: { id: channel.id, name, ...kind, ...shared, ...state } });
}

export function userInfo(world: World, { user: id }: Json): ApiAnswer {
  if (typeof id !== 'string' || !id.startsWith('U')) return refuse('user_not_found');
  const { guest = false, admin = false, owner = false, teamId = world.teamId } = world.people.get(id) ?? {};
  const rights = { is_admin: admin, is_owner: owner, is_restricted: guest, is_ultra_restricted: false };
  return accept({ user: { id, team_id: teamId, deleted: false, is_bot: false, ...rights } });
}

export function usergroupMembers(world: World, { usergroup }: Json): ApiAnswer {
  const users = world.usergroups.get(String(usergroup));
  return users ? accept({ users }) : refuse('no_such_subteam');
}

export function history(world: World, args: Json): ApiAnswer {
  const refusal = mayRead(world, args);
  if (refusal) return refusal;
  const { channel, oldest, latest, inclusive } = args;
  const top = [...world.messages.filter(({ user }) => !user), ...world.written]
    .filter((message) => message.channel === channel && !message.threadTs && !isGone(message))
    .filter(({ ts }) => isWithin(ts, oldest, latest, inclusive === true))
    .sort((one, other) => other.ts.localeCompare(one.ts));
  return page(world, top, args);
}

/** A thread with its first message first; of a message that is in a thread, itself alone. */
export function replies(world: World, args: Json): ApiAnswer {
  const refusal = mayRead(world, args);
  if (refusal) return refusal;
  const channel = String(args.channel);
  const ts = String(args.ts ?? '');
  const known = [...world.messages.filter(({ user }) => !user), ...world.written];
  const message = known.find((candidate) => candidate.channel === channel && candidate.ts === ts);
  const below = world.repliesIn(channel, ts);
  if (!message && below.length === 0) return refuse('thread_not_found');
  if (message?.threadTs) return isGone(message) ? refuse('thread_not_found') : page(world, [message], args);
  if (message && isGone(message) && below.length === 0) return refuse('thread_not_found');
  return page(world, [...(message ? [message] : []), ...below], args);
}

function mayRead(world: World, { channel }: Json): ApiAnswer | undefined {
  const known = world.channels.get(String(channel));
  if (!known) return refuse('channel_not_found');
  if (!known.botIn) return refuse('not_in_channel');
  const since = Date.now() - world.minuteMs;
  if (world.readAt.filter((at) => at > since).length >= world.reading.perMinute) {
    return { body: { ok: false, error: 'ratelimited' }, status: 429, headers: { 'retry-after': '1' } };
  }
  world.readAt.push(Date.now());
  return undefined;
}

function page(world: World, messages: readonly (ShownMessage | WrittenMessage)[], args: Json): ApiAnswer {
  const { limit, include_all_metadata: withMetadata } = args;
  const most = Math.min(Number(limit ?? 100), world.reading.most);
  const shown = messages.slice(0, most).map((message) => asRead(world, message, withMetadata === true));
  return accept({ messages: shown, has_more: messages.length > most });
}

/** As Slack gives a message back: a first message that was deleted and has replies is a tombstone. */
function asRead(world: World, message: ShownMessage | WrittenMessage, withMetadata: boolean): Json {
  const thread = message.threadTs ? { thread_ts: message.threadTs } : {};
  if ('via' in message) {
    const { ts, text, metadata } = message;
    const author = { user: world.botUserId, bot_id: world.botId };
    return { type: 'message', ts, text, ...author, ...thread, ...(withMetadata && { metadata }) };
  }
  const { ts, user, text, subtype, botId, editedTs, deletedAt } = message;
  if (deletedAt !== undefined) {
    return {
      type: 'message',
      subtype: 'tombstone',
      ts,
      user: 'USLACKBOT',
      text: 'This message was deleted.',
      ...thread,
    };
  }
  return {
    type: 'message',
    ts,
    text,
    ...(user && { user }),
    ...(subtype && { subtype }),
    ...(botId && { bot_id: botId }),
    ...(editedTs && { edited: { user, ts: editedTs } }),
    ...thread,
  };
}

function isGone(message: ShownMessage | WrittenMessage): boolean {
  return 'via' in message ? message.deleted : message.deletedAt !== undefined;
}

function isWithin(ts: string, oldest: unknown, latest: unknown, inclusive: boolean): boolean {
  const at = Number(ts);
  const from = oldest === undefined ? 0 : Number(oldest);
  const to = latest === undefined ? Number.POSITIVE_INFINITY : Number(latest);
  return inclusive ? at >= from && at <= to : at > from && at < to;
}
