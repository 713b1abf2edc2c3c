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

const PUBLIC = 'hub:example/issues';
const SECRET = 'github:example/secret';
const DAY_MS = 24 * 3600_000;
const place = { platform: 'discord', kind: 'channel', server: '22', channel: '33' } as const;
const context = {
  platform: 'discord',
  user: 'user-4711',
  server: '22',
  channel: '33',
  place,
  requestId: 'abc',
} as const;

const commentOf = (key: string): Comment => ({
  row: 1,
  key,
  source: PUBLIC,
  text: `the text of ${key}`,
  title: 'A title',
  body: '',
  issueUrl: 'https://github.com/example/project/issues/1',
});

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const book of opened.splice(0)) await book.close();
});

type SetUp = { file?: string; gone?: string[]; now?: () => number; secret?: readonly string[] };

/** The comments whose keys are `secret` are of a source that answers in channel 33 alone. */
async function setUp({ file, gone = [], now = Date.now, secret = [] }: SetUp = {}) {
  const where = file ?? path.join(await mkdtemp(path.join(tmpdir(), 'book-')), 'memory.sqlite');
  const memory = await openMemory(where, {
    keepDays: 30,
    log: silentLogger,
    now,
    sees: async ({ channel }) => (channel === '33' ? [PUBLIC, SECRET] : [PUBLIC]),
    comments: async (keys, sees) =>
      keys.map((key) => {
        const comment = { ...commentOf(key), source: secret.includes(key) ? SECRET : PUBLIC };
        return gone.includes(key) || !sees.includes(comment.source) ? undefined : comment;
      }),
  });
  opened.push(memory);
  return { book: memory.answers, memory, file: where };
}

describe('the answer book', () => {
  it('shows what a source says only where the source may answer, wherever the button came from', async () => {
    const { book } = await setUp({ secret: ['comment-2', 'comment-7', 'comment-8', 'comment-12'] });
    const { id = '' } = await book.keep(anAnswer(), context);
    const elsewhere = { ...place, channel: '44' };
    expect((await book.page(id, 0, place))?.hits.map(({ rank }) => rank)).toEqual([1, 2, 3, 4, 5]);
    expect((await book.page(id, 0, elsewhere))?.hits.map(({ rank }) => rank)).toEqual([1, 3, 4, 5, 6]);
    expect(await book.hit(id, 2, place)).toMatchObject({ key: 'comment-2' });
    expect(await book.hit(id, 2, elsewhere)).toBeUndefined();
    const last = await book.page(id, 6, elsewhere);
    expect(last?.hits.map(({ rank }) => rank)).toEqual([9, 10, 11]);
    expect(last?.more).toBe(false);
    expect(JSON.stringify(last)).not.toMatch(/comment-(?:2|7|8|12)"/);
  });

  it('says to which sources it was narrowed only where those may answer', async () => {
    const { book } = await setUp();
    const text = 'Narrowed to source github:example/secret.';
    const { id = '' } = await book.keep(anAnswer({ narrowedNote: { text, sources: [SECRET] } }), context);
    expect((await book.page(id, 0, place))?.notes).toEqual([text]);
    expect((await book.page(id, 0, { ...place, channel: '44' }))?.notes).toEqual([]);
  });

  it('knows again how sure its hits were, and how sure the first one while that is there', async () => {
    const gone: string[] = [];
    const { book } = await setUp({ gone });
    const ranking = [0.9, 0.1].map((precision, index) => ({
      key: `comment-${index + 1}`,
      score: 24.5 - index,
      band: { name: index === 0 ? 'strong' : 'weak', precision } as const,
    }));
    const { id = '' } = await book.keep(anAnswer({ ranking, band: 'strong' }), context);
    const shown = await book.page(id, 0, place);
    expect(shown?.band).toBe('strong');
    expect(shown?.hits.map(({ band }) => band)).toEqual(ranking.map(({ band }) => band));
    expect((await book.hit(id, 2, place))?.band).toEqual(ranking[1]?.band);
    gone.push('comment-1');
    expect((await book.page(id, 0, place))?.band).toBeUndefined();
  });

  it('gives the next five of an answer, best first, and says when there are no more', async () => {
    const { book } = await setUp();
    const { id = '' } = await book.keep(anAnswer(), context);
    const second = await book.page(id, 5, place);
    expect(second?.hits.map(({ rank, key }) => [rank, key])).toEqual(
      [6, 7, 8, 9, 10].map((rank) => [rank, `comment-${rank}`]),
    );
    expect(second).toMatchObject({ offset: 5, more: true, question: 'How can I load a dataset offline?' });
    const third = await book.page(id, 10, place);
    expect(third?.hits.map(({ rank }) => rank)).toEqual([11, 12]);
    expect(third?.more).toBe(false);
  });

  it('passes over comments that are gone by now, and fills the page from those after them', async () => {
    const { book } = await setUp({ gone: ['comment-6', 'comment-8'] });
    const { id = '' } = await book.keep(anAnswer(), context);
    expect((await book.page(id, 5, place))?.hits.map(({ rank }) => rank)).toEqual([7, 9, 10, 11, 12]);
    expect(await book.hit(id, 6, place)).toBeUndefined();
    expect((await book.hit(id, 7, place))?.comment).toBe('the text of comment-7');
  });

  it('remembers after a restart everything but the question', async () => {
    const { book, memory, file } = await setUp();
    const { id = '' } = await book.keep(anAnswer(), context);
    await memory.close();
    opened.length = 0;
    const again = await (await setUp({ file })).book.page(id, 0, place);
    expect(again?.hits).toHaveLength(5);
    expect(again?.question).toBeUndefined();
    expect(again?.model).toBe('sentence-transformers/multi-qa-mpnet-base-dot-v1');
  });

  it('says again what holds for as long as it is shown; what names the asker\u2019s words, while the question is known', async () => {
    const { book, memory, file } = await setUp();
    const narrowedNote = { text: 'Narrowed to label secret-project.', sources: [] };
    const lastingNotes = ['That is code alone: a question in words may find more.'];
    const notes = [narrowedNote.text, ...lastingNotes, 'Indexing, 34 %.'];
    const { id = '' } = await book.keep(anAnswer({ notes, narrowedNote, lastingNotes }), context);
    expect((await book.page(id, 0, place))?.notes).toEqual([narrowedNote.text, ...lastingNotes]);
    await memory.close();
    opened.length = 0;
    const files = (await readdir(path.dirname(file))).map((name) => path.join(path.dirname(file), name));
    const bytes = await Promise.all(files.map((each) => readFile(each, 'latin1')));
    expect(bytes.join('')).not.toContain('secret-project');
    expect((await (await setUp({ file })).book.page(id, 0, place))?.notes).toEqual(lastingNotes);
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
    expect(await book.page(id, 0, place)).toMatchObject({ question: undefined });
    time += 29 * DAY_MS;
    expect(await book.page(id, 0, place)).toBeUndefined();
    expect(await book.hit(id, 1, place)).toBeUndefined();
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
    expect(await book.page('nothing', 0, place)).toBeUndefined();
    expect(await book.hit('nothing', 1, place)).toBeUndefined();
  });
});
