import { checkMessage, checkView, isObject } from './slack-rules.ts';
import type { Channel, Json, World } from './slack-world.ts';

/** Slack's answer to a call of its Web API. */
export type ApiAnswer = {
  readonly body: Json & { readonly ok: boolean };
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
};

export type ApiCall = { readonly method: string; readonly args: Json; readonly token: string };

/** What a call needs; `history` depends on the channel. */
const SCOPES: Readonly<Record<string, string | undefined>> = {
  'chat.postMessage': 'chat:write',
  'chat.postEphemeral': 'chat:write',
  'chat.update': 'chat:write',
  'chat.delete': 'chat:write',
  'conversations.open': 'im:write',
  'users.info': 'users:read',
};

const METHODS: Readonly<Record<string, (world: World, args: Json) => ApiAnswer>> = {
  'auth.test': authTest,
  'chat.postMessage': postMessage,
  'chat.postEphemeral': postEphemeral,
  'chat.update': update,
  'chat.delete': remove,
  'conversations.open': openConversation,
  'conversations.info': channelInfo,
  'users.info': userInfo,
  'conversations.history': history,
  'conversations.replies': history,
  'views.open': openView,
  'views.update': updateView,
};

/** Answers a call made with the bot's token, which has been checked. */
export function answerCall(world: World, { method, args }: ApiCall): ApiAnswer {
  const handle = METHODS[method];
  if (!handle) return refuse('unknown_method');
  const scope = READING[method]?.(args) ?? SCOPES[method];
  if (scope !== undefined) {
    world.scopesUsed.add(scope);
    if (!world.scopes.includes(scope)) {
      return refuse('missing_scope', { needed: scope, provided: world.scopes.join(',') });
    }
  }
  return handle(world, args);
}

/** Bodies are form-encoded; what is no text in them is JSON. */
export function decodeForm(body: string): Json {
  const entries = [...new URLSearchParams(body)].map(([key, value]): [string, unknown] => {
    if (['blocks', 'view', 'metadata'].includes(key)) return [key, parseJson(value)];
    if (value === 'true' || value === 'false') return [key, value === 'true'];
    return [key, value];
  });
  return Object.fromEntries(entries);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export function refuse(error: string, more: Json = {}): ApiAnswer {
  return { body: { ok: false, error, ...more } };
}

function accept(more: Json = {}): ApiAnswer {
  return { body: { ok: true, ...more } };
}

function authTest(world: World): ApiAnswer {
  const { teamId, botUserId, botId, botName } = world;
  const body = { ok: true, url: 'https://example.slack.com/', team: 'Example', user: botName };
  return {
    body: { ...body, team_id: teamId, user_id: botUserId, bot_id: botId, is_enterprise_install: false },
    headers: { 'x-oauth-scopes': world.scopes.join(',') },
  };
}

/** The channel, when the bot may write there; else Slack's error. A private one it does not admit to know. */
function writable(world: World, id: unknown): Channel | ApiAnswer {
  const name = String(id ?? '');
  const channel = name.startsWith('U') ? world.directChannel(name) : world.channels.get(name);
  if (!channel || (channel.private && !channel.botIn)) return refuse('channel_not_found');
  if (!channel.botIn) return refuse('not_in_channel');
  if (channel.archived) return refuse('is_archived');
  return channel;
}

function postMessage(world: World, args: Json): ApiAnswer {
  const channel = writable(world, args.channel);
  if ('body' in channel) return channel;
  const wrong = world.note('chat.postMessage', checkMessage(args, { unfurl: true }));
  if (wrong) return refuse(wrong);
  const last = world.lastPostAt.get(channel.id) ?? 0;
  if (Date.now() - last < world.messageIntervalMs) {
    return { body: { ok: false, error: 'ratelimited' }, status: 429, headers: { 'retry-after': '1' } };
  }
  world.lastPostAt.set(channel.id, Date.now());
  const { ts } = world.show({ ...shape(args), via: 'chat.postMessage', channel: channel.id, user: undefined });
  return accept({ channel: channel.id, ts, message: { type: 'message', ts, bot_id: world.botId } });
}

function postEphemeral(world: World, args: Json): ApiAnswer {
  const channel = writable(world, args.channel);
  if ('body' in channel) return channel;
  const wrong = world.note('chat.postEphemeral', checkMessage(args, { unfurl: false }));
  if (wrong) return refuse(wrong);
  const user = String(args.user ?? '');
  if (!user) return refuse('user_not_found');
  const { ts } = world.show({ ...shape(args), via: 'chat.postEphemeral', channel: channel.id, user });
  return accept({ message_ts: ts });
}

function shape(args: Json) {
  const { text, blocks, thread_ts: threadTs, metadata } = args;
  return {
    threadTs: typeof threadTs === 'string' ? threadTs : undefined,
    text: String(text),
    blocks: Array.isArray(blocks) ? (blocks as Json[]) : [],
    payload: args,
    metadata,
  };
}

/** The bot's own message, which everybody sees; ephemeral ones cannot be touched. */
function ownMessage(world: World, { channel, ts }: Json) {
  return world.messages.find(
    (message) => message.channel === channel && message.ts === ts && !message.user && !message.deleted,
  );
}

function update(world: World, args: Json): ApiAnswer {
  const message = ownMessage(world, args);
  if (!message) return refuse('message_not_found');
  const wrong = world.note('chat.update', checkMessage(args, { unfurl: false }));
  if (wrong) return refuse(wrong);
  const { text, blocks } = shape(args);
  Object.assign(message, { text, blocks, payload: args, edited: true });
  return accept({ channel: message.channel, ts: message.ts, text });
}

function remove(world: World, args: Json): ApiAnswer {
  const message = ownMessage(world, args);
  if (!message) return refuse('message_not_found');
  message.deleted = true;
  return accept({ channel: message.channel, ts: message.ts });
}

function openConversation(world: World, { users }: Json): ApiAnswer {
  if (typeof users !== 'string' || !users.startsWith('U')) return refuse('user_not_found');
  return accept({ channel: { id: world.directChannel(users).id } });
}

/** What reading needs depends on the kind of channel. */
const READING: Readonly<Record<string, (args: Json) => string>> = {
  'conversations.history': (args) => `${kindOf(args)}:history`,
  'conversations.replies': (args) => `${kindOf(args)}:history`,
  'conversations.info': (args) => `${kindOf(args)}:read`,
};

function kindOf({ channel }: Json): string {
  return { D: 'im', G: 'groups' }[String(channel).charAt(0)] ?? 'channels';
}

/** A private channel that the bot is not in, it does not admit to know. */
function channelInfo(world: World, { channel: id }: Json): ApiAnswer {
  const channel = world.channels.get(String(id));
  if (!channel || (channel.private && !channel.botIn)) return refuse('channel_not_found');
  const { name, archived, external, botIn } = channel;
  const kind = { is_im: channel.id.startsWith('D'), is_mpim: false, is_private: channel.private };
  const shared = { is_shared: external, is_ext_shared: external, is_org_shared: false, is_pending_ext_shared: false };
  return accept({ channel: { id: channel.id, name, ...kind, ...shared, is_archived: archived, is_member: botIn } });
}

function userInfo(world: World, { user: id }: Json): ApiAnswer {
  if (typeof id !== 'string' || !id.startsWith('U')) return refuse('user_not_found');
  const { guest = false, admin = false, owner = false, teamId = world.teamId } = world.people.get(id) ?? {};
  const rights = { is_admin: admin, is_owner: owner, is_restricted: guest, is_ultra_restricted: false };
  return accept({ user: { id, team_id: teamId, deleted: false, is_bot: false, ...rights } });
}

function history(world: World, { channel, ts, include_all_metadata: withMetadata }: Json): ApiAnswer {
  const known = world.channels.get(String(channel));
  if (!known) return refuse('channel_not_found');
  if (!known.botIn) return refuse('not_in_channel');
  const messages = world.messages
    .filter((message) => message.channel === channel && !message.user && !message.deleted)
    .filter((message) => (ts === undefined ? !message.threadTs : message.threadTs === ts))
    .map(({ ts: at, text, metadata }) => ({
      type: 'message',
      ts: at,
      text,
      ...(withMetadata === true && { metadata }),
    }));
  return accept({ messages, has_more: false });
}

function openView(world: World, { trigger_id: trigger, view }: Json): ApiAnswer {
  const wrong = world.note('views.open', checkView(view));
  if (wrong) return refuse(wrong);
  const allowed = world.useTrigger(String(trigger));
  if ('error' in allowed) return refuse(allowed.error);
  const opened = { id: `V${world.views.length + 1}`, user: allowed.user, view: view as Json, open: true };
  world.views.push(opened);
  return accept({ view: { id: opened.id, ...opened.view } });
}

function updateView(world: World, { view_id: id, view }: Json): ApiAnswer {
  const opened = world.views.find((candidate) => candidate.id === id && candidate.open);
  if (!opened) return refuse('not_found');
  const wrong = world.note('views.update', checkView(view));
  if (wrong) return refuse(wrong);
  if (isObject(view)) opened.view = view;
  return accept({ view: { id: opened.id, ...opened.view } });
}

/** A post to the address that came with an interaction. */
export function answerResponseUrl(world: World, id: string, body: unknown): ApiAnswer {
  const url = world.responseUrls.get(id);
  if (!url) return { ...refuse('invalid_url'), status: 404 };
  if (Date.now() - url.issuedAt > 30 * world.minuteMs) return { ...refuse('expired_url'), status: 404 };
  if (++url.uses > 5) return { ...refuse('used_url'), status: 404 };
  if (!isObject(body)) return { ...refuse('invalid_payload'), status: 400 };
  const wrong = world.note('response_url', checkMessage(body, { unfurl: true }));
  if (wrong) return { ...refuse(wrong), status: 400 };
  const user = body.response_type === 'in_channel' ? undefined : url.user;
  if (body.replace_original === true && url.origin) {
    const { text, blocks } = shape(body);
    Object.assign(url.origin, { text, blocks, payload: body, edited: true });
  } else world.show({ ...shape(body), via: 'response_url', channel: url.channel, user });
  return accept();
}
