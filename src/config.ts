import { homedir } from 'node:os';
import path from 'node:path';
import type { AccessRules } from './access.ts';
import { parsePrivateSources } from './access-rules.ts';
import {
  type ChatConfig,
  type DiscordConfig,
  readChat,
  readCommandNames,
  readDiscord,
  readSlack,
  readSolvedEmoji,
  type SlackConfig,
} from './chat-config.ts';
import type { LogFormat, LogLevel } from './log.ts';
import { type Environment, SettingsReader } from './settings-reader.ts';
import { parseSourceFilters, type SourceFilters } from './source-filters.ts';

export type { ChatConfig, DiscordConfig, SlackConfig } from './chat-config.ts';

/** Everything that can be set, checked. `.env.example` documents each setting. */
export type Config = {
  readonly dataDir: string;
  /** As configured; empty: the default source, while the corpus is empty. */
  readonly sources: readonly string[];
  readonly defaultSource: string;
  /** What holds for the comments of a source in any case. */
  readonly sourceFilters: SourceFilters;
  /** Where private sources may answer. */
  readonly privateSources: AccessRules;
  readonly embedding: EmbeddingConfig;
  /** The cross-encoder that reads the first hits again; absent: none. */
  readonly rerank: ModelConfig | undefined;
  readonly vectorIndex: 'faiss' | 'scan';
  /** Filters, text layout and ranking together. */
  readonly recipe: 'precedent' | 'seed';
  readonly hub: HubConfig;
  readonly github: GithubConfig;
  /** People whose comments are not indexed and not shown, by login. */
  readonly excludeAuthors: readonly string[];
  /** Whether comments by bots are kept under a recipe that drops them. */
  readonly keepBots: boolean;
  /** Whether the discussions of followed repositories are read beside their issues. */
  readonly discussions: boolean;
  readonly discord: DiscordConfig | undefined;
  readonly slack: SlackConfig | undefined;
  readonly web: WebConfig;
  readonly chat: ChatConfig;
  /** Questions a chat user may ask in a minute. */
  readonly askLimit: number;
  /** Questions that may wait for their turn; more are told to come back. */
  readonly askQueue: number;
  /** How long the records behind an answer's buttons last, in days. */
  readonly answerDays: number;
  /** How long people have to answer before the bot speaks by itself, where a help channel says nothing else. */
  readonly helpWaitMs: number;
  readonly log: { readonly level: LogLevel; readonly format: LogFormat };
  /** Values that must never be printed. */
  readonly secrets: readonly string[];
};

export type ModelConfig = {
  /** A Hub id or a folder. */
  readonly model: string;
  readonly revision: string;
  readonly precision: 'auto' | 'fp32' | 'fp16' | 'int8';
};

export type EmbeddingConfig = ModelConfig & {
  readonly device: 'auto' | 'cuda' | 'coreml' | 'dml' | 'webgpu' | 'cpu';
};

export type HubConfig = { readonly endpoint: string; readonly token: string | undefined; readonly cacheDir: string };
export type GithubConfig = {
  readonly apiUrl: string;
  readonly token: string | undefined;
  readonly app: { readonly id: string; readonly privateKey: string } | undefined;
  /** Absent: no webhooks are taken. */
  readonly webhookSecret: string | undefined;
  /** How often repositories are looked at for changes, and how often they are read whole. */
  readonly syncEveryMs: number;
  readonly sweepEveryMs: number;
};
export type WebConfig = {
  readonly host: string;
  readonly port: number;
  /** Asked for by page and API where it is set; it must be when `host` is not loopback. */
  readonly pageToken: string | undefined;
  /** A listener of its own for what platforms send; absent while nothing needs it. */
  readonly publicHost: string;
  readonly publicPort: number | undefined;
};

const DEFAULT_MODEL = 'sentence-transformers/multi-qa-mpnet-base-dot-v1';
const DEFAULT_REVISION = '4633e80e17ea975bc090c97b049da26062b054d3';
const DEFAULT_SOURCE = 'hub:lewtun/github-issues';
const SECRETS = [
  'DISCORD_TOKEN',
  'SLACK_BOT_TOKEN',
  'SLACK_APP_TOKEN',
  'SLACK_SIGNING_SECRET',
  'HF_TOKEN',
  'PAGE_TOKEN',
  'GITHUB_TOKEN',
  'GITHUB_APP_PRIVATE_KEY',
  'GITHUB_WEBHOOK_SECRET',
];
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '::1']);

/** Whether the page at this address is reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host);
}

/**
 * Reads the environment; with `process.env` for default the only place that does.
 *
 * @throws ConfigError naming every fault at once
 */
export function readConfig(environment: Environment = process.env): Config {
  const read = new SettingsReader(environment);
  const model = read.text('MODEL') ?? DEFAULT_MODEL;
  const host = read.text('HOST') ?? '127.0.0.1';
  const precision = read.choice('PRECISION', ['auto', 'fp32', 'fp16', 'int8']);
  const config: Config = {
    dataDir: path.resolve(read.text('DATA_DIR') ?? 'data'),
    sources: readSources(read),
    defaultSource: DEFAULT_SOURCE,
    sourceFilters: parseSourceFilters(read.text('SOURCE_FILTERS') ?? '', (fault) => read.fault(fault)),
    privateSources: parsePrivateSources(read.text('PRIVATE_SOURCES') ?? '', (fault) => read.fault(fault)),
    embedding: {
      model,
      revision: read.text('MODEL_REVISION') ?? (model === DEFAULT_MODEL ? DEFAULT_REVISION : 'main'),
      precision,
      device: read.choice('DEVICE', ['auto', 'cuda', 'coreml', 'dml', 'webgpu', 'cpu']),
    },
    rerank: readRerank(read, precision),
    vectorIndex: read.choice('VECTOR_INDEX', ['faiss', 'scan']),
    recipe: read.choice('RECIPE', ['precedent', 'seed']),
    hub: {
      endpoint: read.url('HF_ENDPOINT', 'https://huggingface.co'),
      token: read.text('HF_TOKEN'),
      cacheDir: hubCacheDir(read),
    },
    github: readGithub(read),
    excludeAuthors: read.list('EXCLUDE_AUTHORS').map((login) => login.replace(/^@/, '')),
    keepBots: read.choice('KEEP_BOTS', ['off', 'on']) === 'on',
    discussions: read.choice('DISCUSSIONS', ['off', 'on']) === 'on',
    discord: readDiscord(read),
    slack: readSlack(read, readCommandNames(read)),
    web: {
      host,
      port: read.integer('PORT', 3000, 0, 65_535),
      pageToken: read.text('PAGE_TOKEN'),
      publicHost: read.text('PUBLIC_HOST') ?? '0.0.0.0',
      publicPort: read.optionalInteger('PUBLIC_PORT', 0, 65_535),
    },
    chat: readChat(read),
    askLimit: read.integer('ASK_LIMIT', 10, 1, 10_000),
    askQueue: read.integer('ASK_QUEUE', 50, 1, 10_000),
    answerDays: read.integer('ANSWER_DAYS', 30, 1, 3650),
    helpWaitMs: read.text('HELP_WAIT') === '0' ? 0 : read.duration('HELP_WAIT', '60s', ', or 0'),
    log: {
      level: read.choice('LOG_LEVEL', ['info', 'debug', 'warn', 'error']),
      format: read.choice('LOG_FORMAT', ['text', 'json']),
    },
    secrets: SECRETS.map((name) => environment[name]?.trim() ?? '').filter((value) => value.length > 0),
  };
  if (config.discussions && !config.github.token && !config.github.app) {
    read.fault('GITHUB_TOKEN is missing: with DISCUSSIONS=on there must be one, or a GitHub App.');
  }
  if (!isLoopback(host) && !config.web.pageToken) {
    read.fault(
      `PAGE_TOKEN is missing: HOST=${host} opens the page to others, so it needs a token of at least 16 characters.`,
    );
  }
  if (config.web.pageToken && config.web.pageToken.length < 16) {
    read.fault('PAGE_TOKEN is too short: at least 16 characters, for example from `openssl rand -hex 16`.');
  }
  read.finish();
  return config;
}

/** `OWNER/NAME@REVISION`, or a folder, whose name may hold any sign. */
function readRerank(read: SettingsReader, precision: ModelConfig['precision']): ModelConfig | undefined {
  const text = read.text('RERANK');
  if (text === undefined) return undefined;
  const [, id, revision] = /^([\w-][\w.-]*\/[\w-][\w.-]*)@([^@\s]+)$/.exec(text) ?? [];
  return { model: id ?? text, revision: revision ?? 'main', precision };
}

function readGithub(read: SettingsReader): GithubConfig {
  const id = read.text('GITHUB_APP_ID');
  const privateKey = read.text('GITHUB_APP_PRIVATE_KEY');
  const webhookSecret = read.text('GITHUB_WEBHOOK_SECRET');
  if ((id === undefined) !== (privateKey === undefined)) {
    read.fault(`${id ? 'GITHUB_APP_PRIVATE_KEY' : 'GITHUB_APP_ID'} is missing: a GitHub App needs both.`);
  }
  if (webhookSecret && !read.text('PUBLIC_PORT')) {
    read.fault('PUBLIC_PORT is missing: with GITHUB_WEBHOOK_SECRET, GitHub sends its webhooks there.');
  }
  return {
    apiUrl: read.url('GITHUB_API_URL', 'https://api.github.com'),
    token: read.text('GITHUB_TOKEN'),
    app: id && privateKey ? { id, privateKey } : undefined,
    webhookSecret,
    syncEveryMs: read.duration('SYNC_EVERY', '5m'),
    sweepEveryMs: read.duration('SWEEP_EVERY', '1d'),
  };
}

/**
 * What the manifest of the Slack app is made of: names and the way in, whatever else is missing yet.
 *
 * @throws ConfigError when a command's name is none
 */
export function readManifestSettings(environment: Environment = process.env) {
  const read = new SettingsReader(environment);
  const settings = {
    commandNames: readCommandNames(read),
    appToken: read.text('SLACK_APP_TOKEN'),
    signingSecret: read.text('SLACK_SIGNING_SECRET'),
    solvedEmoji: readSolvedEmoji(read),
    chat: readChat(read),
  };
  read.finish();
  return settings;
}

/**
 * The Discord part alone, so that a fault elsewhere does not stand in its way; undefined without a token.
 *
 * @throws ConfigError when the API's address is none
 */
export function readDiscordConfig(environment: Environment = process.env): DiscordConfig | undefined {
  const read = new SettingsReader(environment);
  const discord = readDiscord(read);
  read.finish();
  return discord;
}

const SOURCE =
  /^(?:hub:[^\s/:]+\/[^\s/@]+(?:@\S+)?|github:[^\s/:]+\/[^\s/]+|(?!(?:hub|github):).+\.(?:jsonl|ndjson|json|parquet))$/;

/** By their form alone: whether they are there shows when they are read. */
function readSources(read: SettingsReader): readonly string[] {
  const sources = read.list('SOURCES');
  for (const source of sources.filter((entry) => !SOURCE.test(entry))) {
    read.fault(
      `SOURCES: ${source} is no source: expected hub:OWNER/DATASET, github:OWNER/REPO, or a file that ends in .jsonl or .parquet.`,
    );
  }
  return sources;
}

/** The cache folder that Python's huggingface_hub uses, by the same rules. */
function hubCacheDir(read: SettingsReader): string {
  const home =
    read.text('HF_HOME') ?? path.join(read.text('XDG_CACHE_HOME') ?? path.join(homedir(), '.cache'), 'huggingface');
  return path.resolve(read.text('HF_HUB_CACHE') ?? path.join(home, 'hub'));
}
