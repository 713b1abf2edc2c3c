import { describe, expect, it } from 'vitest';
import { OperatorError } from '../../src/errors.ts';
import {
  compareIdentity,
  DamagedIndexError,
  type Manifest,
  parseManifest,
  spaceOf,
} from '../../src/retrieval/manifest.ts';
import { anIdentity } from '../fakes/identity.ts';

const manifest: Manifest = {
  format: 1,
  ...anIdentity(),
  metric: 'ip',
  recipe: 'seed',
  rows: 3,
  corpusVersion: 7,
  createdAt: '2026-11-20T10:00:00.000Z',
  files: {
    vectors: { name: 'index-0a1b.faiss', sizeBytes: 57, crc32: 1 },
    rows: { name: 'index-0a1b.rows', sizeBytes: 12, crc32: 2 },
  },
};

describe('a manifest', () => {
  it('comes back from its file as it was', () => {
    expect(parseManifest(JSON.stringify(manifest), 'index.json')).toEqual(manifest);
  });

  it('of a newer format is refused with what to do, and does not count as damaged', () => {
    const parse = () => parseManifest(JSON.stringify({ ...manifest, format: 2 }), 'index.json');
    expect(parse).toThrow(OperatorError);
    expect(parse).not.toThrow(DamagedIndexError);
    expect(parse).toThrow(/index\.json has format 2.*Install the newer Precedent/);
  });

  it.each([
    ['', /not JSON/],
    ['{"format": 1, "mod', /not JSON/],
    ['null', /no object/],
    ['[]', /no object/],
    ['{}', /missing or wrong format, model/],
    [JSON.stringify({ ...manifest, dimensions: 0 }), /wrong dimensions\./],
    [JSON.stringify({ ...manifest, metric: 'cosine', rows: -1 }), /wrong metric, rows\./],
    [JSON.stringify({ ...manifest, createdAt: 'yesterday' }), /wrong createdAt\./],
    [JSON.stringify({ ...manifest, files: { ...manifest.files, rows: undefined } }), /wrong files\./],
    [
      JSON.stringify({
        ...manifest,
        files: { ...manifest.files, rows: { ...manifest.files.rows, name: '../../etc/x.rows' } },
      }),
      /wrong files\./,
    ],
  ])('that reads %j is damaged, and the error says how', (text, message) => {
    const parse = () => parseManifest(text, 'index.json');
    expect(parse).toThrow(DamagedIndexError);
    expect(parse).toThrow(message);
  });
});

describe('an index and an embedder', () => {
  it('agree when everything does', () => {
    expect(compareIdentity(manifest, anIdentity(), 'ip')).toBe('same');
    expect(compareIdentity({ ...manifest, metric: 'l2' }, anIdentity())).toBe('same');
  });

  it('of the same revision in another precision serve together', () => {
    expect(compareIdentity(manifest, anIdentity({ precision: 'int8', weightsSha256: 'b'.repeat(64) }), 'ip')).toBe(
      'other-precision',
    );
  });

  it('without a revision that says so do not serve together in another precision', () => {
    const folder = { ...manifest, revision: '' };
    const other = anIdentity({ revision: '', precision: 'int8', weightsSha256: 'b'.repeat(64) });
    expect(compareIdentity(folder, other)).toHaveProperty(
      'mismatch',
      expect.stringMatching(/precision fp32.*precision int8/),
    );
  });

  it.each([
    [
      { model: 'other/model', dimensions: 384 },
      /built with model example\/model, but model other\/model is configured/,
    ],
    [{ revision: 'fedc' }, /built with revision 0123.*\(example\/model\), but revision fedc/],
    [{ weightsSha256: 'c'.repeat(64) }, /weights of sha256 a+ .*weights of sha256 c+/],
    [{ pooling: 'mean' as const, precision: 'int8' as const }, /pooling cls.*pooling mean/],
    [{ normalized: true }, /normalised vectors off.*normalised vectors on/],
    [{ dimensions: 5 }, /dimensions 3.*dimensions 5/],
    [{ maxTokens: 256 }, /a maximum length of 512.*a maximum length of 256/],
  ])('that differ by %j do not, and one sentence says in what and what to do', (change, message) => {
    const { mismatch } = compareIdentity(manifest, anIdentity(change), 'ip') as { mismatch: string };
    expect(mismatch).toMatch(message);
    expect(mismatch).toMatch(/run `npm run index`/);
    expect(mismatch.split('. ')).toHaveLength(1);
  });

  it('do not serve under another metric or recipe', () => {
    expect(compareIdentity(manifest, anIdentity(), 'l2')).toHaveProperty(
      'mismatch',
      expect.stringMatching(/metric ip.*metric l2/),
    );
    expect(compareIdentity(manifest, anIdentity(), 'ip', 'next')).toHaveProperty(
      'mismatch',
      expect.stringMatching(/recipe seed.*recipe next/),
    );
  });

  it('do not agree on documents of another layout; an index that names none has the course’s', () => {
    expect(compareIdentity(manifest, anIdentity(), 'ip', 'seed', 'seed')).toBe('same');
    expect(compareIdentity(manifest, anIdentity(), 'ip', 'seed', 'short-body')).toHaveProperty(
      'mismatch',
      expect.stringMatching(/document layout seed.*document layout short-body/),
    );
    expect(compareIdentity({ ...manifest, layout: 'short-body' }, anIdentity())).toBe('same');
  });
});

describe('a vector space', () => {
  it('is the same for the same embedder, whatever else its object holds, and another for any other', () => {
    expect(spaceOf(manifest, 'seed')).toBe(spaceOf(anIdentity(), 'seed'));
    const others = [
      spaceOf(anIdentity({ revision: 'fedc' }), 'seed'),
      spaceOf(anIdentity({ precision: 'int8' }), 'seed'),
      spaceOf(anIdentity({ maxTokens: 256 }), 'seed'),
      spaceOf(anIdentity(), 'short-body'),
    ];
    expect(new Set([spaceOf(anIdentity(), 'seed'), ...others]).size).toBe(5);
  });
});
