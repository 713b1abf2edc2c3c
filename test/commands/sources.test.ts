import { describe, expect, it } from 'vitest';
import { createSourcesCommand, describeSources, type SourcesDependencies } from '../../commands/sources.ts';
import { ageText } from '../../src/reply-text.ts';
import type { RetrieverStatus } from '../../src/retrieval/serving.ts';

const status: RetrieverStatus = {
  serving: true,
  mode: 'semantic',
  keywordReason: undefined,
  rows: 2098,
  indexed: 2098,
  sample: false,
  recipe: 'seed',
  model: 'sentence-transformers/multi-qa-mpnet-base-dot-v1',
  precision: 'fp32',
  device: 'cuda',
  metric: 'ip',
  indexedAt: '2026-11-20T10:11:12.000Z',
  sources: ['hub:example/issues'],
  awaitsModel: false,
  surest: 'strong',
  progress: undefined,
};
const place = { platform: 'discord', kind: 'channel', server: 'S', channel: 'C' } as const;
const context = { platform: 'discord', user: '1', requestId: 'a', place } as const;
const source = {
  spec: 'hub:example/issues',
  isPrivate: false,
  comments: 2098,
  readAt: '2026-11-20T10:00:00.000Z',
  newestCommentAt: '2026-11-19T09:00:00.000Z',
};

/** What is remembered of help channels: each of these is on, and in trouble. */
function aMemory(
  spots: readonly { platform: 'discord'; server: string; channel: string }[] = [],
): SourcesDependencies['memory'] {
  const isOf = (where?: { readonly server: string | undefined }) =>
    spots.filter(({ server }) => server === where?.server);
  const rules = { mode: 'auto' } as const;
  return {
    helpTroubles: {
      list: (where) => isOf(where).map((spot) => ({ spot, detail: 'the channel is archived', since: 0, told: true })),
    },
    channels: {
      active: (_limit, where) => isOf(where).map((spot) => ({ spot, rules, setBy: '1', setAt: 0 })),
      rulesOf: () => rules,
    },
  };
}

describe('/sources', () => {
  it('says what is indexed, how fresh it is, and which model answers on what', () => {
    const { text, lines } = describeSources([source], status);
    expect(text).toBe('2,098 comments from 1 source.');
    expect(lines).toEqual([
      'hub:example/issues: 2,098 comments, read 2026-11-20 10:00, newest comment 2026-11-19 09:00 (' +
        `${ageText(source.newestCommentAt)})`,
      'Search by meaning: sentence-transformers/multi-qa-mpnet-base-dot-v1 (fp32) on cuda, inner product',
      'Index made 2026-11-20 10:11',
    ]);
  });

  it('says which model re-ranks, or why none does', () => {
    const reranking = { model: 'a/cross', precision: 'fp32', device: 'cpu', reason: undefined };
    expect(describeSources([source], { ...status, reranking }).lines).toContain('Re-ranking: a/cross (fp32) on cpu');
    const fetching = { ...reranking, device: null, precision: null, reason: 'the model is being fetched, 50 %' };
    expect(describeSources([source], { ...status, reranking: fetching }).lines).toContain(
      'No re-ranking with a/cross: the model is being fetched, 50 %',
    );
  });

  it('says why it is keyword search, and how far indexing is', () => {
    const { lines } = describeSources([source], {
      ...status,
      mode: 'keyword',
      keywordReason: 'the model is being fetched, 12 %',
      progress: { what: 'indexing', done: 34, total: 100, unit: 'comments' },
    });
    expect(lines).toContain('Keyword search: the model is being fetched, 12 %');
    expect(lines).toContain('Indexing, 34 %.');
  });

  it('says when an index that was stopped in the making knows only some of the comments', () => {
    const { lines } = describeSources([source], { ...status, indexed: 8 });
    expect(lines.at(-1)).toBe('Only 8 of 2,098 comments are found by meaning so far: the index is not whole.');
    expect(describeSources([source], { ...status, indexed: 2_000 }).lines.join()).not.toContain('not whole');
  });

  it('does not show a file’s folder, and leaves out sources without rows', () => {
    const { text, lines } = describeSources(
      [
        { ...source, spec: '/home/somebody/private/team.jsonl' },
        { ...source, spec: 'hub:other/data', comments: 0 },
      ],
      status,
    );
    expect(text).toBe('2,098 comments from 1 source.');
    expect(lines[0]).toMatch(/^team\.jsonl: /);
    expect(lines.join()).not.toContain('somebody');
  });

  it('counts those without comments apart, for whoever runs the bot', () => {
    const unread = { spec: 'github:acme/app', isPrivate: false, comments: 0, readAt: undefined };
    const records = [source, { ...unread, newestCommentAt: undefined, sync: { error: 'GitHub refuses' } }];
    const { text, lines } = describeSources(records, status, { operator: true });
    expect(text).toBe('2,098 comments from 1 source; 1 source without comments.');
    expect(lines.slice(1, 3)).toEqual([
      'github:acme/app: no comments, never read to its end',
      'github:acme/app: the last sync failed: GitHub refuses',
    ]);
    expect(describeSources(records, status)).toMatchObject({ text: '2,098 comments from 1 source.' });
  });

  it('tells of the sources that may answer where it is asked, and of no other, and errors to managers alone', async () => {
    const secret = {
      ...source,
      spec: 'github:acme/secret',
      isPrivate: true,
      comments: 7,
      sync: {
        error: 'GitHub refuses',
        budget: { left: 12, limit: 5000, resetsAt: '2026-11-20T11:00:00.000Z' },
        points: { left: 4980, limit: 5000, resetsAt: '2026-11-20T11:00:00.000Z' },
      },
    };
    let standing: 'manager' | 'helper' = 'helper';
    const command = createSourcesCommand({
      sources: async () => [source, secret],
      status: () => ({ ...status, progress: { what: 'reading', source: secret.spec, done: 1, total: 2, unit: 'MB' } }),
      sees: async ({ channel }) => (channel === 'C' ? [source.spec, secret.spec] : [source.spec]),
      standing: async () => standing,
      memory: aMemory(),
    });
    const told = async (channel: string) =>
      JSON.stringify(await command.run({}, { ...context, place: { ...place, channel } }, AbortSignal.timeout(1000)));
    expect(await told('C')).toContain('github:acme/secret: private, 7 comments');
    expect(await told('C')).not.toMatch(/GitHub refuses|requests/);
    expect(await told('elsewhere')).not.toContain('secret');
    expect(await told('elsewhere')).toContain('2,098 comments from 1 source.');
    standing = 'manager';
    expect(await told('C')).toContain('the last sync failed: GitHub refuses');
    expect(await told('C')).toContain('12 of 5,000 requests to GitHub left');
    expect(await told('C')).toContain("4,980 of 5,000 points to GitHub's GraphQL left");
    expect(await told('elsewhere')).not.toMatch(/secret|refuses/);
  });

  it('tells managers of help channels in trouble, or bound to be silent, and nobody else', async () => {
    let standing: 'manager' | 'helper' = 'helper';
    let surest: RetrieverStatus['surest'] = 'fair';
    const spot = { platform: 'discord', server: 'S', channel: 'C7' } as const;
    const command = createSourcesCommand({
      sources: async () => [],
      status: () => ({ ...status, surest }),
      sees: async () => [],
      standing: async () => standing,
      memory: aMemory([spot]),
    });
    const told = async (server: string) =>
      JSON.stringify(await command.run({}, { ...context, platform: 'discord', server }, AbortSignal.timeout(1000)));
    expect(await told('S')).not.toContain('C7');
    standing = 'manager';
    expect(await told('S')).toContain('Help channel C7, since 1970-01-01 00:00: the channel is archived');
    expect(await told('S')).toContain('Help channel C7: Silent but for what helpers taught: as measured, no hit');
    expect(await told('other')).not.toContain('C7');
    surest = 'strong';
    expect(await told('S')).not.toContain('Silent');
  });

  it('says when nothing is indexed', async () => {
    const command = createSourcesCommand({
      sources: async () => [],
      status: () => ({ ...status, rows: 0 }),
      sees: async () => [],
      standing: async () => 'member',
      memory: aMemory(),
    });
    expect(await command.run({}, context, AbortSignal.timeout(1000))).toMatchObject({
      kind: 'notice',
      text: 'Nothing is indexed yet.',
    });
  });
});
