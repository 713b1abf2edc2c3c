import { type ApiAnswer, accept, refuse } from './slack-answer.ts';
import { getPermalink, postEphemeral, postMessage, remove, shape, update } from './slack-api-chat.ts';
import { channelInfo, history, openConversation, replies, usergroupMembers, userInfo } from './slack-api-places.ts';
import { addReaction, removeReaction } from './slack-api-reactions.ts';
import { openView, pushView, updateView } from './slack-api-views.ts';
import { checkMessage, isObject } from './slack-rules.ts';
import type { Json, World } from './slack-world.ts';

export type ApiCall = { readonly method: string; readonly args: Json; readonly token: string };

/** What a call needs. */
const SCOPES: Readonly<Record<string, string | undefined>> = {
  'chat.postMessage': 'chat:write',
  'chat.postEphemeral': 'chat:write',
  'chat.update': 'chat:write',
  'chat.delete': 'chat:write',
  'conversations.open': 'im:write',
  'users.info': 'users:read',
  'usergroups.users.list': 'usergroups:read',
  'reactions.add': 'reactions:write',
  'reactions.remove': 'reactions:write',
};

/** What reading needs depends on the kind of channel. */
const READING: Readonly<Record<string, (args: Json) => string>> = {
  'conversations.history': (args) => `${kindOf(args)}:history`,
  'conversations.replies': (args) => `${kindOf(args)}:history`,
  'conversations.info': (args) => `${kindOf(args)}:read`,
};

const METHODS: Readonly<Record<string, (world: World, args: Json) => ApiAnswer>> = {
  'auth.test': authTest,
  'chat.postMessage': postMessage,
  'chat.postEphemeral': postEphemeral,
  'chat.update': update,
  'chat.delete': remove,
  'chat.getPermalink': getPermalink,
  'conversations.open': openConversation,
  'conversations.info': channelInfo,
  'conversations.history': history,
  'conversations.replies': replies,
  'users.info': userInfo,
  'usergroups.users.list': usergroupMembers,
  'reactions.add': addReaction,
  'reactions.remove': removeReaction,
  'views.open': openView,
  'views.push': pushView,
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

function kindOf({ channel }: Json): string {
  return { D: 'im', G: 'groups' }[String(channel).charAt(0)] ?? 'channels';
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

function authTest(world: World): ApiAnswer {
  const { teamId, botUserId, botId, botName } = world;
  const body = { ok: true, url: 'https://example.slack.com/', team: 'Example', user: botName };
  return {
    body: { ...body, team_id: teamId, user_id: botUserId, bot_id: botId, is_enterprise_install: false },
    headers: { 'x-oauth-scopes': world.scopes.join(',') },
  };
}

/** A post to the address that came with an interaction. */
export function answerResponseUrl(world: World, id: string, body: unknown): ApiAnswer {
  const url = world.responseUrls.get(id);
  if (!url) return { ...refuse('invalid_url'), status: 404 };
  if (Date.now() - url.issuedAt > 30 * world.minuteMs) return { ...refuse('expired_url'), status: 404 };
  if (++url.uses > 5) return { ...refuse('used_url'), status: 404 };
  if (!isObject(body)) return { ...refuse('invalid_payload'), status: 400 };
  if (body.delete_original === true && url.origin) {
    url.origin.deleted = true;
    return accept();
  }
  const wrong = world.note('response_url', checkMessage(body, { unfurl: true, pings: world.usergroups }));
  if (wrong) return { ...refuse(wrong), status: 400 };
  const user = body.response_type === 'in_channel' ? undefined : url.user;
  if (body.replace_original === true && url.origin) {
    const { text, blocks } = shape(body);
    Object.assign(url.origin, { text, blocks, payload: body, edited: true });
  } else world.show({ ...shape(body), via: 'response_url', channel: url.channel, user });
  return accept();
}
