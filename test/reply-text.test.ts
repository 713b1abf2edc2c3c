import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ageText,
  footer,
  hitFacts,
  hitPlace,
  issueName,
  newIssueUrl,
  nextOffset,
  safeLink,
  samplePath,
  scoreText,
  startOf,
  withSampleLinks,
} from '../src/reply-text.ts';
import type { Hit } from '../src/retrieval/answer.ts';
import { aHit, anAnswer } from './fakes/answers.ts';

describe('the start of an answer', () => {
  it('is all that a message can show', () => {
    const long = 'x'.repeat(60_000);
    const answer = anAnswer({
      question: long,
      notes: [long],
      hits: [aHit({ comment: long, title: long, author: long })],
    });
    expect(JSON.stringify(startOf(answer)).length).toBeLessThan(15_000);
    expect(startOf(anAnswer())).toEqual(anAnswer());
  });
});

describe('what is known of a hit', () => {
  it('has a score with its name', () => {
    expect([scoreText(24.56, 'ip'), scoreText(22.407, 'l2'), scoreText(8.126, 'bm25'), scoreText(-3.5, 'ip')]).toEqual([
      'score 24.6',
      'distance 22.4',
      'keyword score 8.13',
      'score -3.50',
    ]);
  });

  it.each([
    ['2026-11-23T00:00:00Z', 'today'],
    ['2026-12-24T00:00:00Z', 'today'],
    ['2026-11-22T00:00:00Z', 'yesterday'],
    ['2026-10-01T00:00:00Z', '53 days ago'],
    ['2026-09-24T00:00:00Z', '60 days ago'],
    ['2026-09-23T00:00:00Z', '2 months ago'],
    ['2026-06-01T00:00:00Z', '5 months ago'],
    ['2021-03-04T05:06:07Z', '5 years ago'],
    ['soon', undefined],
    [undefined, undefined],
  ])('has its age: %s is %s', (date, age) => {
    expect(ageText(date, new Date('2026-11-23T12:00:00Z'))).toBe(age);
  });

  it.each([
    ['https://github.com/a/b/issues/1#issuecomment-2', 'a/b#1', 'a/b#1'],
    ['https://github.com/a/b/discussions/3', 'a/b#3', 'a/b#3'],
    ['https://git.example.org/a/b/issues/1', 'a/b#1', 'git.example.org a/b#1'],
    ['https://example.org/elsewhere', undefined, 'example.org'],
    ['https://github.com/', undefined, undefined],
    ['nonsense', undefined, undefined],
  ])('has its place: %s', (issueUrl, name, place) => {
    expect(issueName(issueUrl)).toBe(name);
    expect(hitPlace(aHit({ issueUrl }))).toBe(place);
    expect(hitPlace(aHit({ issueUrl, sample: true }))).toBe('sample data');
  });

  it('is told with the source where several may answer, unless the issue carries its name', () => {
    const issueUrl = 'https://github.com/acme/app/issues/7';
    expect(hitPlace(aHit({ issueUrl, sourceName: 'github:Acme/app' }))).toBe('acme/app#7');
    expect(hitPlace(aHit({ issueUrl, sourceName: 'hub:acme/issues' }))).toBe('acme/app#7 in hub:acme/issues');
    expect(hitPlace(aHit({ issueUrl, sourceName: 'github:acme/ap' }))).toBe('acme/app#7 in github:acme/ap');
    expect(hitPlace(aHit({ issueUrl: 'not an address', sourceName: 'team.jsonl' }))).toBe('team.jsonl');
  });

  it('stands on a page, after which the next begins, also where hits are gone', () => {
    expect(nextOffset(anAnswer())).toBe(5);
    expect(nextOffset(anAnswer({ offset: 5, hits: [6, 9].map((rank) => aHit({ rank })) }))).toBe(9);
    expect(nextOffset(anAnswer({ offset: 5, hits: [] }))).toBe(10);
  });

  it('ends with what answered and how long it took', () => {
    expect(footer(anAnswer({ hits: [] }))).toBe('multi-qa-mpnet-base-dot-v1 on cpu · 42 ms');
    expect(footer(anAnswer())).toBe('multi-qa-mpnet-base-dot-v1 on cpu · 42 ms · not calibrated');
    expect(footer(anAnswer({ calibrated: true }))).toMatch(/ · too few to tell how sure$/);
    const sure = aHit({ band: { name: 'fair', precision: 0.5 } });
    expect(footer(anAnswer({ hits: [sure, aHit({ rank: 2 })] }))).toBe('multi-qa-mpnet-base-dot-v1 on cpu · 42 ms');
    expect(footer(anAnswer({ mode: 'keyword', model: null, device: null }))).toBe('keyword search · 42 ms');
  });
});

describe('a link', () => {
  it.each([
    'javascript:alert(1)',
    'http://github.com/a/b/issues/1',
    'https://user:secret@github.com/a',
    'https://user@github.com/a',
    'https://[::1]/a',
    '//github.com/a',
    'nonsense',
    '',
    undefined,
  ])('is not made of %s', (url) => {
    expect(safeLink({ sample: false }, url)).toBeUndefined();
  });

  it('is not made of sample data', () => {
    expect(safeLink({ sample: true }, 'https://github.com/a/b/issues/1')).toBeUndefined();
  });

  it('leads where it led, and never lets a character through that ends it in any markup', () => {
    const urls = fc.oneof(
      fc.webUrl({ withFragments: true, withQueryParameters: true, validSchemes: ['https'] }),
      fc
        .string({ unit: fc.constantFrom(...'()<>[]|\\`*_~ \n"\'&?#/%a.:@'), maxLength: 40 })
        .map((end) => `https://example.org/${end}`),
      fc.string({ unit: 'binary', maxLength: 40 }).map((end) => `https://example.org/?${end}`),
    );
    fc.assert(
      fc.property(urls, (url) => {
        const link = safeLink({ sample: false }, url);
        if (link === undefined) return;
        expect(link).toMatch(/^https:\/\/[^\s()<>[\]|\\`*_~"]+$/);
        const decoded = (address: string) => decodeURIComponent(address.replace(/%(?![\dA-F]{2})/gi, '%25'));
        const written = () => decoded(new URL(url).href);
        let before: string | undefined;
        try {
          before = written();
        } catch {
          // Not UTF-8 to begin with: there is nothing to compare.
        }
        if (before !== undefined) expect(decoded(link)).toBe(before);
      }),
    );
  });

  it('of a sample leads to the page', () => {
    expect([samplePath('sample:12'), samplePath('sample:12#3'), samplePath('https://a.example')]).toEqual([
      '/sample/12',
      '/sample/12#comment-3',
      undefined,
    ]);
    const hits = [aHit({ sample: true, issueUrl: 'sample:12', commentUrl: 'sample:12#3' }), aHit({ rank: 2 })];
    const [sample, other] = withSampleLinks(anAnswer({ hits }), 'http://127.0.0.1:3000').hits;
    expect(sample?.issueUrl).toBe('http://127.0.0.1:3000/sample/12');
    expect(sample?.commentUrl).toBe('http://127.0.0.1:3000/sample/12#comment-3');
    expect(other).toEqual(aHit({ rank: 2 }));
  });
});

describe('what is known of a hit', () => {
  const NOW = new Date('2021-03-06T00:00:00Z');
  const facts = (more: Partial<Hit>) => hitFacts(aHit(more), NOW).join(' · ');
  const pull = 'https://github.com/example/project/pull/12';

  it('is said in one line, what was accepted and who wrote it first', () => {
    const known = { accepted: true, state: 'open', authorAssociation: 'MEMBER', reactions: 1, labels: ['docs', 'api'] };
    expect(facts(known)).toBe(
      'accepted answer · open · by person-1 (member) · yesterday · 1 reaction · labels: docs, api',
    );
    expect(facts({ authorAssociation: 'OWNER', byReporter: true })).toMatch(/ by person-1 \(owner, reporter\) /);
    expect(facts({ byReporter: true })).toMatch(/ by person-1 \(reporter\) /);
    const other = { authorAssociation: 'NONE', reactions: 2, version: '2.1' };
    expect(facts(other)).toBe('closed · speaks of 2.1 · by person-1 · yesterday · 2 reactions');
  });

  it.each([
    [{ stateReason: 'completed' }, 'closed'],
    [{ stateReason: 'not_planned' }, 'closed as not planned'],
    [{ stateReason: 'outdated' }, 'closed as outdated'],
    [{ closedBy: pull }, 'closed, fixed in #12'],
    [{ closedBy: 'https://github.com/example/other/pull/3' }, 'closed, fixed in example/other#3'],
    [{ closedBy: 'javascript:alert(1)' }, 'closed'],
    [{ closedBy: pull, stateReason: 'not_planned' }, 'closed as not planned'],
    [{ closedBy: pull, state: 'open', closedAt: '2021-03-04T05:06:07Z' }, 'open'],
    [{ closedAt: '2021-03-04T05:06:07Z' }, 'closed 2021'],
    [{ closedAt: '2021-03-04T05:06:07Z', closedBy: pull }, 'closed 2021, fixed in #12'],
    [{ closedAt: '2021-03-04T05:06:07Z', stateReason: 'not_planned' }, 'closed 2021 as not planned'],
    [{ closedAt: '**2021**' }, 'closed'],
  ])('says how an issue stands: %o', (more, state) => {
    expect(facts(more).split(' · ')[0]).toBe(state);
  });
});

describe('the link that opens a new issue', () => {
  it('leads to the repository of the best hit, with the question filled in', () => {
    expect(newIssueUrl(anAnswer({ question: 'How & why?' }))).toBe(
      'https://github.com/example/project/issues/new?title=How+%26+why%3F',
    );
  });

  it('keeps to its limit, whatever the question is', () => {
    const url = newIssueUrl(anAnswer({ question: '長い質問'.repeat(200) }), 512) ?? '';
    expect(url.length).toBeGreaterThan(200);
    expect(url.length).toBeLessThanOrEqual(512);
    expect(new URL(url).searchParams.get('title')).toMatch(/^(?:長い質問)+[長い質]{0,3}…$/);
  });

  it('is not there without a question, without hits, for samples and for other hosts', () => {
    expect(newIssueUrl(anAnswer({ question: undefined }))).toBeUndefined();
    expect(newIssueUrl(anAnswer({ hits: [] }))).toBeUndefined();
    expect(newIssueUrl(anAnswer({ hits: [aHit({ sample: true })] }))).toBeUndefined();
    expect(newIssueUrl(anAnswer({ hits: [aHit({ issueUrl: 'https://example.com/a/b/issues/1' })] }))).toBeUndefined();
  });
});
