import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { checkCommands } from './discord-command-rules.ts';
import { type Call, Refusal, refuseBroken } from './discord-refusal.ts';
import { changeThread, openThread, readChannel, readMember, removeThread } from './discord-rest-channels.ts';
import { acknowledge, editAnswer, followUp, removeAnswer } from './discord-rest-interactions.ts';
import {
  addReaction,
  editMessage,
  listMessages,
  openDirectMessages,
  postMessage,
  readMessage,
  removeMessage,
  removeReaction,
  typing,
} from './discord-rest-messages.ts';
import { toArray, toObject } from './discord-rules.ts';
import type { FakeDiscord } from './discord-server.ts';

type Route = {
  readonly method: string;
  readonly path: RegExp;
  /** Without: the token in the address is the credential. */
  readonly needsToken: boolean;
  readonly handle: (state: FakeDiscord, call: Call) => unknown;
};

const CONTENT_LIMITED = 1 << 19;

const ROUTES: readonly Route[] = [
  { method: 'GET', path: /^\/gateway\/bot$/, needsToken: true, handle: gateway },
  { method: 'GET', path: /^\/users\/@me$/, needsToken: true, handle: (state) => state.botUser },
  { method: 'GET', path: /^\/users\/@me\/guilds$/, needsToken: true, handle: guilds },
  { method: 'GET', path: /^\/applications\/@me$/, needsToken: true, handle: application },
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
  {
    method: 'DELETE',
    path: /^\/webhooks\/(\d+)\/([\w-]+)\/messages\/(@original|\d+)$/,
    needsToken: false,
    handle: removeAnswer,
  },
  { method: 'POST', path: /^\/users\/@me\/channels$/, needsToken: true, handle: openDirectMessages },
  { method: 'GET', path: /^\/guilds\/(\d+)\/members\/(\d+)$/, needsToken: true, handle: readMember },
  { method: 'GET', path: /^\/channels\/(\d+)$/, needsToken: true, handle: readChannel },
  { method: 'PATCH', path: /^\/channels\/(\d+)$/, needsToken: true, handle: changeThread },
  { method: 'DELETE', path: /^\/channels\/(\d+)$/, needsToken: true, handle: removeThread },
  { method: 'POST', path: /^\/channels\/(\d+)\/messages$/, needsToken: true, handle: postMessage },
  { method: 'GET', path: /^\/channels\/(\d+)\/messages$/, needsToken: true, handle: listMessages },
  { method: 'GET', path: /^\/channels\/(\d+)\/messages\/(\d+)$/, needsToken: true, handle: readMessage },
  { method: 'PATCH', path: /^\/channels\/(\d+)\/messages\/(\d+)$/, needsToken: true, handle: editMessage },
  {
    method: 'PUT',
    path: /^\/channels\/(\d+)\/messages\/(\d+)\/reactions\/([^/]+)\/@me$/,
    needsToken: true,
    handle: addReaction,
  },
  {
    method: 'DELETE',
    path: /^\/channels\/(\d+)\/messages\/(\d+)\/reactions\/([^/]+)\/@me$/,
    needsToken: true,
    handle: removeReaction,
  },
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

/** With what the Developer Portal switched on; `Limited`, as below 10,000 people. */
function application(state: FakeDiscord): unknown {
  const { flags } = state.application;
  return { ...state.application, flags: Number(flags ?? 0) | (state.grantsContent ? CONTENT_LIMITED : 0) };
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
    const added = { id: state.snowflake(), application_id: state.applicationId, version: '1', nsfw: false };
    // As Discord gives them back: with what it adds, and without what says nothing.
    if (command.type !== undefined && command.type !== 1) return { ...added, description: '', ...command };
    const options = toArray(command.options).map((option) => {
      const { required, ...rest } = toObject(option);
      return required ? { ...rest, required } : rest;
    });
    return { ...added, ...command, options };
  });
  return state.commands;
}
