import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'vitest';
import type { Command, CommandContext, CommandValues, Notice } from '../../src/command.ts';
import type { SlackConfig } from '../../src/config.ts';
import { createLogger, type Logger } from '../../src/log.ts';
import type { AnswerBook } from '../../src/memory/answer-book.ts';
import type { Platform, PublicListener } from '../../src/platform.ts';
import type { Answer } from '../../src/retrieval/answer.ts';
import { createSlackPlatform, type SlackTiming } from '../../src/slack/bot.ts';
import { slackManifest } from '../../src/slack/manifest.ts';
import { afterEveryTest } from '../after-every-test.ts';
import { anAnswer, fakeAnswerBook } from '../fakes/answers.ts';
import { type SlackServer, type SlackServerOptions, startSlackServer } from '../fakes/slack-server.ts';

export type Asked = { readonly values: CommandValues; readonly context: CommandContext; readonly signal: AbortSignal };

export type FakeAsk = Command & {
  readonly asked: Asked[];
  /** What the next calls do instead of answering. */
  reply: (asked: Asked) => Promise<Answer | Notice>;
};

/** A stand-in for `/ask` with its inputs; keeps its answers as the real one does. */
export function fakeAsk(book: AnswerBook): FakeAsk {
  const asked: Asked[] = [];
  const command: FakeAsk = {
    name: 'ask',
    description: 'Find the comments that answer a question',
    inputs: [
      { kind: 'text', name: 'question', description: 'What do you want to know?', required: true, maxLength: 6000 },
      {
        kind: 'choice',
        name: 'visibility',
        description: 'Who sees the answer',
        choices: [
          { value: 'asker', label: 'only me' },
          { value: 'everyone', label: 'everyone' },
        ],
      },
    ],
    asked,
    reply: async ({ values }) => anAnswer({ question: values.question }),
    audience: ({ visibility }) => (visibility === 'everyone' ? 'everyone' : 'asker'),
    async run(values, context, signal) {
      const call = { values, context, signal };
      asked.push(call);
      const answer = await command.reply(call);
      return answer.kind === 'answer' ? book.keep(answer, context) : answer;
    },
  };
  return command;
}

export function fakeSources(): Command {
  return {
    name: 'sources',
    description: 'What is indexed',
    inputs: [],
    audience: () => 'asker',
    run: async () => ({ kind: 'notice', text: '2,098 comments from 1 source.', lines: ['hub:example/issues: fresh'] }),
  };
}

/** Short enough for tests, long enough for a busy machine. */
const TIMING: Partial<SlackTiming> = {
  postIntervalMs: 30,
  workSignMs: 400,
  firstRetryMs: 10,
  longestRetryMs: 50,
  closeTimeoutMs: 2_000,
};

export type Bench = {
  readonly server: SlackServer;
  readonly platform: Platform;
  readonly config: SlackConfig;
  readonly ask: FakeAsk;
  readonly book: ReturnType<typeof fakeAnswerBook>;
  /** What the log has, one line an event. */
  readonly logged: string[];
  /** Another bot process on the same workspace and answer book. */
  another(): Platform;
};

export type BenchOptions = Partial<Omit<SlackServerOptions, 'manifest'>> & {
  readonly mode?: 'socket' | 'http';
  readonly timing?: Partial<SlackTiming>;
  /** False: not started yet. */
  readonly start?: boolean;
  readonly configure?: (config: SlackConfig) => SlackConfig;
  readonly extraCommands?: readonly Command[];
  /** Events and scopes beyond what the manifest asks for. */
  readonly alsoEvents?: readonly string[];
  readonly alsoScopes?: readonly string[];
};

const opened: (() => Promise<unknown>)[] = [];
const watched: SlackServer[] = [];

/** Closes what the test opened, then fails the test if the bot broke a rule of Slack's. */
afterEveryTest(async () => {
  for (const close of opened.splice(0).reverse()) await close();
  for (const server of watched.splice(0)) expect(server.violations).toEqual([]);
});

/** A workspace and a bot in it. */
export async function openBench(options: BenchOptions = {}): Promise<Bench> {
  const { mode = 'socket', timing, start = true, configure = (config) => config } = options;
  const book = fakeAnswerBook();
  const ask = fakeAsk(book);
  const commands = [ask, fakeSources(), ...(options.extraCommands ?? [])];
  const names = { ask: 'ask', sources: 'sources' };
  const settings = configure({
    botToken: 'xoxb-fake-bot',
    appToken: mode === 'socket' ? 'xapp-fake-app' : undefined,
    signingSecret: 'fake-signing-secret',
    apiUrl: '',
    commandNames: names,
  });
  const manifest = slackManifest(settings, { commands, publicUrl: 'https://bot.example.org' });
  manifest.settings.event_subscriptions?.bot_events.push(...(options.alsoEvents ?? []));
  manifest.oauth_config.scopes.bot.push(...(options.alsoScopes ?? []));
  const server = await startSlackServer({ messageIntervalMs: 0, ...options, manifest });
  opened.push(() => server.close());
  watched.push(server);
  const publicListener = mode === 'http' ? await openListener() : undefined;
  if (publicListener) server.pushTo(`${publicListener.url}/slack/events`);

  const logged: string[] = [];
  const log: Logger = createLogger({ level: 'debug', write: (line) => void logged.push(line) });
  const config = { ...settings, apiUrl: server.apiUrl };
  const create = () => {
    const platform = createSlackPlatform({
      config,
      publicListener,
      commands,
      answers: book,
      log,
      timing: { ...TIMING, ...timing },
    });
    opened.push(() => platform.close());
    return platform;
  };
  const platform = create();
  if (start) await platform.start(new AbortController().signal);
  return { server, platform, config, ask, book, logged, another: create };
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
