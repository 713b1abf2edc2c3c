import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig, readDiscordConfig, readManifestSettings } from '../src/config.ts';
import { ConfigError } from '../src/errors.ts';
import { followSettings } from '../src/follow-settings.ts';
import { standingFilter } from '../src/source-filters.ts';

const faultsOf = (environment: Record<string, string>): readonly string[] => {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
};

describe('the configuration', () => {
  it('is complete without a single setting', () => {
    const config = readConfig({ HOME: '/home/nobody' });
    expect(config.dataDir).toBe(path.resolve('data'));
    expect(config.embedding.model).toBe('sentence-transformers/multi-qa-mpnet-base-dot-v1');
    expect(config.embedding.revision).toMatch(/^[0-9a-f]{40}$/);
    expect(config.discord).toBeUndefined();
    expect(config.slack).toBeUndefined();
    expect(config.web.host).toBe('127.0.0.1');
  });

  it('reports every fault at once', () => {
    const faults = faultsOf({
      PORT: '80000',
      DEVICE: 'tpu',
      HF_ENDPOINT: 'hub.example',
      SLACK_BOT_TOKEN: 'xoxp-1',
      ASK_LIMIT: '-1',
    });
    expect(faults).toHaveLength(6);
    expect(faults.join('\n')).toContain('PORT is "80000": expected a whole number from 0 to 65535.');
    expect(faults.join('\n')).toContain('DEVICE is "tpu": expected auto, cuda, coreml, dml, webgpu, cpu.');
    expect(faults.join('\n')).toContain('SLACK_BOT_TOKEN is not a bot token');
  });

  it('knows a source by its form, and names each that is none', () => {
    const good = [
      'hub:owner/data',
      'hub:owner/data@v1',
      'github:owner/repo',
      '/a b/c.jsonl',
      'issues.jsonl+comments.jsonl',
    ];
    expect(readConfig({ SOURCES: good.join(',') }).sources).toEqual(good);
    const faults = faultsOf({ SOURCES: 'hub:x, foo.csv, github:owner, fine.parquet', PORT: 'x' });
    expect(faults).toHaveLength(4);
    expect(faults.join('\n')).toContain('SOURCES: foo.csv is no source: expected hub:OWNER/DATASET');
  });

  it('keeps comments by bots only where that is asked for, or the recipe is the course’s', () => {
    const dropsBots = (environment: Record<string, string>, keepBots?: boolean) =>
      followSettings(readConfig(environment), { keepBots }).rules.dropBots;
    expect(dropsBots({})).toBe(true);
    expect(dropsBots({}, true)).toBe(false);
    expect(dropsBots({ KEEP_BOTS: 'on' })).toBe(false);
    expect(dropsBots({ RECIPE: 'seed' })).toBe(false);
  });

  it('re-ranks only where a cross-encoder is named, of the revision that is named with it', () => {
    const rerank = (text: string) => readConfig({ RERANK: text, PRECISION: 'int8' }).rerank;
    expect(readConfig({}).rerank).toBeUndefined();
    expect(rerank('owner/cross')).toEqual({ model: 'owner/cross', revision: 'main', precision: 'int8' });
    expect(rerank('owner/cross@4f2a')).toMatchObject({ model: 'owner/cross', revision: '4f2a' });
    expect(rerank('/srv/models@home/cross')).toMatchObject({ model: '/srv/models@home/cross', revision: 'main' });
  });

  it('reads discussions only where that is asked for, and not without credentials', () => {
    expect(readConfig({}).discussions).toBe(false);
    expect(readConfig({ DISCUSSIONS: 'on', GITHUB_TOKEN: 'token' }).discussions).toBe(true);
    expect(faultsOf({ DISCUSSIONS: 'on' }).join()).toContain('GITHUB_TOKEN is missing');
    expect(() => followSettings(readConfig({}), { discussions: true })).toThrow('Set GITHUB_TOKEN or a GitHub App');
  });

  it('reads what others write only where that is asked for', () => {
    expect(readConfig({}).chat).toEqual({
      readsMessages: false,
      triggerEmoji: [],
      managers: [],
      bridges: [],
    });
    const chat = { READ_MESSAGES: 'on', TRIGGER_EMOJI: '💡, :bulb:', MANAGERS: '1, U2', BRIDGES: 'B3' };
    expect(readConfig(chat).chat).toEqual({
      readsMessages: true,
      triggerEmoji: ['💡', 'bulb'],
      managers: ['1', 'U2'],
      bridges: ['B3'],
    });
    expect(() => readConfig({ TRIGGER_EMOJI: 'bulb' })).toThrow('TRIGGER_EMOJI needs READ_MESSAGES=on');
  });

  it('gives people 60 seconds to answer first, or what is set, or none', () => {
    expect(readConfig({}).helpWaitMs).toBe(60_000);
    expect(readConfig({ HELP_WAIT: '5m' }).helpWaitMs).toBe(300_000);
    expect(readConfig({ HELP_WAIT: '0' }).helpWaitMs).toBe(0);
    expect(faultsOf({ HELP_WAIT: 'soon' }).join()).toMatch(/^HELP_WAIT is "soon": .* 1d, or 0\.$/);
  });

  it('reads where private sources may answer, and names each place that is none', () => {
    const { privateSources } = readConfig({
      PRIVATE_SOURCES:
        'github:Acme/Secret=discord:123456789012345678, slack:T024BE7LD/C024BE91L; team.jsonl=local;github:acme/secret=slack:T1',
    });
    expect(privateSources.get('github:acme/secret')).toEqual([
      { platform: 'discord', server: '123456789012345678', channel: undefined },
      { platform: 'slack', server: 'T024BE7LD', channel: 'C024BE91L' },
      { platform: 'slack', server: 'T1', channel: undefined },
    ]);
    expect(privateSources.get(path.resolve('team.jsonl'))).toEqual([]);
    const faults = faultsOf({ PRIVATE_SOURCES: 'github:a/b=discord:help,slack:T1/D1;github:a/c=;github:a/d' });
    expect(faults).toHaveLength(4);
    expect(faults.join('\n')).toContain('"discord:help" of github:a/b is no place');
    expect(faults.join('\n')).toContain('github:a/d does not say where');
  });

  it('reads what holds for a source in any case, and names what it cannot read', () => {
    const { sourceFilters } = readConfig({
      SOURCE_FILTERS: 'github:Acme/app=state:closed since:2y label:"good first issue"; hub:acme/data@v1=author:octocat',
    });
    expect(standingFilter(sourceFilters, 'github:acme/app')).toMatchObject({
      state: 'closed',
      labels: ['good first issue'],
      since: expect.stringMatching(/^20\d\d-\d\d-\d\d$/),
    });
    expect(standingFilter(sourceFilters, 'hub:acme/data')).toEqual({ author: 'octocat' });
    expect(standingFilter(sourceFilters, 'github:acme/other')).toBeUndefined();
    const faults = faultsOf({ SOURCE_FILTERS: 'github:a/b=state:shut;github:a/c=bug;github:a/d=source:x;github:a/e' });
    expect(faults).toHaveLength(4);
    expect(faults[0]).toContain('state:shut is neither');
  });

  it.each([
    ['MANAGERS', '42, U02ABC, @me', /MANAGERS has "@me": expected ids of Discord, such as \d+ or ids of Slack/],
    ['BRIDGES', 'x', /BRIDGES has "x": expected/],
    ['ALLOWED_SERVERS', 'T02ABC', /ALLOWED_SERVERS has "T02ABC": expected ids of Discord/],
    ['ALLOWED_WORKSPACES', '42', /ALLOWED_WORKSPACES has "42": expected ids of Slack workspaces/],
  ])('takes in %s only what can be an id', (name, value, fault) => {
    expect(() => readConfig({ [name]: value })).toThrow(fault);
  });

  it('is open to every server unless some are named', () => {
    const open = (list: string) => readConfig({ DISCORD_TOKEN: 'x', ALLOWED_SERVERS: list }).discord?.allowedServers;
    expect([open(''), open('1, 2')]).toEqual([[], ['1', '2']]);
  });

  it('counts an empty value as not set', () => {
    expect(readConfig({ MODEL: ' ', DISCORD_TOKEN: '' }).discord).toBeUndefined();
  });

  it('asks for a page token when the page is open to others', () => {
    expect(faultsOf({ HOST: '0.0.0.0' })[0]).toContain('PAGE_TOKEN is missing');
    expect(faultsOf({ HOST: '0.0.0.0', PAGE_TOKEN: 'short' })[0]).toContain('PAGE_TOKEN is too short');
    expect(faultsOf({ HOST: '0.0.0.0', PAGE_TOKEN: 'x'.repeat(16) })).toEqual([]);
  });

  it('knows Socket Mode by its app token and signed HTTP by its signing secret', () => {
    expect(faultsOf({ SLACK_BOT_TOKEN: 'xoxb-1' })[0]).toContain('Slack needs one of them');
    expect(faultsOf({ SLACK_BOT_TOKEN: 'xoxb-1', SLACK_SIGNING_SECRET: 's' })[0]).toContain('PUBLIC_PORT is missing');
    expect(readConfig({ SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1' }).slack?.appToken).toBe('xapp-1');
    expect(readConfig({ SLACK_ASK_COMMAND: '/find' }).slack).toBeUndefined();
  });

  it('has what the Slack manifest and the Discord invite need also while something else is missing or wrong', () => {
    const unfinished = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_ASK_COMMAND: '/find', PORT: 'x', DISCORD_TOKEN: 'token' };
    expect(faultsOf(unfinished)).toHaveLength(2);
    expect(readManifestSettings(unfinished)).toMatchObject({ commandNames: { ask: 'find' }, appToken: undefined });
    expect(readDiscordConfig(unfinished)).toMatchObject({ token: 'token' });
    expect(readDiscordConfig({})).toBeUndefined();
  });

  it('finds the Hub cache where Python finds it', () => {
    expect(readConfig({ HF_HUB_CACHE: '/a' }).hub.cacheDir).toBe('/a');
    expect(readConfig({ HF_HOME: '/b' }).hub.cacheDir).toBe('/b/hub');
    expect(readConfig({ XDG_CACHE_HOME: '/c' }).hub.cacheDir).toBe('/c/huggingface/hub');
  });

  it('follows the newest revision of a model that is not the default one', () => {
    expect(readConfig({ MODEL: 'example/model' }).embedding.revision).toBe('main');
    expect(readConfig({ MODEL: 'example/model', MODEL_REVISION: 'abc' }).embedding.revision).toBe('abc');
  });

  it('names its secrets, so that the log can hide them', () => {
    expect(readConfig({ DISCORD_TOKEN: 'secret-1', HF_TOKEN: 'secret-2' }).secrets).toEqual(['secret-1', 'secret-2']);
  });

  it('takes addresses with or without a slash at the end', () => {
    expect(readConfig({ HF_ENDPOINT: 'http://127.0.0.1:1/' }).hub.endpoint).toBe('http://127.0.0.1:1');
  });
});
