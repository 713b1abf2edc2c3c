import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyModel } from '../embedding/tiny-model.ts';
import { closeLater, type Environment, runTerminal, settings, terminal } from '../end-to-end/world.ts';
import { issues, writeRows } from '../fakes/issues.ts';

const folderOf = (environment: Environment) => environment.DATA_DIR as string;

async function rowsIn(environment: Environment, name: string, rows: readonly unknown[]): Promise<string> {
  return writeRows(path.join(folderOf(environment), name), rows);
}

async function sourcesOf(environment: Environment): Promise<string> {
  return (await terminal('sources', [], environment)).stdout;
}

async function metricOf(environment: Environment): Promise<unknown> {
  const { stdout } = await terminal('ask', ['caching', '--json'], environment);
  return (JSON.parse(stdout) as { metric: unknown }).metric;
}

describe('npm run index', () => {
  it('replaces the rows of the sources that it is given, and drops the one that is removed', async () => {
    const environment = await settings();
    const a = await rowsIn(environment, 'a.jsonl', issues(4));
    const b = await rowsIn(environment, 'b.jsonl', issues(3, { topic: 'sharding' }));
    await terminal('index', ['--from', a, '--from', b], environment);
    expect(await sourcesOf(environment)).toMatch(/^14 comments from 2 sources\.\n {2}a\.jsonl: 8 .*\n {2}b\.jsonl: 6 /);
    await rowsIn(environment, 'a.jsonl', issues(2));
    await terminal('index', ['--from', a], environment);
    expect(await sourcesOf(environment)).toMatch(/^10 comments from 2 sources\.\n {2}a\.jsonl: 4 .*\n {2}b\.jsonl: 6 /);
    const { code, stderr } = await terminal('index', ['--remove', a], environment);
    expect(code).toBe(0);
    expect(stderr).toContain(`${a}: 4 comments removed`);
    expect(await sourcesOf(environment)).toMatch(/^6 comments from 1 source\.\n {2}b\.jsonl: 6 /);
    // By the name that is shown, also where the file is gone and from any folder.
    await rm(b);
    expect((await terminal('index', ['--remove', 'b.jsonl'], environment)).stderr).toContain(
      `${b}: 6 comments removed`,
    );
  });

  it('goes on with the other sources when one cannot be read, and says so in the end', async () => {
    const environment = await settings();
    const a = await rowsIn(environment, 'a.jsonl', issues(4));
    const missing = path.join(folderOf(environment), 'missing.jsonl');
    const broken = path.join(folderOf(environment), 'broken.jsonl');
    await writeFile(broken, 'no rows');
    await expect(terminal('index', ['--from', missing, '--from', broken, '--from', a], environment)).rejects.toThrow(
      '2 of 3 sources could not be indexed, as said above; the others are.',
    );
    expect(await sourcesOf(environment)).toMatch(/^8 comments from 1 source\.\n {2}a\.jsonl: 8 /);
    await expect(terminal('index', ['--from', missing, '--from', missing], environment)).rejects.toThrow(
      'None of the sources could be read; nothing was changed.',
    );
  });

  it('reads the sources of the settings when it is given none', async () => {
    const environment = await settings();
    const SOURCES = await rowsIn(environment, 'a.jsonl', issues(4));
    await terminal('index', [], { ...environment, SOURCES });
    expect(await sourcesOf(environment)).toContain('8 comments from 1 source.');
  });

  it('keeps the metric that was once chosen', async () => {
    const environment = await settings();
    const a = await rowsIn(environment, 'a.jsonl', issues(4));
    await terminal('index', ['--from', a, '--metric', 'l2'], environment);
    expect(await metricOf(environment)).toBe('l2');
    await rowsIn(environment, 'a.jsonl', issues(5));
    await terminal('index', ['--from', a], environment);
    expect(await metricOf(environment)).toBe('l2');
    await terminal('index', ['--from', a, '--metric', 'ip'], environment);
    expect(await metricOf(environment)).toBe('ip');
  });

  it('joins issues and comments as GitHub’s API gives them', async () => {
    const environment = await settings();
    const api = 'https://api.github.com/repos/example/project/issues';
    const issue = {
      url: `${api}/1`,
      html_url: 'https://github.com/example/project/issues/1',
      number: 1,
      title: 'Caching',
      body: null,
      state: 'open',
      labels: [{ name: 'bug' }],
      comments: 1,
      user: null,
    };
    const comment = {
      issue_url: `${api}/1`,
      id: 7,
      html_url: `${issue.html_url}#issuecomment-7`,
      body: issues(1)[0]?.comments[0],
      user: { login: 'someone' },
      created_at: '2021-01-01T00:00:00Z',
    };
    const issueFile = await rowsIn(environment, 'issues.jsonl', [issue]);
    const commentFile = await rowsIn(environment, 'comments.jsonl', [comment]);
    await expect(terminal('index', ['--from', issueFile], environment)).rejects.toThrow(
      /`comments` is the number of comments \(1 in all\), not their texts/,
    );
    await terminal('index', ['--from', `${issueFile}+${commentFile}`], environment);
    expect(await sourcesOf(environment)).toContain('1 comment from 1 source.');
    const found = async (words: string) => {
      const { stdout } = await terminal('ask', [`caching ${words}`, '--json'], environment);
      return (JSON.parse(stdout) as { hits: { labels: string[] }[] }).hits.map(({ labels }) => labels);
    };
    expect([await found('label:bug'), await found('label:feature')]).toEqual([[['bug']], []]);
  });

  it('names bad rows with their lines, and keeps the good ones', async () => {
    const environment = await settings();
    const [good] = issues(1);
    const a = await rowsIn(environment, 'a.jsonl', [{ ...good, title: 7 }, good, { ...good, comments: null }]);
    const { stderr } = await terminal('index', ['--from', a], environment);
    expect(stderr).toContain(
      `2 bad rows skipped: ${a} line 1: \`title\`: expected a text, found a number; ${a} line 3: \`comments\`: expected a list of texts, found null`,
    );
    expect(await sourcesOf(environment)).toContain('2 comments from 1 source.');
  });

  it('indexes with the model in the box where the configured one cannot be reached', async () => {
    const environment = await settings();
    const a = await rowsIn(environment, 'a.jsonl', issues(4));
    const { code, stderr } = await terminal('index', ['--from', a], { ...environment, MODEL: 'example/absent' });
    expect(code).toBe(0);
    expect(stderr).toContain('the model could not be had, so the one in the box stands in');
    const answer = await terminal('ask', ['what is wrong?'], { ...environment, MODEL: 'example/absent' });
    expect(answer.stdout).toContain('Note: The small model in the box answered: example/absent has no index yet.');
    // With the model, the next run embeds what is there.
    await terminal('index', ['--from', a], environment);
    expect(await metricOf(environment)).toBe('ip');
  });
});

describe('npm run index refuses, with one sentence and nothing lost,', () => {
  const cases: readonly (readonly [what: string, content: string | Uint8Array | null, message: RegExp])[] = [
    ['a file that is not there', null, /a\.jsonl: there is no such file\. Check the path/],
    ['an empty file', '', /a\.jsonl is empty\. Expected one JSON object a line/],
    ['a binary file', new Uint8Array([1, 2, 0, 3]), /a\.jsonl is a binary file or UTF-16 text/],
    ['one JSON list', '[{"title": "a"}]', /a\.jsonl is one JSON list.*jq/],
    [
      'rows of another schema',
      '{"question": "a", "answer": "b"}\n',
      /holds no usable row\. The first bad row is line 1/,
    ],
    ['text that is no JSON', 'some notes\nof mine\n', /holds no usable row.*line 1 of .*: not JSON/],
  ];

  // One after the other on the same folder: what a case lost, the next ones would miss too.
  let environment: Environment;
  let a: string;
  beforeAll(async () => {
    environment = await settings({ DATA_DIR: await mkdtemp(path.join(tmpdir(), 'precedent-test-')) });
    a = await rowsIn(environment, 'a.jsonl', issues(4));
    await terminal('index', ['--from', a], environment);
  });
  afterAll(() => rm(folderOf(environment), { recursive: true, force: true }));

  it.each(cases)('%s', async (_what, content, message) => {
    if (content === null) await rm(a);
    else await writeFile(a, content);
    await expect(terminal('index', ['--from', a], environment)).rejects.toThrow(message);
    expect(await sourcesOf(environment)).toContain('8 comments from 1 source.');
    expect(await metricOf(environment)).toBe('ip');
  });

  it.each([
    [['--from', 'issues.csv'], /issues\.csv is no source: expected github:OWNER\/REPO, hub:OWNER\/DATASET, a file/],
    [['--from', 'github:no-repository'], /github:no-repository names no repository/],
    [['--from', 'hub:no-owner'], /hub:no-owner names no dataset/],
    [['--metric', 'cosine'], /--metric is "cosine": expected ip \(inner product\) or l2/],
    [['--remove', 'never.jsonl'], /never\.jsonl is not indexed, so there is nothing to remove\. Indexed: nothing\./],
    [['--form', 'a.jsonl'], /^--form is not known here\. Usage: npm run index -- \[--from SOURCE\]/],
    [['--from'], /^--from needs a value\. Usage: /],
    [['a.jsonl'], /^"a\.jsonl" is not expected here\. Usage: /],
  ])('%j', async (args, message) => {
    await expect(terminal('index', args, await settings())).rejects.toThrow(message);
  });

  it('a model that cannot be used, before anything is read', async () => {
    const environment = await settings({ MODEL: await tinyModel({ 'tokenizer.json': null }) });
    const a = await rowsIn(environment, 'a.jsonl', issues(4));
    await expect(terminal('index', ['--from', a], environment)).rejects.toThrow(/lacks .*tokenizer\.json/);
    expect(await sourcesOf({ ...environment, MODEL: 'example/absent' })).toContain('Nothing is indexed yet.');
  });
});

/** A file system of three megabytes; undefined where none can be made. */
function smallDisk(folder: string): (() => Promise<void>) | undefined {
  mkdirSync(folder);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', folder], { stdio: 'ignore' });
    return async () => void execFileSync('umount', [folder]);
  } catch {
    return undefined;
  }
}

describe('a disk that is full', () => {
  it('is named, and what was published before still answers', async ({ skip }) => {
    const outside = await settings();
    const folder = path.join(folderOf(outside), 'small');
    const unmount = smallDisk(folder);
    skip(unmount === undefined, 'only root may mount a small file system here');
    if (unmount) closeLater(unmount);
    const environment = { ...outside, DATA_DIR: folder };
    const a = await rowsIn(outside, 'a.jsonl', issues(4));
    const b = await rowsIn(outside, 'b.jsonl', issues(2000, { comments: ['Many words fill the disk. '.repeat(100)] }));
    // In processes of their own, which let go of the disk when they end.
    expect(await runTerminal(['index', '--from', a], environment)).toMatchObject({ code: 0 });
    const full = await runTerminal(['index', '--from', b], environment);
    expect(full.code).toBe(1);
    expect(full.stderr.trim().split('\n').at(-1)).toMatch(/disk is full|disk: it may be full/);
    const { stdout } = await runTerminal(['ask', 'caching', '--json', '--top', '20'], environment);
    expect(JSON.parse(stdout)).toMatchObject({ mode: 'semantic', hits: { length: 8 } });
  });
});
