import { readFileSync } from 'node:fs';
import { parse } from 'dotenv';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../src/config.ts';
import { settingNames } from '../src/setting-names.ts';

const text = readFileSync(new URL('../.env.example', import.meta.url), 'utf8');

type Entry = { readonly name: string; readonly fallback: string; readonly example: string };

/** Each setting with the line above it: `# Default: …   Example: NAME=…`. */
const entries: readonly Entry[] = [...text.matchAll(/^# Default: (.+?) {2,}Example: (\w+)=(.+)\n(\w+)=$/gm)].map(
  ([, fallback = '', exampleName = '', example = '', name = '']) => {
    expect(exampleName, `the example above ${name}`).toBe(name);
    return { name, fallback, example };
  },
);

describe('.env.example', () => {
  it('documents every setting that the configuration reads, and no other', () => {
    expect(Object.keys(parse(text)).sort()).toEqual([...settingNames()].sort());
  });

  it('gives each setting a default and an example, once', () => {
    expect(entries.map(({ name }) => name)).toEqual(Object.keys(parse(text)));
    expect(text.match(/^\w+=/gm)).toHaveLength(entries.length);
  });

  it('says what each setting means before its default', () => {
    const unexplained = text
      .split('\n\n')
      .filter((block) => /^\w+=/m.test(block))
      .filter((block) => !/^# (?!Default:)\S.{12,}/.test(block));
    expect(unexplained).toEqual([]);
  });

  it('copied as it is means the defaults', () => {
    expect(readConfig(parse(text))).toEqual(readConfig({}));
  });

  it('names the true defaults', () => {
    const told = entries.filter(({ fallback }) => !fallback.startsWith('('));
    expect(readConfig(Object.fromEntries(told.map(({ name, fallback }) => [name, fallback])))).toEqual(readConfig({}));
    // Without a platform its names are not read into the configuration.
    const slack = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1' };
    const withSlack = Object.fromEntries(told.map(({ name, fallback }) => [name, fallback]));
    expect(readConfig({ ...withSlack, ...slack, DISCORD_TOKEN: 'token' })).toEqual(
      readConfig({ ...slack, DISCORD_TOKEN: 'token' }),
    );
  });

  it('has no default in words where there is a value, and gives examples that differ from it', () => {
    const inWords = entries.filter(({ fallback }) => fallback.startsWith('('));
    expect(inWords.every(({ fallback }) => fallback.endsWith(')'))).toBe(true);
    expect(entries.filter(({ fallback, example }) => fallback === example).map(({ name }) => name)).toEqual([]);
  });

  it('gives examples that are accepted together, and each changes the configuration', () => {
    const examples = Object.fromEntries(entries.map(({ name, example }) => [name, example]));
    const config = readConfig(examples);
    for (const { name } of entries) {
      if (name === 'RECIPE' || name === 'HF_HOME') continue; // one value; HF_HUB_CACHE wins
      const others = Object.fromEntries(Object.entries(examples).filter(([other]) => other !== name));
      expect(readConfigOrFault(others), name).not.toEqual(config);
    }
  });

  it('holds no secret', () => {
    const secrets = readConfig(Object.fromEntries(entries.map(({ name, example }) => [name, example]))).secrets;
    expect(secrets).not.toEqual([]);
    for (const secret of secrets) expect(secret).toMatch(/your-|at-least-16-characters/);
  });
});

function readConfigOrFault(environment: Record<string, string>): unknown {
  try {
    return readConfig(environment);
  } catch (error) {
    return error;
  }
}
