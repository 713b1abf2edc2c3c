import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CONTENT_INTENT, INTENTS, OPTIONAL_PERMISSIONS, PERMISSIONS, REACTIONS_INTENT } from '../src/discord/invite.ts';
import { settingNames } from '../src/setting-names.ts';
import { neededScopes } from '../src/slack/manifest.ts';
import { describedCommands } from '../src/terminal/described-commands.ts';

const root = path.resolve(import.meta.dirname, '..');
const readText = (file: string) => readFileSync(path.join(root, file), 'utf8');
const readme = readText('README.md');
const pages = ['README.md', ...readdirSync(path.join(root, 'docs')).map((name) => `docs/${name}`)].filter((file) =>
  file.endsWith('.md'),
);

/** The cells of all table rows in a part of the README, without the marks of code. */
function tableRows(text: string): readonly (readonly string[])[] {
  const rows = text.split('\n').filter((line) => line.startsWith('|') && !/^\|[-|]+$/.test(line));
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.replaceAll('`', '').trim()),
  );
}

function section(title: string): string {
  const text = readme.split(/^## /m).find((part) => part.startsWith(`${title}\n`));
  if (text === undefined) throw new Error(`README.md has no section ${title}`);
  return text;
}

const EVERYTHING = { readsMessages: true, triggerEmoji: ['bulb'], solvedEmoji: 'white_check_mark' };

describe('the README', () => {
  it('lists every setting, each once, and no other', () => {
    const names = tableRows(section('Settings'))
      .slice(1)
      .map(([name]) => name);
    expect(names.toSorted()).toEqual([...settingNames()].sort());
  });

  it('gives each setting the default that .env.example gives it', () => {
    const documented = [...readText('.env.example').matchAll(/^# Default: (.+?) {2,}Example: (\w+)=/gm)];
    const defaults = Object.fromEntries(documented.map(([, fallback, name]) => [name, fallback]));
    const told = tableRows(section('Settings')).slice(1);
    expect(Object.fromEntries(told.map(([name, fallback]) => [name, fallback]))).toEqual(defaults);
  });

  it('gives the reason for each intent and each permission on Discord that the code asks for, and no other', () => {
    const rows = tableRows(section('Discord')).filter(([name]) => name !== 'intent' && name !== 'permission');
    const told = [...INTENTS, CONTENT_INTENT, REACTIONS_INTENT, ...PERMISSIONS, ...OPTIONAL_PERMISSIONS];
    expect(rows).toEqual(told.map(({ name, reason }) => [name, reason]));
  });

  it('gives a reason for each scope on Slack that the code asks for, and no other', () => {
    const rows = tableRows(section('Slack')).slice(1);
    expect(rows.map(([scope]) => scope)).toEqual(neededScopes(EVERYTHING));
    expect(rows.every(([, reason = '']) => reason.startsWith('to '))).toBe(true);
  });

  it('names every command that people type in chat', () => {
    for (const { name } of describedCommands()) expect(section('Commands')).toContain(`\`/${name}`);
  });
});

describe.each(pages)('%s', (file) => {
  const text = readText(file);

  it('names only npm scripts that exist', () => {
    const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };
    const named = [...text.matchAll(/npm run (?:--silent )?([a-z][\w:-]*)/g)].map(([, name]) => name);
    expect(named.filter((name) => !Object.hasOwn(scripts, name ?? ''))).toEqual([]);
  });

  it('links to files and headings that exist', () => {
    const broken = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^https?:/.test(target))
      .filter((target) => !resolves(target, file));
    expect(broken).toEqual([]);
  });

  it('names only folders and files of the repository that exist', () => {
    const named = [...text.matchAll(/`((?:src|commands|scripts|test|bench|docs)\/[\w./-]*)`/g)].map(([, name]) => name);
    expect(named.filter((name) => !existsSync(path.join(root, name ?? '')))).toEqual([]);
  });
});

function resolves(target: string, from: string): boolean {
  const [name = '', heading] = target.split('#');
  const file = name ? path.join(path.dirname(from), name) : from;
  if (!existsSync(path.join(root, file))) return false;
  return heading === undefined || headings(readText(file)).includes(heading);
}

/** As GitHub makes anchors of them. */
function headings(text: string): readonly string[] {
  return [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );
}
