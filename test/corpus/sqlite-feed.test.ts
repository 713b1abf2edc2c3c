import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CommentFilter } from '../../src/corpus/comment-filter.ts';
import { MIGRATIONS } from '../../src/corpus/sqlite-schema.ts';
import { openSqliteStore } from '../../src/corpus/sqlite-store.ts';
import type { Comment, CommentStore, FeedComment, FeedIssue } from '../../src/corpus/store.ts';
import { openDatabase } from '../../src/sqlite.ts';

const SPEC = 'github:example/project';
const FIRST = '2026-01-01T00:00:00Z';
const LATER = '2026-01-02T00:00:00Z';

let folder: string;
let file: string;
let store: CommentStore;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'feed-'));
  file = path.join(folder, 'corpus.sqlite');
  store = await openSqliteStore(file);
});

afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

const issue = (number: number, more: Partial<FeedIssue> = {}): FeedIssue => ({
  number,
  url: `https://github.com/example/project/issues/${number}`,
  title: `Title ${number}`,
  body: 'Body',
  state: 'open',
  stateReason: undefined,
  labels: [],
  updatedAt: FIRST,
  ...more,
});
const comment = (id: number, issueNumber: number, more: Partial<FeedComment> = {}): FeedComment => ({
  key: String(id),
  issueNumber,
  text: `Text ${id}`,
  url: `https://github.com/example/project/issues/${issueNumber}#issuecomment-${id}`,
  author: 'helper',
  authorAssociation: 'MEMBER',
  reactions: 0,
  createdAt: FIRST,
  updatedAt: FIRST,
  ...more,
});
const all = async (): Promise<readonly Comment[]> => {
  const rows: Comment[] = [];
  for await (const page of store.scan()) rows.push(...page);
  return rows;
};
const keys = async () => (await all()).map(({ key }) => key);
const filled = async () => {
  const feed = await store.follow(SPEC);
  await feed.apply(
    { issues: [issue(1), issue(2)], comments: [comment(11, 1), comment(12, 1), comment(21, 2)], sweep: 1 },
    'a',
  );
  await feed.publish();
  return feed;
};

describe('a source that is followed', () => {
  it('shows the first rows all at once, and goes on after it was left before', async () => {
    const feed = await store.follow(SPEC);
    expect([feed.state, feed.published]).toEqual([undefined, false]);
    await feed.apply({ issues: [issue(1)], comments: [comment(11, 1)], sweep: 1 }, { at: 7 });
    await feed.release();
    expect(await keys()).toEqual([]);
    expect(await store.version()).toBe(0);
    const again = await store.follow(SPEC);
    expect(again.state).toEqual({ at: 7 });
    expect(await again.count()).toBe(1);
    await again.apply({ comments: [comment(12, 1)], sweep: 1 });
    await again.publish();
    expect(await keys()).toEqual(['11', '12']);
    expect(await store.version()).toBe(1);
    await again.release();
    expect(await store.sources()).toMatchObject([{ spec: SPEC, comments: 2, newestCommentAt: FIRST, run: undefined }]);
  });

  it('puts in, changes and removes by GitHub’s id; the version rises once for each change of what can be found', async () => {
    const feed = await filled();
    expect(await store.version()).toBe(1);
    const rows = await all();
    const changes = {
      issues: [issue(1, { title: 'New title', updatedAt: LATER })],
      comments: [comment(11, 1, { text: 'Edited', updatedAt: LATER }), comment(13, 1, { createdAt: LATER })],
      removedComments: ['12', '999'],
      removedIssues: [2, 999],
      sweep: 1,
    };
    expect(await feed.apply(changes)).toEqual({ added: 1, changed: 2, removed: 2 });
    expect(await store.version()).toBe(2);
    expect(await all()).toMatchObject([
      { row: rows[0]?.row, key: '11', text: 'Edited', title: 'New title' },
      { key: '13', text: 'Text 13' },
    ]);
    expect(await store.sources()).toMatchObject([{ comments: 2, newestCommentAt: LATER }]);
    expect(await feed.apply(changes)).toEqual({ added: 0, changed: 0, removed: 0 });
    expect(await store.version()).toBe(2);
  });

  it('tells which rows came, went and became other documents since a version, until that is forgotten', async () => {
    const feed = await filled();
    const [first, second, third] = (await all()).map(({ row }) => row) as [number, number, number];
    expect(await store.changesSince(1)).toEqual({ version: 1, rows: [], complete: true });
    await feed.apply({ comments: [comment(11, 1, { text: 'Edited', updatedAt: LATER })], sweep: 1 });
    await feed.apply({ comments: [comment(13, 1)], removedComments: ['12'], sweep: 1 });
    const added = (await store.byKey(['13']))[0]?.row as number;
    expect(await store.changesSince(1)).toEqual({ version: 3, rows: [first, second, added], complete: true });
    expect(await store.changesSince(2)).toEqual({ version: 3, rows: [second, added], complete: true });
    await feed.apply({ issues: [issue(2, { title: 'Other', updatedAt: LATER })], sweep: 1 });
    expect(await store.changesSince(3)).toEqual({ version: 4, rows: [third], complete: true });
    await store.removeAuthors(['HELPER']);
    expect((await store.changesSince(4)).rows).toEqual([first, third, added]);
    await store.forgetChanges(3);
    expect(await store.changesSince(2)).toMatchObject({ complete: false });
    expect((await store.changesSince(3)).complete).toBe(true);
  });

  it('raises the version for issues with another address, and for rows that were noted without one', async () => {
    const feed = await filled();
    const moved = issue(1, { url: 'https://github.com/example/renamed/issues/1' });
    expect(await feed.apply({ issues: [moved, issue(2)], sweep: 2 })).toEqual({ added: 0, changed: 1, removed: 0 });
    expect(await store.changesSince(1)).toMatchObject({ version: 2, rows: [1, 2], complete: true });
    const db = await openDatabase(file, { what: 'the corpus', migrations: MIGRATIONS });
    db.exec('INSERT INTO changes VALUES (3, 2)');
    db.close();
    await feed.apply({ sweep: 2 });
    expect(await store.changesSince(3)).toEqual({ version: 3, rows: [], complete: true });
    await feed.apply({ sweep: 2 });
    expect(await store.version()).toBe(3);
  });

  it('tells nothing of what was changed before it could be found', async () => {
    const feed = await store.follow(SPEC);
    await feed.apply({ issues: [issue(1)], comments: [comment(11, 1), comment(12, 1)], sweep: 1 });
    await feed.apply({ removedComments: ['12'], sweep: 1 });
    expect(await store.changesSince(0)).toEqual({ version: 0, rows: [], complete: true });
    await feed.publish();
    expect(await store.changesSince(0)).toEqual({ version: 1, rows: [], complete: false });
    await feed.clear();
    expect(await store.changesSince(1)).toEqual({ version: 2, rows: [], complete: false });
  });

  it('shows states, labels and reactions without another version, and nothing that is older than what it has', async () => {
    const feed = await filled();
    await feed.apply({
      issues: [issue(1, { state: 'closed', stateReason: 'completed', labels: ['docs'], updatedAt: LATER })],
      comments: [comment(11, 1, { reactions: 4, updatedAt: LATER })],
      sweep: 1,
    });
    await feed.apply({ issues: [issue(1, { title: 'Old' })], comments: [comment(11, 1, { text: 'Old' })], sweep: 1 });
    expect(await store.version()).toBe(1);
    expect((await all())[0]).toMatchObject({
      title: 'Title 1',
      text: 'Text 11',
      issueState: 'closed',
      issueStateReason: 'completed',
      labels: ['docs'],
      reactions: 4,
      authorAssociation: 'MEMBER',
    });
  });

  it('drops what did not come with an issue that came whole, but nothing from after it was read', async () => {
    const feed = await filled();
    await feed.apply({ comments: [comment(13, 1, { createdAt: LATER })], sweep: 1 });
    const read = issue(1, { updatedAt: '2026-01-01T12:00:00Z' });
    const changes = { issues: [read, issue(2)], comments: [comment(12, 1)], wholeIssues: [1], sweep: 1 };
    expect(await feed.apply(changes)).toEqual({ added: 0, changed: 0, removed: 1 });
    expect(await keys()).toEqual(['12', '21', '13']);
    expect(await feed.unknownComments(['11', '12', '12', '99'])).toEqual(['11', '99']);
  });

  it('keeps labels, answer and what closed an issue where nothing new is told of them', async () => {
    const feed = await filled();
    const told = { labels: ['docs'], answer: '12', closedBy: 'https://github.com/example/project/pull/3' };
    const first = async () => (await all())[1];
    const closed = { state: 'closed', closedAt: LATER };
    await feed.apply({ issues: [issue(1, { ...closed, ...told })], sweep: 1 });
    await feed.apply({ issues: [issue(1, { state: 'closed', labels: undefined })], sweep: 1 });
    expect(await first()).toMatchObject({ key: '12', labels: ['docs'], accepted: true, closedBy: told.closedBy });
    expect(await first()).toMatchObject({ issueClosedAt: LATER });
    expect((await all()).filter(({ accepted }) => accepted)).toHaveLength(1);
    await feed.apply({ issues: [issue(1, { labels: undefined, answer: null, closedAt: LATER })], sweep: 1 });
    const reopened = { accepted: undefined, closedBy: undefined, issueClosedAt: undefined };
    expect(await first()).toMatchObject({ labels: ['docs'], ...reopened });
    expect(await store.version()).toBe(1);
  });

  it('drops what a sweep has not met, and takes no comment of an issue that it does not have', async () => {
    const feed = await filled();
    await feed.apply({ issues: [issue(1)], comments: [comment(12, 1), comment(31, 3)], sweep: 2 });
    expect(await feed.unknownIssues([1, 3, 3, 2])).toEqual([3]);
    expect(await feed.apply({ sweep: 2, dropUnseen: true })).toMatchObject({ removed: 2 });
    expect(await keys()).toEqual(['12']);
    expect(await feed.unknownIssues([2])).toEqual([2]);
  });

  it('keeps rows and state together: neither changes when the source was taken over', async () => {
    const feed = await filled();
    const db = await openDatabase(file, { what: 'the corpus', migrations: MIGRATIONS });
    db.exec(`UPDATE runs SET owner = '{"pid":1}'`);
    db.close();
    await expect(feed.apply({ removedComments: ['11'], sweep: 1 }, 'b')).rejects.toThrow('has taken over');
    expect(await keys()).toEqual(['11', '12', '21']);
    expect(feed.state).toBe('a');
  });

  it('forgets everything of a repository that may not be shown any more', async () => {
    const feed = await filled();
    await feed.clear();
    await feed.note({ error: 'it is private' });
    await feed.release();
    expect(await keys()).toEqual([]);
    expect(await store.sources()).toMatchObject([{ comments: 0, sync: { error: 'it is private' } }]);
    const again = await store.follow(SPEC);
    expect([again.state, again.published, await again.count()]).toEqual([undefined, false, 0]);
    await again.release();
  });

  it('is filtered by labels and states as they are now, of which the version of the corpus tells nothing', async () => {
    const feed = await filled();
    await feed.publish();
    const labels = ['Bug', 'help wanted'];
    await feed.apply({ issues: [issue(2, { labels, state: 'closed', updatedAt: LATER })], sweep: 1 });
    const found = async (filter: CommentFilter) =>
      (await store.byRow([...(await store.rowsOf(filter))])).map((each) => each?.key);
    expect(await found({ labels: ['bug'] })).toEqual(['21']);
    expect(await found({ labels: ['Help Wanted', 'BUG'], state: 'closed' })).toEqual(['21']);
    expect(await found({ labels: ['bug', 'other'] })).toEqual([]);
    expect(await found({ state: 'open' })).toEqual(['11', '12']);
  });

  it('forgets people who do not want to be quoted, whatever their name is written like', async () => {
    const feed = await filled();
    await feed.apply({ comments: [comment(22, 2, { author: 'Shy' })], sweep: 1 });
    expect(await store.removeAuthors(['sHY', 'nobody'])).toBe(1);
    expect(await keys()).toEqual(['11', '12', '21']);
    expect(await store.count()).toBe(3);
    expect(await store.removeAuthors(['shy'])).toBe(0);
  });

  it('tells who opened the issue as such, and forgets of issues as well who is not to be quoted', async () => {
    const feed = await filled();
    const reporters = async () => (await all()).filter(({ byReporter }) => byReporter).map(({ key }) => key);
    const changes = { issues: [issue(1, { author: 'Shy' })], comments: [comment(12, 1, { author: 'Shy' })], sweep: 1 };
    await feed.apply(changes);
    expect(await reporters()).toEqual(['12']);
    await store.removeAuthors(['shy']);
    await feed.apply({ comments: changes.comments, sweep: 1 });
    expect(await reporters()).toEqual([]);
    await store.close();
    store = await openSqliteStore(file, { excludeAuthors: ['shy'] });
    await (await store.follow(SPEC)).apply({ ...changes, issues: [issue(1, { author: 'Shy', updatedAt: LATER })] });
    const db = await openDatabase(file, { what: 'the corpus', migrations: MIGRATIONS });
    expect(db.prepare('SELECT 1 FROM issues WHERE author IS NOT NULL').get()).toBeUndefined();
    db.close();
  });
});

it('a corpus of the first version is brought up to date with everything in it', async () => {
  const old = path.join(folder, 'old.sqlite');
  const db = await openDatabase(old, { what: 'the corpus', migrations: MIGRATIONS.slice(0, 1) });
  db.exec(`INSERT INTO sources (id, spec, generation, comments, read_at) VALUES (1, 'hub:example/issues', 1, 1, '${FIRST}');
    INSERT INTO issues (id, generation, url, number, title, body, state) VALUES (5, 1, 'https://x/1', 1, 'T', 'B', 'open');
    INSERT INTO comments (row, generation, issue, key, text, author) VALUES (9, 1, 5, '77', 'Kept', 'helper');
    UPDATE counters SET value = 3 WHERE name = 'version';
    UPDATE counters SET value = 1 WHERE name = 'generation'`);
  db.close();
  const opened = await openSqliteStore(old);
  expect(await opened.version()).toBe(3);
  expect(await opened.changesSince(2)).toMatchObject({ complete: false });
  expect(await opened.changesSince(3)).toEqual({ version: 3, rows: [], complete: true });
  expect(await opened.byKey(['77'])).toMatchObject([
    { row: 9, text: 'Kept', title: 'T', author: 'helper', labels: undefined },
  ]);
  const feed = await opened.follow(SPEC);
  await feed.apply({ issues: [issue(1)], comments: [comment(11, 1)], sweep: 1 }, 'a');
  await feed.publish();
  await feed.release();
  expect(await opened.count()).toBe(2);
  await opened.close();
});
