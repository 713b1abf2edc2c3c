import { describe, expect, it } from 'vitest';
import { createSourcesCommand, describeSources } from '../../commands/sources.ts';
import type { RetrieverStatus } from '../../src/retrieval/retriever.ts';

const status: RetrieverStatus = {
  serving: true,
  mode: 'semantic',
  keywordReason: undefined,
  rows: 2098,
  sample: false,
  model: 'sentence-transformers/multi-qa-mpnet-base-dot-v1',
  precision: 'fp32',
  device: 'cuda',
  metric: 'ip',
  indexedAt: '2026-11-20T10:11:12.000Z',
  sources: ['hub:example/issues'],
  awaitsModel: false,
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

describe('/sources', () => {
  it('says what is indexed, how fresh it is, and which model answers on what', () => {
    const { text, lines } = describeSources([source], status);
    expect(text).toBe('2,098 comments from 1 source.');
    expect(lines).toEqual([
      'hub:example/issues: 2,098 comments, read 2026-11-20 10:00, newest comment 2026-11-19 09:00',
      'Search by meaning: sentence-transformers/multi-qa-mpnet-base-dot-v1 (fp32) on cuda, inner product',
      'Index made 2026-11-20 10:11',
    ]);
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

  it('says when nothing is indexed', async () => {
    const command = createSourcesCommand({ sources: async () => [], status: () => ({ ...status, rows: 0 }) });
    expect(await command.run({}, context, AbortSignal.timeout(1000))).toMatchObject({
      kind: 'notice',
      text: 'Nothing is indexed yet.',
    });
  });
});
