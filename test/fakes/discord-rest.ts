import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Broken,
  checkCommands,
  checkMessage,
  FLAGS,
  isObject,
  type Json,
  toArray,
  toObject,
} from './discord-rules.ts';
import type { FakeDiscord } from './discord-server.ts';
import {
  ANNOUNCEMENT,
  DM,
  type FakeChannel,
  type FakeInteraction,
  type FakeMessage,
  FORUM,
  MAY,
  PUBLIC_THREAD,
  TEXT,
} from './discord-state.ts';

const ACKNOWLEDGE_MS = 3_000;
const TOKEN_LIFE_MS = 15 * 60_000;
const NONCE_MS = 5 * 60_000;

/** What a route answers: a status and a body, or a refusal with Discord's own code. */
class Refusal extends Error {
  readonly status: number;
  readonly code: number;
  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

type Call = { readonly parts: readonly string[]; readonly query: URLSearchParams; readonly body: unknown };
type Route = {
  readonly method: string;
  readonly path: RegExp;
  /** Without: the token in the address is the credential. */
  readonly needsToken: boolean;
  readonly handle: (state: FakeDiscord, call: Call) => unknown;
};

const ROUTES: readonly Route[] = [
  { method: 'GET', path: /^\/gateway\/bot$/, needsToken: true, handle: gateway },
  { method: 'GET', path: /^\/users\/@me$/, needsToken: true, handle: (state) => state.botUser },
  { method: 'GET', path: /^\/users\/@me\/guilds$/, needsToken: true, handle: guilds },
  { method: 'GET', path: /^\/applications\/@me$/, needsToken: true, handle: (state) => state.application },
  { method: 'GET', path: /^\/applications\/(\d+)\/commands$/, needsToken: true, handle: (state) => state.commands },
  { method: 'PUT', path: /^\/applications\/(\d+)\/commands$/, needsToken: true, handle: putCommands },
  { method: 'POST', path: /^\/interactions\/(\d+)\/([\w-]+)\/callback$/, needsToken: false, handle: acknowledge },
  {
    method: 'PATCH',
    path: /^\/webhooks\/(\d+)\/([\w-]+)\/messages\/(@original|\d+)$/,
    needsToken: false,
    handle: editAnswer,
  },
  { method: 'POST', path: /^\/webhooks\/(\d+)\/([\w-]+)$/, needsToken: false, handle: followUp },
  { method: 'POST', path: /^\/channels\/(\d+)\/messages$/, needsToken: true, handle: postMessage },
  { method: 'DELETE', path: /^\/channels\/(\d+)\/messages\/(\d+)$/, needsToken: true, handle: removeMessage },
  { method: 'POST', path: /^\/channels\/(\d+)\/messages\/(\d+)\/threads$/, needsToken: true, handle: openThread },
  { method: 'POST', path: /^\/channels\/(\d+)\/typing$/, needsToken: true, handle: typing },
];

/** One HTTP request to the API: the faults that a test asked for, then the route. */
export async function answerRequest(
  state: FakeDiscord,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const path = decodeURIComponent(url.pathname).replace(/^\/api\/v10/, '');
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const body: unknown = text ? JSON.parse(text) : undefined;
  const method = request.method ?? 'GET';
  state.requests.push({ method, path, body });

  const fault = state.takeFault(`${method} ${path}`);
  if (fault?.delayMs && !fault.accept) await delay(fault.delayMs);
  if (fault?.drop) return void request.socket.destroy();
  const refuse = () =>
    send(response, fault?.status ?? 500, fault?.body ?? { message: 'fault', code: 0 }, fault?.headers);
  if (fault?.status !== undefined && !fault.accept) return refuse();

  const result = run(state, method, path, { query: url.searchParams, body }, request.headers.authorization);
  state.changed();
  if (fault?.delayMs) await delay(fault.delayMs);
  if (fault?.dropAfter) return void request.socket.destroy();
  if (fault?.status !== undefined) return refuse();
  send(response, result.status, result.body);
}

function run(
  state: FakeDiscord,
  method: string,
  path: string,
  call: Omit<Call, 'parts'>,
  authorization: string | undefined,
): { readonly status: number; readonly body: unknown } {
  const route = ROUTES.find((candidate) => candidate.method === method && candidate.path.test(path));
  try {
    if (!route) throw new Refusal(404, 0, `404: Not Found (${method} ${path})`);
    if (route.needsToken && authorization !== `Bot ${state.token}`) throw new Refusal(401, 0, '401: Unauthorized');
    const body = route.handle(state, { ...call, parts: route.path.exec(path)?.slice(1) ?? [] });
    return { status: body === undefined ? 204 : 200, body };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    state.breakRule(`${error.code} ${error.message}`);
    return { status: error.status, body: { code: error.code, message: error.message } };
  }
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  // The client parses whatever claims to be JSON, so an empty answer must not.
  if (status === 204) return void response.writeHead(204, headers).end();
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

function gateway(state: FakeDiscord): unknown {
  const { total, remaining } = state.sessionStarts;
  const limit = { total, remaining, reset_after: 3_600_000, max_concurrency: 1 };
  return { url: state.gatewayUrl, shards: 1, session_start_limit: limit };
}

function guilds(state: FakeDiscord): unknown {
  return [...state.guilds.values()]
    .filter(({ hasBot }) => hasBot)
    .map(({ id, name }) => {
      const all = [...state.channels.values()].filter(({ guildId }) => guildId === id);
      return { id, name, permissions: String(all.reduce((bits, { permissions }) => bits | permissions, 0n)) };
    });
}

function putCommands(state: FakeDiscord, { body }: Call): unknown {
  refuseBroken(state, checkCommands(body), 'commands');
  state.commands = toArray(body).map((value) => {
    const command = toObject(value);
    // As Discord gives them back: with what it adds, and without what says nothing.
    const options = toArray(command.options).map((option) => {
      const { required, ...rest } = toObject(option);
      return required ? { ...rest, required } : rest;
    });
    return {
      id: state.snowflake(),
      application_id: state.applicationId,
      version: '1',
      nsfw: false,
      ...command,
      options,
    };
  });
  return state.commands;
}

function acknowledge(state: FakeDiscord, { parts: [id, token], body: raw }: Call): undefined {
  const interaction = state.interactions.get(id ?? '');
  if (!interaction || interaction.token !== token) throw new Refusal(404, 10_062, 'Unknown interaction');
  if (state.now() - interaction.createdAt > ACKNOWLEDGE_MS) {
    throw new Refusal(404, 10_062, 'Unknown interaction: acknowledged after 3 s');
  }
  if (interaction.acknowledged) throw new Refusal(400, 40_060, 'Interaction has already been acknowledged.');
  const body = toObject(raw);
  const type = Number(body.type);
  const data = toObject(body.data);
  if (![4, 5, 6, 7].includes(type)) throw new Refusal(400, 50_035, 'an unknown type of answer');
  if (interaction.isCommand && type > 5) throw new Refusal(400, 50_035, 'a command has no message to update');
  const flags = Number(data.flags ?? 0);
  if (type === 5 && ((flags & ~FLAGS.ephemeral) !== 0 || Object.keys(data).some((key) => key !== 'flags'))) {
    throw new Refusal(400, 50_035, 'a deferral takes the EPHEMERAL flag and nothing else');
  }
  if (type === 4 || type === 7) refuseBroken(state, checkMessage(data, type === 4 ? 'reply' : 'edit'), 'reply');
  const forced = interaction.isUserInstallOnly && !state.allowsPublic(interaction.channel);
  const isPrivate = forced || (flags & FLAGS.ephemeral) !== 0;
  interaction.acknowledged = { type, isPrivate };
  if (type >= 6) interaction.original = interaction.source;
  else interaction.original = state.addMessage(interaction.channel, undefined, { interaction, isPrivate });
  if ((type === 4 || type === 7) && interaction.original) give(interaction, interaction.original, data);
  return undefined;
}

function editAnswer(state: FakeDiscord, { parts: [application, token, which], body }: Call): unknown {
  const interaction = liveInteraction(state, application, token);
  const message = which === '@original' ? interaction.original : interaction.followUps.find(({ id }) => id === which);
  if (!message || message.deleted) throw new Refusal(404, 10_008, 'Unknown Message');
  const edit = toObject(body);
  const before = Number(message.payload?.flags ?? 0);
  const after = Number(edit.flags ?? before);
  if ((before & FLAGS.componentsV2) !== 0 && (after & FLAGS.componentsV2) === 0) {
    throw new Refusal(400, 50_035, 'components v2 cannot be taken away');
  }
  refuseBroken(state, checkMessage(edit, 'webhook edit'), 'edit');
  give(interaction, message, edit);
  return asJson(message);
}

function followUp(state: FakeDiscord, { parts: [application, token], body: raw }: Call): unknown {
  const interaction = liveInteraction(state, application, token);
  const body = toObject(raw);
  refuseBroken(state, checkMessage(body, 'follow-up'), 'follow-up');
  if (interaction.isUserInstallOnly && interaction.followUps.length >= 5) {
    throw new Refusal(400, 40_094, 'at most 5 follow-ups for an app that is not in the server');
  }
  const thinking = interaction.original?.payload === undefined ? interaction.original : undefined;
  if (thinking) {
    // The first follow-up of a deferred answer takes its place, and its audience.
    give(interaction, thinking, body);
    return asJson(thinking);
  }
  const forced = interaction.isUserInstallOnly && !state.allowsPublic(interaction.channel);
  const isPrivate = forced || (Number(body.flags ?? 0) & FLAGS.ephemeral) !== 0;
  const message = state.addMessage(interaction.channel, body, { interaction, isPrivate });
  interaction.followUps.push(message);
  return asJson(message);
}

function liveInteraction(
  state: FakeDiscord,
  application: string | undefined,
  token: string | undefined,
): FakeInteraction {
  const interaction = [...state.interactions.values()].find((candidate) => candidate.token === token);
  if (!interaction || application !== state.applicationId || !interaction.acknowledged) {
    throw new Refusal(404, 10_015, 'Unknown Webhook');
  }
  if (state.now() - interaction.createdAt > TOKEN_LIFE_MS) {
    throw new Refusal(401, 50_027, 'Invalid Webhook Token: 15 minutes are over');
  }
  return interaction;
}

function give(interaction: FakeInteraction, message: FakeMessage, body: Json): void {
  if (message.payload !== undefined) message.edits++;
  message.payload = { ...message.payload, ...body };
  interaction.answers++;
}

function postMessage(state: FakeDiscord, { parts: [channelId], body: raw }: Call): unknown {
  const channel = reachable(state, channelId, true);
  const body = toObject(raw);
  if (channel.type === FORUM) throw new Refusal(400, 40_058, 'Cannot message this channel until after its first post');
  if (channel.locked) throw new Refusal(400, 50_083, 'Thread is archived or locked');
  const { message_id: replyTo, fail_if_not_exists: mustExist } = toObject(body.message_reference);
  if (replyTo !== undefined && channel.guildId && (channel.permissions & MAY.history) === 0n) {
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
  if (first) return asJson(first);
  channel.archived = false;
  const message = state.addMessage(channel, body, { nonce, replyTo: original?.id });
  return asJson(message);
}

function removeMessage(state: FakeDiscord, { parts: [channelId, messageId] }: Call): undefined {
  const channel = reachable(state, channelId, false);
  const message = state.messages.find(({ id }) => id === messageId);
  if (!message || message.deleted || message.channelId !== channel.id)
    throw new Refusal(404, 10_008, 'Unknown Message');
  if (message.author !== 'bot') throw new Refusal(403, 50_013, 'Missing Permissions');
  message.deleted = true;
  return undefined;
}

function openThread(state: FakeDiscord, { parts: [channelId, messageId], body: raw }: Call): unknown {
  const channel = reachable(state, channelId, false);
  if (channel.type !== TEXT && channel.type !== ANNOUNCEMENT)
    throw new Refusal(400, 50_024, 'Cannot execute action on this channel type');
  if ((channel.permissions & MAY.createThreads) === 0n) throw new Refusal(403, 50_013, 'Missing Permissions');
  const message = state.messages.find(({ id }) => id === messageId);
  if (!message || message.deleted) throw new Refusal(404, 10_008, 'Unknown Message');
  if (state.channels.has(message.id)) {
    throw new Refusal(400, 160_004, 'A thread has already been created for this message');
  }
  const { name, auto_archive_duration: archive } = toObject(raw);
  if (typeof name !== 'string' || name.trim().length < 1 || name.length > 100) {
    throw new Refusal(400, 50_035, 'a thread name has 1 to 100 characters');
  }
  if (archive !== undefined && ![60, 1_440, 4_320, 10_080].includes(archive as number)) {
    throw new Refusal(400, 50_035, 'auto_archive_duration is 60, 1440, 4320 or 10080');
  }
  return state.addThread(channel, message, name.trim());
}

function typing(state: FakeDiscord, { parts: [channelId] }: Call): undefined {
  state.typed.push(reachable(state, channelId, true).id);
  return undefined;
}

function reachable(state: FakeDiscord, id: string | undefined, toSend: boolean): FakeChannel {
  const channel = state.channels.get(id ?? '');
  if (!channel) throw new Refusal(404, 10_003, 'Unknown Channel');
  if (channel.type === DM) return channel;
  const guild = state.guilds.get(channel.guildId ?? '');
  if (!guild?.hasBot || (channel.permissions & MAY.view) === 0n) throw new Refusal(403, 50_001, 'Missing Access');
  const needed = channel.type === PUBLIC_THREAD ? MAY.sendInThreads : MAY.send;
  if (toSend && (channel.permissions & needed) === 0n) throw new Refusal(403, 50_013, 'Missing Permissions');
  return channel;
}

function refuseBroken(state: FakeDiscord, broken: readonly Broken[], what: string): void {
  const [first, ...others] = broken;
  for (const { rule } of others) state.breakRule(`${what}: ${rule}`);
  if (first) throw new Refusal(400, first.code, `${what}: ${first.rule}`);
}

function asJson(message: FakeMessage): Json {
  const flags = Number(message.payload?.flags ?? 0) & ~FLAGS.ephemeral;
  return {
    id: message.id,
    channel_id: message.channelId,
    flags: message.visibleTo === 'everyone' ? flags : flags | FLAGS.ephemeral,
    ...(isObject(message.payload) && { components: message.payload.components }),
  };
}
