import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import type { Command } from '../../src/command.ts';
import { commandNames } from '../../src/command-name.ts';
import type { ChatConfig, SlackConfig } from '../../src/config.ts';
import type { Chat, ChatMessage } from '../../src/help/chat.ts';
import type { Conversations } from '../../src/help/conversations.ts';
import { createConversations } from '../../src/help/create-conversations.ts';
import type { HelpChannels, RoomPolicy, Voice } from '../../src/help/help-channels.ts';
import { createLogger, type Logger } from '../../src/log.ts';
import type { AnswerBook } from '../../src/memory/answer-book.ts';
import type { Memory } from '../../src/memory/memory.ts';
import { openMemory } from '../../src/memory/sqlite-memory.ts';
import type { Platform, PublicListener } from '../../src/platform.ts';
import { createSlackPlatform, type SlackTiming } from '../../src/slack/bot.ts';
import { reachOf, slackManifest } from '../../src/slack/manifest.ts';
import { afterEveryTest } from '../after-every-test.ts';
import { aStoredComment } from '../fakes/answers.ts';
import { reportsOf } from '../fakes/help-outcomes.ts';
import { noHelpChannels } from '../fakes/no-help-channels.ts';
import { type SlackServer, type SlackServerOptions, startSlackServer } from '../fakes/slack-server.ts';
import { askerOf, type FakeAsk, fakeAsk, fakeFindAnswers, fakeSources } from './fake-ask.ts';

/** Short enough for tests, long enough for a busy machine. */
const TIMING: Partial<SlackTiming> = {
  postIntervalMs: 30,
  workSignMs: 400,
  firstRetryMs: 10,
  longestRetryMs: 50,
  closeTimeoutMs: 2_000,
};

/** An answer book whose answers can be looked up and made too old. */
export type Book = AnswerBook & {
  /** The ids of what it keeps, in order. */
  readonly kept: readonly string[];
};

export type Bench = {
  readonly server: SlackServer;
  readonly platform: Platform;
  readonly config: SlackConfig;
  readonly ask: FakeAsk;
  readonly book: Book;
  readonly memory: Memory;
  readonly conversations: Conversations;
  /** What the platform lets conversations do; once it has started. */
  readonly chat: () => Chat;
  /** What channels allow, and what they are asked. */
  readonly help: HelpChannels & {
    readonly seenMessages: ChatMessage[];
    readonly calls: string[];
    policy: Partial<RoomPolicy>;
  };
  readonly voice: Voice;
  /** Comments that left the corpus, and what edited ones say, by key. */
  readonly gone: Set<string>;
  readonly texts: Map<string, string>;
  /** What the log has, one line an event. */
  readonly logged: string[];
  /** Another bot process on the same workspace and memory. */
  another(): Platform;
};

export type BenchOptions = Partial<Omit<SlackServerOptions, 'manifest'>> & {
  readonly mode?: 'socket' | 'http';
  readonly timing?: Partial<SlackTiming>;
  /** False: not started yet. */
  readonly start?: boolean;
  readonly configure?: (config: SlackConfig) => SlackConfig;
  readonly chat?: Partial<ChatConfig>;
  readonly helpersRole?: string;
  readonly extraCommands?: readonly Command[];
  /** Scopes that are not granted although they are needed. */
  readonly withoutScopes?: readonly string[];
};

const opened: (() => Promise<unknown>)[] = [];
const watched: SlackServer[] = [];

/** Closes what the test opened, then fails the test if the bot broke a rule of Slack's. */
afterEveryTest(async () => {
  for (const close of opened.splice(0).reverse()) await close();
  for (const server of watched.splice(0)) expect(server.violations).toEqual([]);
});

/** A workspace and a bot in it, with real conversations and a real memory. */
export async function openBench(options: BenchOptions = {}): Promise<Bench> {
  const { mode = 'socket', timing, start = true, configure = (config) => config } = options;
  const logged: string[] = [];
  const log: Logger = createLogger({ level: 'debug', write: (line) => void logged.push(line) });
  const { memory, book, gone, texts } = await openBook(log);
  const ask = fakeAsk(book);
  const commands = [ask, fakeSources(), ...(options.extraCommands ?? [])];
  const actions = [fakeFindAnswers(ask)];
  const names = { ask: 'ask', sources: 'sources', 'help-channel': 'help-channel' };
  const chat = { readsMessages: false, triggerEmoji: [], managers: [], bridges: [], ...options.chat };
  const settings = configure({
    botToken: 'xoxb-fake-bot',
    appToken: mode === 'socket' ? 'xapp-fake-app' : undefined,
    signingSecret: 'fake-signing-secret',
    apiUrl: '',
    commandNames: names,
    allowedWorkspaces: [],
    sharedChannels: [],
    solvedEmoji: undefined,
  });
  const reach = reachOf(chat, settings);
  const manifest = slackManifest(settings, { commands, actions, reach, publicUrl: 'https://bot.example.org' });
  const server = await startSlackServer({ messageIntervalMs: 0, ...options, manifest });
  const { withoutScopes = [] } = options;
  server.world.scopes = server.world.scopes.filter((scope) => !withoutScopes.includes(scope));
  opened.push(() => server.close());
  watched.push(server);
  const publicListener = mode === 'http' ? await openListener() : undefined;
  if (publicListener) server.pushTo(`${publicListener.url}/slack/events`);

  const config = { ...settings, apiUrl: server.apiUrl };
  const help: Bench['help'] = {
    ...noHelpChannels(),
    seenMessages: [],
    calls: [],
    policy: { helpersRole: options.helpersRole },
    seen: async (message) => void help.seenMessages.push(message),
    judged: async ({ verdict, by }) => void help.calls.push(`${verdict} by ${by}`),
    mayFollowUp: async () => true,
    policyOf: (room) => ({ ...noHelpChannels().policyOf(room), ...help.policy }),
  };
  let voice: Voice | undefined;
  let chatOfBot: Chat | undefined;
  const create = () => {
    const real = createConversations({
      asker: askerOf(ask, book),
      memory: { ...memory, answers: book },
      reports: reportsOf(memory.helpOutcomes),
      helpChannels: (given) => {
        voice = given;
        return help;
      },
      settings: { ...chat, answerTimeoutMs: 10_000, editDelayMs: 5, retryDelaysMs: [5], commandName: commandNames() },
      log,
    });
    const attach = (attached: Chat) => {
      chatOfBot = attached;
      real.attach(attached);
    };
    const conversations = { ...real, attach };
    opened.push(() => conversations.close());
    const platform = createSlackPlatform({
      config,
      publicListener,
      commands,
      actions,
      conversations,
      chat,
      answers: book,
      log,
      timing: { ...TIMING, ...timing },
    });
    opened.push(() => platform.close());
    return { platform, conversations };
  };
  const { platform, conversations } = create();
  if (start) await platform.start(new AbortController().signal);
  const another = () => create().platform;
  const chatNow = () => chatOfBot as Chat;
  const parts = { chat: chatNow, book, memory, conversations, help, gone, texts, logged, another };
  return { server, platform, config, ask, voice: voice as Voice, ...parts };
}

async function openBook(log: Logger) {
  const gone = new Set<string>();
  const texts = new Map<string, string>();
  const directory = await mkdtemp(path.join(tmpdir(), 'slack-'));
  const memory = await openMemory(path.join(directory, 'memory.sqlite'), {
    comments: async (keys) => keys.map((key) => (gone.has(key) ? undefined : aStoredComment(key, texts.get(key)))),
    sees: async () => ['hub:example/issues'],
    keepDays: 30,
    log,
  });
  opened.push(async () => {
    await memory.close();
    await rm(directory, { recursive: true, force: true });
  });
  const kept: string[] = [];
  const book: Book = {
    ...memory.answers,
    kept,
    async keep(answer, context, options) {
      const withId = await memory.answers.keep(answer, context, options);
      if (withId.id !== undefined) kept.push(withId.id);
      return withId;
    },
  };
  return { memory, book, gone, texts };
}

type TestListener = PublicListener & { readonly url: string };

/** What `PUBLIC_PORT` is in the bot. */
async function openListener(): Promise<TestListener> {
  const routes = new Map<string, (request: IncomingMessage, response: ServerResponse) => void>();
  const http: Server = createServer((request, response) => {
    const handle = routes.get(`${request.method} ${request.url}`);
    if (handle) handle(request, response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  opened.push(() => {
    http.closeAllConnections();
    return new Promise((resolve) => http.close(resolve));
  });
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    route: (method, path, handle) => void routes.set(`${method} ${path}`, handle),
  };
}

/** Takes the broken rules that a test provokes out of what fails it. */
export function expectViolations(server: SlackServer, ...patterns: readonly RegExp[]): void {
  const found = server.world.violations.splice(0);
  expect(found).toHaveLength(patterns.length);
  patterns.forEach((pattern, index) => {
    expect(found[index]).toMatch(pattern);
  });
}
