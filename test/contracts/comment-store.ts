import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CommentFilter, passes } from '../../src/corpus/comment-filter.ts';
import type { SourceComment, SourceIssue } from '../../src/corpus/source.ts';
import type { Comment, CommentStore } from '../../src/corpus/store.ts';
import { OperatorError } from '../../src/errors.ts';

/** Opens the same store again with every call: what one handle wrote, the others see. */
export type CommentStoreHarness = { open(): Promise<CommentStore>; close(): Promise<void> };

const SPEC = 'hub:example/issues';
const OTHER = 'hub:example/other';
/** Sixteen words: one more than are dropped. */
const LONG = 'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen';

/** An issue with comments that are kept; a text stands for one with it at its end. */
export function anIssue(number: number, comments: readonly (string | SourceComment)[]): SourceIssue {
  return {
    url: `https://github.com/example/project/issues/${number}`,
    title: `Title ${number}`,
    body: `Body ${number}`,
    isPullRequest: false,
    number,
    state: 'open',
    comments: comments.map((comment) => (typeof comment === 'string' ? { text: `${LONG} ${comment}` } : comment)),
  };
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** A promise that is kept from outside. */
function aWait(): { readonly promise: Promise<void>; over(): void } {
  let over = () => {};
  const promise = new Promise<void>((resolve) => {
    over = resolve;
  });
  return { promise, over };
}

/** What every `CommentStore` keeps to. */
export function commentStoreContract(name: string, createHarness: () => Promise<CommentStoreHarness>): void {
  describe(name, () => {
    let harness: CommentStoreHarness;
    let store: CommentStore;
    const opened: CommentStore[] = [];
    const open = async () => {
      const next = await harness.open();
      opened.push(next);
      return next;
    };

    beforeEach(async () => {
      harness = await createHarness();
      store = await open();
    });
    afterEach(async () => {
      for (const each of opened.splice(0)) await each.close();
      await harness.close();
    });

    const replace = async (spec: string, issues: readonly SourceIssue[], fingerprint = 'a') => {
      const run = await store.beginRun(spec, fingerprint);
      await run.append(issues, null, 0);
      await run.publish();
      await run.release();
      return run;
    };
    const all = async (pages: AsyncIterable<readonly Comment[]>) => (await collect(pages)).flat();
    const texts = async (from = store) => (await all(from.scan())).map(({ text }) => text.slice(LONG.length + 1));

    describe('reading', () => {
      it('finds nothing in a new store', async () => {
        expect(await store.version()).toBe(0);
        expect(await store.count()).toBe(0);
        expect(await store.sources()).toEqual([]);
        expect(await all(store.scan())).toEqual([]);
        expect(await store.byRow([1, 2])).toEqual([undefined, undefined]);
        expect(await store.byKey(['x'])).toEqual([undefined]);
        expect(await store.removeSource(SPEC)).toBe(0);
        expect(await store.version()).toBe(0);
      });

      it('gives a comment with all that is known of it', async () => {
        const known = { id: 77, url: 'https://x/c', author: 'somebody', createdAt: '2021-01-02T03:04:05Z' };
        const closed = {
          state: 'closed',
          stateReason: 'completed',
          closedAt: '2022-01-02T03:04:05Z',
          author: 'somebody',
        };
        await replace(SPEC, [{ ...anIssue(4, [{ text: LONG, ...known }]), ...closed }]);
        expect(await all(store.scan())).toEqual([
          {
            row: expect.any(Number),
            key: '77',
            source: SPEC,
            text: LONG,
            title: 'Title 4',
            body: 'Body 4',
            issueUrl: 'https://github.com/example/project/issues/4',
            issueState: 'closed',
            issueStateReason: 'completed',
            issueClosedAt: '2022-01-02T03:04:05Z',
            url: 'https://x/c',
            author: 'somebody',
            byReporter: true,
            createdAt: '2021-01-02T03:04:05Z',
          },
        ]);
      });

      it('leaves unknown what the source does not tell', async () => {
        await replace(SPEC, [{ ...anIssue(4, ['a']), state: undefined, number: undefined }]);
        const [comment] = await all(store.scan());
        expect(comment).toMatchObject({ key: expect.stringMatching(/^[\w-]{22}$/) });
        for (const field of ['url', 'author', 'createdAt', 'issueState'] as const)
          expect(comment?.[field]).toBeUndefined();
      });

      it('numbers comments in the order of the source', async () => {
        await replace(SPEC, [anIssue(1, ['a', 'b']), anIssue(2, ['c'])]);
        expect(await texts()).toEqual(['a', 'b', 'c']);
        const rows = (await all(store.scan())).map(({ row }) => row);
        expect(rows).toEqual([...rows].sort((a, b) => a - b));
        expect(new Set(rows).size).toBe(3);
      });

      it('looks rows and keys up in the order asked, with holes for what is not there', async () => {
        await replace(SPEC, [anIssue(1, ['a', 'b', 'c'])]);
        const [a, b, c] = (await all(store.scan())) as [Comment, Comment, Comment];
        expect(await store.byRow([c.row, 999_999, a.row, c.row])).toEqual([c, undefined, a, c]);
        expect(await store.byKey([b.key, 'nothing', a.key])).toEqual([b, undefined, a]);
      });

      it('pages through more than a page holds, all once, ascending', async () => {
        const issues = Array.from({ length: 120 }, (_, index) => anIssue(index, ['a', 'b', 'c', 'd', 'e']));
        await replace(SPEC, issues);
        const rows = (await all(store.scan())).map(({ row }) => row);
        expect(rows).toHaveLength(600);
        expect(rows).toEqual([...new Set(rows)].sort((a, b) => a - b));
        const pages = await collect(store.scan());
        expect(pages.length).toBeGreaterThan(1);
        expect(pages.every((page) => page.length > 0)).toBe(true);
      });

      it('keeps every text as it came, but for what no store can hold', async () => {
        const kept = fc.string({ unit: 'binary', maxLength: 60 });
        await fc.assert(
          fc.asyncProperty(kept, kept, kept, async (text, title, body) => {
            await replace(SPEC, [{ ...anIssue(1, [text]), title, body }]);
            const [comment] = await all(store.scan());
            const plain = (value: string) => value.replaceAll('\0', '\uFFFD');
            expect(comment).toMatchObject({ text: `${LONG} ${plain(text)}`, title: plain(title), body: plain(body) });
          }),
          { numRuns: 40 },
        );
      });

      it('puts U+FFFD where half a character stood', async () => {
        await replace(SPEC, [{ ...anIssue(1, ['cut \uD83D']), title: '\uDE00 title' }]);
        expect(await all(store.scan())).toMatchObject([{ text: `${LONG} cut \uFFFD`, title: '\uFFFD title' }]);
      });
    });

    describe('keys', () => {
      it('are the same in every run, and different for different comments', async () => {
        const issues = [anIssue(1, ['same', 'same']), anIssue(2, ['same', { text: LONG, id: 9 }])];
        await replace(SPEC, issues, 'a');
        const before = (await all(store.scan())).map(({ key }) => key);
        await replace(SPEC, issues, 'b');
        const after = (await all(store.scan())).map(({ key }) => key);
        expect(after).toEqual(before);
        expect(new Set(before).size).toBe(4);
        expect(before[3]).toBe('9');
      });

      it('do not change when comments that are too short stand between', async () => {
        await replace(SPEC, [anIssue(1, [{ text: 'short' }, 'a'])], 'a');
        const [before] = await all(store.scan());
        await replace(SPEC, [anIssue(1, [{ text: 'other' }, 'a'])], 'b');
        expect((await all(store.scan()))[0]?.key).toBe(before?.key);
      });

      it('keep a comment once that a run brings twice', async () => {
        const run = await store.beginRun(SPEC, 'a');
        await run.append([anIssue(1, ['a', { text: LONG, id: 5 }]), anIssue(1, ['a', 'b'])], 1, 0);
        await run.append([anIssue(1, ['a']), anIssue(3, [{ text: LONG, id: 5 }])], 2, 0);
        expect(run.counts).toEqual({ rows: 4, issuesWithComments: 4, comments: 6, kept: 3, bad: 0 });
        expect(await run.count()).toBe(3);
        await run.publish();
        expect(await store.count()).toBe(3);
      });

      it('that several sources share lead to a repository, else to the smaller row', async () => {
        await replace(SPEC, [anIssue(1, [{ text: LONG, id: 5 }])]);
        await replace(OTHER, [anIssue(2, [{ text: LONG, id: 5 }])]);
        expect(await store.count()).toBe(2);
        expect(await store.byKey(['5'])).toMatchObject([{ source: SPEC }]);
        await replace('github:example/project', [anIssue(3, [{ text: LONG, id: 5 }])]);
        expect(await store.byKey(['5'])).toMatchObject([{ source: 'github:example/project' }]);
      });

      it('are looked up within the sources that are named', async () => {
        await replace(SPEC, [anIssue(1, [{ text: LONG, id: 5 }])]);
        await replace(OTHER, [anIssue(2, [{ text: LONG, id: 5 }])]);
        expect(await store.byKey(['5'], [OTHER])).toMatchObject([{ source: OTHER }]);
        expect(await store.byKey(['5'], [])).toEqual([undefined]);
      });
    });

    describe('a filter', () => {
      const comment = (id: number, fields: Partial<SourceComment>): SourceComment => ({ text: LONG, id, ...fields });

      it('lets through exactly the comments that pass it, ascending', async () => {
        await replace(OTHER, [anIssue(9, [comment(9, { author: 'Ada', createdAt: '2024-05-01T00:00:00Z' })])]);
        await replace(SPEC, [
          anIssue(1, [comment(1, { author: 'ada', createdAt: '2023-12-31T23:59:59Z' }), comment(2, { author: 'bob' })]),
          {
            ...anIssue(2, [comment(3, { author: 'ADA', createdAt: '2024-01-01T00:00:00Z' })]),
            state: 'closed',
            labels: ['Bug', 'docs'],
          },
          { ...anIssue(3, [comment(4, { author: 'Émile' })]), state: undefined },
        ]);
        const filters: CommentFilter[] = [
          {},
          { sources: [SPEC] },
          { sources: [OTHER, 'hub:nothing/here'] },
          { sources: [] },
          { state: 'closed' },
          { since: '2024-01-01' },
          { author: 'ada' },
          { author: 'émile' },
          { labels: ['bug'] },
          { sources: [SPEC], author: 'Ada', state: 'open', since: '2023' },
          { standing: { [SPEC]: { state: 'open' } } },
          { state: 'open', standing: { [SPEC]: { state: 'closed' }, [OTHER]: { author: 'ada' } } },
          { state: 'closed', labels: ['BUG'] },
          { labels: ['bug'], standing: { [SPEC]: { labels: ['Docs'] } } },
          { labels: ['bug'], standing: { [SPEC]: { labels: ['other'] } } },
          { standing: { [SPEC]: { author: 'ADA' } } },
          { author: 'ada', standing: { [SPEC]: { author: 'ADA' }, [OTHER]: { author: 'bob' } } },
          { since: '2023', standing: { [SPEC]: { since: '2024' } } },
          { since: '2024', standing: { [SPEC]: { since: '2023' } } },
        ];
        const rowsThere = await all(store.scan());
        for (const filter of filters) {
          const wanted = rowsThere.filter((each) => passes(each, filter)).map(({ row }) => row);
          expect([...(await store.rowsOf(filter))], JSON.stringify(filter)).toEqual(wanted);
        }
        const keysOf = async (filter: CommentFilter) =>
          (await store.byRow([...(await store.rowsOf(filter))])).map((each) => each?.key);
        expect(await keysOf({ author: 'ada' })).toEqual(['9', '1', '3']);
        expect(await keysOf({ since: '2024-01-01' })).toEqual(['9', '3']);
        expect(await keysOf({ standing: { [SPEC]: { state: 'closed' } } })).toEqual(['9', '3']);
      });

      it('lets nothing through that is not published', async () => {
        const run = await store.beginRun(SPEC, 'a');
        await run.append([anIssue(1, ['a'])], 1, 0);
        expect([...(await store.rowsOf({}))]).toEqual([]);
        expect([...(await store.rowsOf({ sources: [SPEC], state: 'open' }))]).toEqual([]);
      });
    });

    describe('visibility', () => {
      it('of a source is public until somebody says that it is private, and says so beside its rows', async () => {
        await replace(SPEC, [anIssue(1, ['a'])]);
        expect(await store.sources()).toMatchObject([{ spec: SPEC, isPrivate: false, comments: 1 }]);
        await store.setPrivate(SPEC, true);
        expect(await (await open()).sources()).toMatchObject([{ spec: SPEC, isPrivate: true, comments: 1 }]);
        await store.setPrivate(SPEC, false);
        expect(await store.sources()).toMatchObject([{ spec: SPEC, isPrivate: false }]);
      });

      it('can be noted before the first row is there', async () => {
        await store.setPrivate(SPEC, true);
        await replace(SPEC, [anIssue(1, ['a'])]);
        expect(await store.sources()).toMatchObject([{ spec: SPEC, isPrivate: true, comments: 1 }]);
      });
    });

    describe('a run', () => {
      it('keeps what the recipe keeps, and counts every step', async () => {
        const run = await store.beginRun(SPEC, 'a');
        const short = { text: LONG.split(' ').slice(1).join(' ') };
        const pull = { ...anIssue(3, ['x']), isPullRequest: true };
        await run.append([anIssue(1, ['a', short]), anIssue(2, []), pull], 'cursor', 2);
        await run.append([anIssue(4, [short])], 'cursor', 1);
        expect(run.counts).toEqual({ rows: 4, issuesWithComments: 2, comments: 3, kept: 1, bad: 3 });
      });

      it('shows nothing before it is published, then everything at once', async () => {
        await replace(SPEC, [anIssue(1, ['old'])], 'a');
        const [old] = await all(store.scan());
        const run = await store.beginRun(SPEC, 'b');
        expect(run.first).toBe(false);
        await run.append([anIssue(1, ['new']), anIssue(2, ['newer'])], 1, 0);
        expect(await texts()).toEqual(['old']);
        expect(await store.count()).toBe(1);
        const coming = await all(run.scan());
        expect(coming.map(({ text, source }) => [text.slice(LONG.length + 1), source])).toEqual([
          ['new', SPEC],
          ['newer', SPEC],
        ]);
        expect(await store.byRow(coming.map(({ row }) => row))).toEqual([undefined, undefined]);
        await run.publish();
        await run.release();
        expect(await texts()).toEqual(['new', 'newer']);
        expect(await all(store.scan())).toEqual(coming);
        expect(await store.byRow([old?.row ?? -1])).toEqual([undefined]);
        expect(await store.byKey([old?.key ?? ''])).toEqual([undefined]);
      });

      it('gives new rows numbers that no row ever had', async () => {
        await replace(SPEC, [anIssue(1, ['a', 'b'])], 'a');
        const before = (await all(store.scan())).map(({ row }) => row);
        await store.removeSource(SPEC);
        await replace(SPEC, [anIssue(1, ['a', 'b'])], 'b');
        const after = (await all(store.scan())).map(({ row }) => row);
        expect(Math.min(...after)).toBeGreaterThan(Math.max(...before));
      });

      it('leaves other sources alone', async () => {
        await replace(OTHER, [anIssue(1, ['other'])]);
        await replace(SPEC, [anIssue(1, ['a'])], 'a');
        await replace(SPEC, [anIssue(1, ['b'])], 'b');
        expect(await texts()).toEqual(['other', 'b']);
      });

      it('goes on where it was released, under the same fingerprint', async () => {
        const first = await store.beginRun(SPEC, 'a');
        expect(first.cursor).toBeUndefined();
        expect(first.first).toBe(true);
        await first.append([anIssue(1, ['a'])], { line: 1 }, 1);
        await first.release();
        const second = await store.beginRun(SPEC, 'a');
        expect(second.cursor).toEqual({ line: 1 });
        expect(second.counts).toEqual({ rows: 1, issuesWithComments: 1, comments: 1, kept: 1, bad: 1 });
        await second.append([anIssue(2, ['b'])], { line: 2 }, 0);
        await second.publish();
        expect(await texts()).toEqual(['a', 'b']);
      });

      it('starts over under another fingerprint', async () => {
        const first = await store.beginRun(SPEC, 'a');
        await first.append([anIssue(1, ['stale'])], { line: 1 }, 0);
        await first.release();
        const second = await store.beginRun(SPEC, 'b');
        expect(second.cursor).toBeUndefined();
        expect(second.counts.rows).toBe(0);
        await second.append([anIssue(1, ['fresh'])], { line: 1 }, 0);
        await second.publish();
        await second.release();
        expect(await texts()).toEqual(['fresh']);
      });

      it('starts over after it was published', async () => {
        await replace(SPEC, [anIssue(1, ['a'])], 'same');
        const run = await store.beginRun(SPEC, 'same');
        expect(run.cursor).toBeUndefined();
        expect(run.first).toBe(false);
        await run.release();
        expect(await texts()).toEqual(['a']);
      });

      it('leaves no trace when it ends with nothing', async () => {
        const run = await store.beginRun(SPEC, 'a');
        await run.append([], { line: 9 }, 9);
        await run.release();
        await run.release();
        expect(await store.sources()).toEqual([]);
      });

      it('may publish that a source holds nothing any more', async () => {
        await replace(SPEC, [anIssue(1, ['a'])], 'a');
        await replace(SPEC, [anIssue(1, [])], 'b');
        expect(await texts()).toEqual([]);
        expect(await store.sources()).toMatchObject([{ spec: SPEC, comments: 0 }]);
      });
    });

    describe('one writer', () => {
      it('lets a second run of a source wait and says for whom', async () => {
        const first = await store.beginRun(SPEC, 'a');
        await first.append([anIssue(1, ['a'])], 1, 0);
        const other = await open();
        const waitedFor: string[] = [];
        const waited = aWait();
        const second = other.beginRun(SPEC, 'a', {
          onWait: (owner) => {
            waitedFor.push(owner);
            waited.over();
          },
        });
        await waited.promise;
        await first.append([anIssue(2, ['b'])], 2, 0);
        await first.publish();
        const run = await second;
        expect(run.cursor).toBeUndefined();
        expect(run.first).toBe(false);
        expect(waitedFor).toEqual([expect.stringContaining(`process ${process.pid} on `)]);
        await run.release();
        expect(await texts(other)).toEqual(['a', 'b']);
      });

      it('lets runs of different sources take turns', async () => {
        const other = await open();
        const one = await store.beginRun(SPEC, 'a');
        const two = await other.beginRun(OTHER, 'a');
        for (let turn = 0; turn < 3; turn++) {
          await one.append([anIssue(turn, [`one ${turn}`])], turn, 0);
          await two.append([anIssue(turn, [`two ${turn}`])], turn, 0);
        }
        await two.publish();
        await one.publish();
        expect(await texts()).toEqual(['one 0', 'two 0', 'one 1', 'two 1', 'one 2', 'two 2']);
      });

      it('stops waiting when it is told to', async () => {
        await store.beginRun(SPEC, 'a');
        const controller = new AbortController();
        const waiting = store.beginRun(SPEC, 'a', {
          signal: controller.signal,
          onWait: () => controller.abort(new Error('stop')),
        });
        await expect(waiting).rejects.toThrow('stop');
      });

      it('gives a run back when its store closes', async () => {
        const other = await open();
        const run = await other.beginRun(SPEC, 'a');
        await run.append([anIssue(1, ['a'])], 7, 0);
        await other.close();
        opened.splice(opened.indexOf(other), 1);
        expect((await store.beginRun(SPEC, 'a')).cursor).toBe(7);
      });

      it('refuses what a run does after its end', async () => {
        const run = await store.beginRun(SPEC, 'a');
        await run.append([anIssue(1, ['a'])], 1, 0);
        await run.publish();
        await expect(run.append([anIssue(2, ['b'])], 2, 0)).rejects.toThrow(OperatorError);
        await expect(run.publish()).rejects.toThrow(OperatorError);
        expect(await texts()).toEqual(['a']);
        expect(await store.version()).toBe(1);
      });
    });

    describe('the version', () => {
      it('rises by one with every change of what can be found, and never otherwise', async () => {
        const run = await store.beginRun(SPEC, 'a');
        await run.append([anIssue(1, ['a'])], 1, 0);
        await run.progress('embedding', 1, 2);
        const space = await store.space('x');
        await store.putVectors(space, ['h'], Float32Array.of(1));
        expect(await store.version()).toBe(0);
        await run.publish();
        expect(await store.version()).toBe(1);
        await run.release();
        await replace(SPEC, [anIssue(1, ['b'])], 'b');
        expect(await store.version()).toBe(2);
        await store.removeSource(SPEC);
        expect(await store.version()).toBe(3);
        await store.removeSource(SPEC);
        await store.forgetVectors({ version: 3, hashes: new Set(), hashOf: ({ key }) => key });
        expect(await store.version()).toBe(3);
      });

      it('comes with what changed since another, as far as rows tell it', async () => {
        await replace(SPEC, [anIssue(1, [{ text: LONG, author: 'somebody' }, 'b'])]);
        expect(await store.changesSince(0)).toMatchObject({ version: 1, complete: false });
        expect(await store.changesSince(1)).toEqual({ version: 1, rows: [], complete: true });
        const [first] = await all(store.scan());
        await store.removeAuthors(['somebody']);
        expect(await store.changesSince(1)).toEqual({ version: 2, rows: [first?.row], complete: true });
        await replace(SPEC, [anIssue(1, ['c'])], 'b');
        await store.removeSource(SPEC);
        for (const version of [2, 3]) expect((await store.changesSince(version)).complete).toBe(false);
        // Of a store that was replaced by an older copy of it.
        expect((await store.changesSince(99)).complete).toBe(false);
        expect(await store.changesSince(4)).toEqual({ version: 4, rows: [], complete: true });
      });

      it('is seen by others that have the store open', async () => {
        const other = await open();
        await replace(SPEC, [anIssue(1, ['a'])]);
        expect(await other.version()).toBe(1);
        expect(await texts(other)).toEqual(['a']);
      });
    });

    describe('sources', () => {
      it('are told with their rows, their age and their run', async () => {
        const dated = (createdAt: string) => ({ text: `${LONG} ${createdAt}`, createdAt });
        const before = new Date().toISOString();
        await replace(SPEC, [anIssue(1, [dated('2020-05-01T00:00:00Z'), dated('2021-05-01T00:00:00Z'), 'a'])]);
        const run = await store.beginRun(OTHER, 'a');
        await run.append([anIssue(1, ['a'])], 1, 0);
        await run.progress('embedding', 3, 10);
        const [first, second] = await store.sources();
        expect(first).toEqual({
          spec: SPEC,
          isPrivate: false,
          comments: 3,
          readAt: expect.any(String),
          newestCommentAt: '2021-05-01T00:00:00Z',
          run: undefined,
        });
        expect((first?.readAt ?? '') >= before).toBe(true);
        expect(second).toEqual({
          spec: OTHER,
          isPrivate: false,
          comments: 0,
          readAt: undefined,
          newestCommentAt: undefined,
          run: { what: 'embedding', done: 3, total: 10, alive: true },
        });
        await run.progress('reading', 4, undefined);
        await run.release();
        expect((await store.sources())[1]?.run).toEqual({ what: 'reading', done: 4, total: undefined, alive: false });
      });

      it('go with all their rows when they are removed', async () => {
        await replace(SPEC, [anIssue(1, ['a', 'b'])]);
        await replace(OTHER, [anIssue(1, ['c'])]);
        const left = await store.beginRun(SPEC, 'next');
        await left.append([anIssue(5, ['d'])], 1, 0);
        await left.release();
        expect(await store.removeSource(SPEC)).toBe(2);
        expect(await texts()).toEqual(['c']);
        expect((await store.sources()).map(({ spec }) => spec)).toEqual([OTHER]);
        expect((await store.beginRun(SPEC, 'next')).cursor).toBeUndefined();
      });

      it('are removed after a run that is under way', async () => {
        const run = await store.beginRun(SPEC, 'a');
        await run.append([anIssue(1, ['a'])], 1, 0);
        const waited = aWait();
        const removing = store.removeSource(SPEC, { onWait: waited.over });
        await waited.promise;
        await run.publish();
        expect(await removing).toBe(1);
        expect(await store.count()).toBe(0);
      });
    });

    describe('vectors', () => {
      it('come back bit by bit, in the order asked', async () => {
        const space = await store.space('model x');
        await store.putVectors(space, ['a', 'b'], Float32Array.of(1.5, -0, Number.MIN_VALUE, 3e38));
        expect(await store.vectors(space, ['b', 'a', 'b'])).toEqual(
          Float32Array.of(Number.MIN_VALUE, 3e38, 1.5, -0, Number.MIN_VALUE, 3e38),
        );
        expect(await store.vectors(space, [])).toEqual(new Float32Array(0));
      });

      it('are all there or none', async () => {
        const space = await store.space('model x');
        await store.putVectors(space, ['a'], Float32Array.of(1));
        expect(await store.vectors(space, ['a', 'b'])).toBeUndefined();
      });

      it('that are missing are named once, in the order given', async () => {
        const space = await store.space('model x');
        await store.putVectors(space, ['b'], Float32Array.of(1));
        expect(await store.withoutVector(space, ['c', 'b', 'a', 'c'])).toEqual(['c', 'a']);
        expect(await store.withoutVector(space, [])).toEqual([]);
      });

      it('are replaced by newer ones', async () => {
        const space = await store.space('model x');
        await store.putVectors(space, ['a'], Float32Array.of(1));
        await store.putVectors(space, ['a'], Float32Array.of(2));
        await store.putVectors(space, [], new Float32Array(0));
        expect(await store.vectors(space, ['a'])).toEqual(Float32Array.of(2));
      });

      it('of different spaces lie side by side', async () => {
        const one = await store.space('model x');
        const two = await store.space('model y');
        expect(await store.space('model x')).toBe(one);
        expect(two).not.toBe(one);
        await store.putVectors(one, ['a'], Float32Array.of(1));
        expect(await store.withoutVector(two, ['a'])).toEqual(['a']);
        await store.putVectors(two, ['a'], Float32Array.of(2, 3));
        expect(await store.vectors(one, ['a'])).toEqual(Float32Array.of(1));
        expect(await store.vectors(two, ['a'])).toEqual(Float32Array.of(2, 3));
      });

      it('that nobody needs are forgotten, in all spaces or with all others', async () => {
        const one = await store.space('model x');
        const two = await store.space('model y');
        const many = Array.from({ length: 1200 }, (_, index) => `h${index}`);
        for (const space of [one, two]) await store.putVectors(space, many, new Float32Array(1200));
        const needed = { version: 0, hashes: new Set(['h3', 'h700']), hashOf: () => '' };
        expect(await store.forgetVectors(needed)).toBe(true);
        for (const space of [one, two]) {
          expect(await store.withoutVector(space, many)).toEqual(many.filter((hash) => !needed.hashes.has(hash)));
        }
        expect(await store.forgetVectors({ ...needed, space: two })).toBe(true);
        expect(await store.withoutVector(await store.space('model x'), ['h3', 'h700'])).toEqual(['h3', 'h700']);
        expect(await store.withoutVector(two, ['h3', 'h700'])).toEqual([]);
      });

      it('of an interrupted run are kept until it is dropped', async () => {
        const space = await store.space('model x');
        const run = await store.beginRun(SPEC, 'a');
        await run.append([anIssue(1, ['a'])], 1, 0);
        await run.release();
        await store.putVectors(space, ['Title 1', 'Title 2'], Float32Array.of(1, 2));
        const needed = { version: 0, hashes: new Set<string>(), hashOf: ({ title }: Comment) => title };
        expect(await store.forgetVectors(needed)).toBe(true);
        expect(await store.withoutVector(space, ['Title 1', 'Title 2'])).toEqual(['Title 2']);
        await store.removeSource(SPEC);
        expect(await store.forgetVectors(needed)).toBe(true);
        expect(await store.withoutVector(space, ['Title 1'])).toEqual(['Title 1']);
      });

      it('stay while somebody works on a source, and when the corpus has changed', async () => {
        const space = await store.space('model x');
        await store.putVectors(space, ['h'], Float32Array.of(1));
        const needed = { version: 0, hashes: new Set<string>(), hashOf: () => '' };
        const other = await open();
        const run = await other.beginRun(SPEC, 'a');
        await run.append([anIssue(1, ['a'])], 1, 0);
        expect(await store.forgetVectors(needed)).toBe(false);
        await run.publish();
        expect(await store.forgetVectors(needed)).toBe(false);
        expect(await store.withoutVector(space, ['h'])).toEqual([]);
        expect(await store.forgetVectors({ ...needed, version: 1 })).toBe(true);
        expect(await store.withoutVector(space, ['h'])).toEqual(['h']);
      });

      it('are refused when they do not fit their documents', async () => {
        const space = await store.space('model x');
        await expect(store.putVectors(space, ['a', 'b'], Float32Array.of(1, 2, 3))).rejects.toThrow(RangeError);
        expect(await store.withoutVector(space, ['a', 'b'])).toEqual(['a', 'b']);
      });

      it('of a part of a larger array are those of the part', async () => {
        const space = await store.space('model x');
        await store.putVectors(space, ['a'], Float32Array.of(9, 1, 2, 9).subarray(1, 3));
        expect(await store.vectors(space, ['a'])).toEqual(Float32Array.of(1, 2));
      });
    });
  });
}
