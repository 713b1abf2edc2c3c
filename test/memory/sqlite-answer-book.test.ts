import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Comment } from '../../src/corpus/store.ts';
import { silentLogger } from '../../src/log.ts';
import { openMemory } from '../../src/memory/sqlite-memory.ts';
import { MIGRATIONS } from '../../src/memory/sqlite-migrations.ts';
import { openDatabase } from '../../src/sqlite.ts';
import { anAnswer } from '../fakes/answers.ts';

const DAY_MS = 24 * 3600_000;
const context = { platform: 'discord', user: 'user-4711', server: '22', channel: '33', requestId: 'abc' } as const;

const commentOf = (key: string): Comment => ({
  row: 1,
  key,
  source: 'hub:example/issues',
  text: `the text of ${key}`,
  title: 'A title',
  body: '',
  issueUrl: 'https://github.com/example/project/issues/1',
});

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const book of opened.splice(0)) await book.close();
});

async function setUp({ file, gone = [], now = Date.now }: { file?: string; gone?: string[]; now?: () => number } = {}) {
  const where = file ?? path.join(await mkdtemp(path.join(tmpdir(), 'book-')), 'memory.sqlite');
  const memory = await openMemory(where, {
    keepDays: 30,
    log: silentLogger,
    now,
    comments: async (keys) => keys.map((key) => (gone.includes(key) ? undefined : commentOf(key))),
  });
  opened.push(memory);
  return { book: memory.answers, memory, file: where };
}

describe('the answer book', () => {
  it('gives the next five of an answer, best first, and says when there are no more', async () => {
    const { book } = await setUp();
    const { id = '' } = await book.keep(anAnswer(), context);
    const second = await book.page(id, 5);
    expect(second?.hits.map(({ rank, key }) => [rank, key])).toEqual(
      [6, 7, 8, 9, 10].map((rank) => [rank, `comment-${rank}`]),
    );
    expect(second).toMatchObject({ offset: 5, more: true, question: 'How can I load a dataset offline?' });
    const third = await book.page(id, 10);
    expect(third?.hits.map(({ rank }) => rank)).toEqual([11, 12]);
    expect(third?.more).toBe(false);
  });

  it('passes over comments that are gone by now, and fills the page from those after them', async () => {
    const { book } = await setUp({ gone: ['comment-6', 'comment-8'] });
    const { id = '' } = await book.keep(anAnswer(), context);
    expect((await book.page(id, 5))?.hits.map(({ rank }) => rank)).toEqual([7, 9, 10, 11, 12]);
    expect(await book.hit(id, 6)).toBeUndefined();
    expect((await book.hit(id, 7))?.comment).toBe('the text of comment-7');
  });

  it('remembers after a restart everything but the question', async () => {
    const { book, memory, file } = await setUp();
    const { id = '' } = await book.keep(anAnswer(), context);
    await memory.close();
    opened.length = 0;
    const again = await (await setUp({ file })).book.page(id, 0);
    expect(again?.hits).toHaveLength(5);
    expect(again?.question).toBeUndefined();
    expect(again?.model).toBe('sentence-transformers/multi-qa-mpnet-base-dot-v1');
  });

  it('writes neither the question nor who asked into its file', async () => {
    const { book, memory, file } = await setUp();
    await book.keep(anAnswer({ question: 'a very private question' }), context);
    await memory.close();
    opened.length = 0;
    const folder = path.dirname(file);
    const files = await Promise.all((await readdir(folder)).map((name) => readFile(path.join(folder, name), 'latin1')));
    const bytes = files.join('');
    expect(bytes).toContain('comment-1');
    expect(bytes).not.toContain('private question');
    expect(bytes).not.toContain('user-4711');
  });

  it('forgets the question after a day and the answer after its time', async () => {
    let time = Date.parse('2026-01-01T00:00:00Z');
    const { book } = await setUp({ now: () => time });
    const { id = '' } = await book.keep(anAnswer(), context);
    time += DAY_MS + 1;
    expect(await book.page(id, 0)).toMatchObject({ question: undefined });
    time += 29 * DAY_MS;
    expect(await book.page(id, 0)).toBeUndefined();
    expect(await book.hit(id, 1)).toBeUndefined();
  });

  it('gives an answer that it cannot keep back as it was: without an id, so without buttons', async () => {
    const { book, file } = await setUp();
    const breaker = await openDatabase(file, { what: 'the memory of answers', migrations: MIGRATIONS });
    breaker.exec('DROP TABLE answers');
    breaker.close();
    const answer = anAnswer();
    expect(await book.keep(answer, context)).toEqual({ ...answer, id: undefined });
  });

  it('knows no answer that it never kept', async () => {
    const { book } = await setUp();
    expect(await book.page('nothing', 0)).toBeUndefined();
    expect(await book.hit('nothing', 1)).toBeUndefined();
  });
});
