import { type ApiAnswer, accept, refuse } from './slack-answer.ts';
import { checkMessage } from './slack-rules.ts';
import type { Channel, Json, World } from './slack-world.ts';

/** The methods `chat.*`: what the bot writes. */

/** The channel, when the bot may write there; else Slack's error. A private one it does not admit to know. */
export function writable(world: World, id: unknown): Channel | ApiAnswer {
  const name = String(id ?? '');
  if (world.people.get(name)?.hasLeft) return refuse('user_disabled');
  const channel = name.startsWith('U') ? world.directChannel(name) : world.channels.get(name);
  if (!channel || (channel.private && !channel.botIn)) return refuse('channel_not_found');
  if (!channel.botIn) return refuse('not_in_channel');
  if (channel.archived) return refuse('is_archived');
  return channel;
}

export function postMessage(world: World, args: Json): ApiAnswer {
  const channel = writable(world, args.channel);
  if ('body' in channel) return channel;
  const wrong = world.note('chat.postMessage', checkMessage(args, { unfurl: true, pings: world.usergroups }));
  if (wrong) return refuse(wrong);
  const last = world.lastPostAt.get(channel.id) ?? 0;
  if (Date.now() - last < world.messageIntervalMs) {
    return { body: { ok: false, error: 'ratelimited' }, status: 429, headers: { 'retry-after': '1' } };
  }
  const thread = threadFor(world, channel.id, args.thread_ts);
  if (thread === 'gone') return refuse('thread_not_found');
  world.lastPostAt.set(channel.id, Date.now());
  const threadTs = thread === 'fallen out' ? undefined : thread;
  const { ts } = world.show({
    ...shape(args),
    threadTs,
    via: 'chat.postMessage',
    channel: channel.id,
    user: undefined,
  });
  const thread_ts = threadTs ? { thread_ts: threadTs } : {};
  return accept({ channel: channel.id, ts, message: { type: 'message', ts, bot_id: world.botId, ...thread_ts } });
}

/**
 * Where a reply goes: while its parent has only just been deleted and nobody else replied, it falls into the channel;
 * later the thread is not known any more. A parent with replies stays as a tombstone.
 */
function threadFor(world: World, channel: string, threadTs: unknown): string | undefined | 'fallen out' | 'gone' {
  if (typeof threadTs !== 'string') return undefined;
  const { deletedAt } = world.findWritten(channel, threadTs) ?? {};
  const own = world.messages.find((message) => message.channel === channel && message.ts === threadTs);
  if ((deletedAt === undefined && !own?.deleted) || world.repliesIn(channel, threadTs).length > 0) return threadTs;
  return deletedAt !== undefined && Date.now() - deletedAt > world.minuteMs ? 'gone' : 'fallen out';
}

export function postEphemeral(world: World, args: Json): ApiAnswer {
  const channel = writable(world, args.channel);
  if ('body' in channel) return channel;
  const wrong = world.note('chat.postEphemeral', checkMessage(args, { unfurl: false }));
  if (wrong) return refuse(wrong);
  const user = String(args.user ?? '');
  if (!user) return refuse('user_not_found');
  const thread = typeof args.thread_ts === 'string' ? args.thread_ts : undefined;
  if (thread && world.repliesIn(channel.id, thread).length === 0) {
    // Slack says yes and shows it to nobody.
    world.violate('unseen_ephemeral', `a private message in a thread without replies in ${channel.id}`);
    return accept({ message_ts: world.nextTs() });
  }
  const { ts } = world.show({ ...shape(args), via: 'chat.postEphemeral', channel: channel.id, user });
  return accept({ message_ts: ts });
}

export function shape(args: Json) {
  const { text, blocks, thread_ts: threadTs, metadata } = args;
  return {
    threadTs: typeof threadTs === 'string' ? threadTs : undefined,
    text: String(text),
    blocks: Array.isArray(blocks) ? (blocks as Json[]) : [],
    payload: args,
    metadata,
  };
}

/** The bot's own message, which everybody sees; ephemeral ones cannot be touched, those of others neither. */
function ownMessage(world: World, { channel, ts }: Json, refusal: string) {
  const own = world.messages.find(
    (message) => message.channel === channel && message.ts === ts && !message.user && !message.deleted,
  );
  if (own?.via === 'chat.postMessage') return own;
  const others = world.findWritten(String(channel), String(ts));
  return refuse(own || (others && others.deletedAt === undefined) ? refusal : 'message_not_found');
}

export function update(world: World, args: Json): ApiAnswer {
  const message = ownMessage(world, args, 'cant_update_message');
  if ('body' in message) return message;
  if (world.channels.get(message.channel)?.archived) return refuse('is_archived');
  const wrong = world.note('chat.update', checkMessage(args, { unfurl: false, pings: world.usergroups }));
  if (wrong) return refuse(wrong);
  const { text, blocks, metadata } = shape(args);
  Object.assign(message, { text, blocks, payload: args, edited: true, metadata: metadata ?? message.metadata });
  return accept({ channel: message.channel, ts: message.ts, text });
}

export function remove(world: World, args: Json): ApiAnswer {
  const message = ownMessage(world, args, 'cant_delete_message');
  if ('body' in message) return message;
  message.deleted = true;
  return accept({ channel: message.channel, ts: message.ts });
}

export function getPermalink(world: World, { channel, message_ts: ts }: Json): ApiAnswer {
  const known = [...world.messages.filter(({ user }) => !user), ...world.written];
  const found = known.find((message) => message.channel === channel && message.ts === ts);
  if (!world.channels.has(String(channel))) return refuse('channel_not_found');
  if (!found) return refuse('message_not_found');
  const thread = found.threadTs ? `?thread_ts=${found.threadTs}&cid=${found.channel}` : '';
  const permalink = `https://example.slack.com/archives/${found.channel}/p${found.ts.replace('.', '')}${thread}`;
  return accept({ channel, permalink });
}
