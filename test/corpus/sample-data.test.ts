import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { settingNames } from '../../src/setting-names.ts';

type SampleRow = {
  readonly html_url: string;
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly comments: readonly string[];
  readonly comment_meta: readonly { readonly author: string; readonly created_at: string }[];
  readonly is_pull_request: boolean;
  readonly state: string;
  readonly created_at: string;
};

const COLUMNS = [
  'body',
  'comment_meta',
  'comments',
  'created_at',
  'html_url',
  'is_pull_request',
  'number',
  'state',
  'title',
];
const ROLES = [
  'community moderator',
  'contributor',
  'data scientist',
  'maintainer',
  'new user',
  'packager',
  'security reviewer',
  'server admin',
  'site reliability engineer',
  'student',
  'workspace admin',
];
/** Read by Node, the loader or a shell, and named for what they do there. */
const SETTINGS_OF_OTHERS = ['HTTPS_PROXY', 'LD_LIBRARY_PATH', 'NODE_EXTRA_CA_CERTS'];
const REQUEST_METHODS = ['GET', 'POST'];
const HOSTS = ['127.0.0.1', 'example.org'];
const ISO_SECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

const rows = readFileSync(new URL('../../src/corpus/sample.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as SampleRow);
const texts = rows.flatMap(({ title, body, comments }) => [title, body, ...comments]);
const everything = texts.join('\n');
const wordCount = (text: string) => text.split(/\s+/).filter(Boolean).length;
const kept = rows
  .filter((row) => !row.is_pull_request)
  .flatMap((row) => row.comments.filter((text) => wordCount(text) > 15));

describe('the sample corpus', () => {
  it('has rows of exactly the documented columns, numbered from 1', () => {
    for (const [index, row] of rows.entries()) {
      expect(Object.keys(row).sort()).toEqual(COLUMNS);
      expect(row.number).toBe(index + 1);
      expect(row.html_url).toBe(`sample:${row.number}`);
      expect(['open', 'closed']).toContain(row.state);
      expect(typeof row.is_pull_request).toBe('boolean');
      expect(
        [row.title, row.body, ...row.comments].every((text) => typeof text === 'string' && text.trim() === text),
      ).toBe(true);
      expect([row.title, row.body, ...row.comments].every((text) => text.length > 0)).toBe(true);
    }
  });

  it('has at least 60 issues with 200 comments that the filters keep', () => {
    expect(rows.filter((row) => !row.is_pull_request).length).toBeGreaterThanOrEqual(60);
    expect(kept.length).toBeGreaterThanOrEqual(200);
  });

  it('gives every filter something to do: pull requests, issues without comments, short comments', () => {
    expect(rows.filter((row) => row.is_pull_request && row.comments.length > 0).length).toBeGreaterThanOrEqual(2);
    expect(rows.filter((row) => row.comments.length === 0).length).toBeGreaterThanOrEqual(2);
    const comments = rows.filter((row) => !row.is_pull_request).flatMap((row) => row.comments);
    expect(comments.length - kept.length).toBeGreaterThanOrEqual(10);
  });

  it('repeats no title and no comment', () => {
    expect(new Set(rows.map(({ title }) => title)).size).toBe(rows.length);
    expect(new Set(kept).size).toBe(kept.length);
  });

  it('fits a document of 512 tokens, so that no comment is cut off', () => {
    // Prose, code and paths together stay below two tokens a word and a quarter token a character.
    for (const { title, body, comments } of rows) {
      for (const comment of comments) expect(`${title}${body}${comment}`.length / 3).toBeLessThan(510);
    }
  });

  it('has an author and a date for every comment, in the order written, none in the future', () => {
    for (const row of rows) {
      expect(row.comment_meta).toHaveLength(row.comments.length);
      const dates = [row.created_at, ...row.comment_meta.map((meta) => meta.created_at)];
      expect(dates.filter((date) => !ISO_SECONDS.test(date) || Date.parse(date) > Date.now())).toEqual([]);
      expect([...dates].sort()).toEqual(dates);
    }
  });

  it('names its authors by role only', () => {
    const authors = new Set(rows.flatMap((row) => row.comment_meta.map(({ author }) => author)));
    expect([...authors].sort()).toEqual(ROLES);
  });

  it('holds no address of anybody: no links but local and example ones, no mail addresses, no tokens', () => {
    const hosts = [...everything.matchAll(/https?:\/\/([\w.-]+)/g)].map(([, host]) => host);
    expect(hosts.filter((host) => !HOSTS.includes(host ?? ''))).toEqual([]);
    expect(everything).not.toMatch(/\w@\w+\.\w/);
    expect(everything).not.toMatch(/\b(?:xox[a-z]|xapp|ghp|hf)[-_]\w{5,}/);
  });

  it('closes every code block that it opens', () => {
    for (const text of texts) expect((text.match(/^```/gm) ?? []).length % 2).toBe(0);
  });

  it('names only npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = new Set(
      [...everything.matchAll(/npm run (?:--silent )?([a-z][a-z:]*)/g)].map(([, name]) => name ?? ''),
    );
    expect(named.size).toBeGreaterThan(8);
    expect([...named].filter((name) => !(name in scripts))).toEqual([]);
  });

  it('names only settings that exist', () => {
    const patterns = [/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g, /\b[A-Z][A-Z0-9]+(?==)/g, /(?<=`)[A-Z][A-Z0-9]+(?=`)/g];
    const named = new Set(patterns.flatMap((pattern) => everything.match(pattern) ?? []));
    const known = settingNames();
    const others = [...SETTINGS_OF_OTHERS, ...REQUEST_METHODS];
    expect([...named].filter((name) => !known.has(name) && !others.includes(name))).toEqual([]);
  });

  it('speaks of every setting', () => {
    const unmentioned = [...settingNames()].filter((name) => !new RegExp(`\\b${name}\\b`).test(everything));
    expect(unmentioned).toEqual([]);
  });

  it('answers the question that is shown at the first start', () => {
    const answering = rows.filter(({ title }) => /load a dataset offline/i.test(title));
    expect(answering).toHaveLength(1);
    const [answer = ''] = answering[0]?.comments ?? [];
    expect(answer).toContain('HF_HOME');
    expect(answer).toContain('npm run index -- --from');
  });
});
