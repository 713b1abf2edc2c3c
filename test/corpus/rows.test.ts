import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toRow } from '../../src/corpus/rows.ts';

const seedRow = {
  html_url: 'https://github.com/example/project/issues/7',
  title: 'A title',
  body: 'A body',
  comments: ['first', 'second'],
  is_pull_request: false,
};
const apiIssue = {
  url: 'https://api.github.com/repos/example/project/issues/7',
  comments_url: 'https://api.github.com/repos/example/project/issues/7/comments',
  html_url: 'https://github.com/example/project/issues/7',
  number: 7,
  title: 'A title',
  body: 'A body',
  state: 'closed',
  comments: 2,
  user: { login: 'somebody' },
};
const apiComment = {
  issue_url: apiIssue.url,
  id: 99,
  html_url: 'https://github.com/example/project/issues/7#issuecomment-99',
  body: 'A comment',
  user: { login: 'somebody' },
  created_at: '2021-03-04T05:06:07Z',
};

describe('a row of the seed schema', () => {
  it('is an issue with the texts of its comments', () => {
    expect(toRow(seedRow)).toEqual({
      kind: 'issue',
      issue: {
        url: seedRow.html_url,
        title: 'A title',
        body: 'A body',
        isPullRequest: false,
        comments: [{ text: 'first' }, { text: 'second' }],
      },
    });
  });

  it('may tell that a bot wrote a comment: by its type, or the name that only GitHub’s Apps have', () => {
    const comment_meta = [{ author: 'ci[bot]' }, { author: { login: 'stale', type: 'Bot' } }, { author: 'talbot' }];
    const row = { ...seedRow, comments: ['first', 'second', 'third'], comment_meta };
    expect(toRow(row)).toMatchObject({
      issue: { comments: [{ byBot: true }, { byBot: true }, { author: 'talbot', byBot: undefined }] },
    });
  });

  it('may tell number, state, how and when it was closed and labels, and author and date of each comment', () => {
    const comment_meta = [
      { author: 'one', created_at: '2021-03-04T05:06:07+02:00' },
      { author: null, created_at: null },
    ];
    const closed = { state: 'closed', state_reason: 'completed', closed_at: '2021-03-04T05:06:07Z' };
    const labels = ['bug', { name: 'good first issue' }, 7];
    expect(toRow({ ...seedRow, number: 7, author: 'two', ...closed, labels, comment_meta })).toMatchObject({
      issue: {
        number: 7,
        state: 'closed',
        stateReason: 'completed',
        closedAt: '2021-03-04T05:06:07Z',
        author: 'two',
        labels: ['bug', 'good first issue'],
        comments: [{ text: 'first', author: 'one', createdAt: '2021-03-04T03:06:07Z' }, { text: 'second' }],
      },
    });
  });

  it('leaves unknown what metadata there is too little of, or what is no date', () => {
    expect(toRow({ ...seedRow, comment_meta: [{ author: 'one', created_at: 'yesterday' }] })).toMatchObject({
      issue: { comments: [{ author: 'one', createdAt: undefined }, { text: 'second' }] },
    });
    expect(toRow({ ...seedRow, comment_meta: null })).toMatchObject({ kind: 'issue' });
  });

  it('needs no body: an issue without description has null', () => {
    expect(toRow({ ...seedRow, body: null })).toMatchObject({ issue: { body: '' } });
  });

  it('keeps a body of 60 kB whole', () => {
    const body = 'x'.repeat(60_000);
    expect(toRow({ ...seedRow, body })).toMatchObject({ issue: { body } });
  });

  it('is an API row with comments as the dataset of the course has it: the flag decides what is a pull request', () => {
    const row = { ...apiIssue, comments: ['first'], pull_request: null, is_pull_request: false };
    expect(toRow(row)).toMatchObject({ kind: 'issue', issue: { isPullRequest: false } });
    expect(toRow({ ...row, pull_request: { url: 'https://x' }, is_pull_request: true })).toMatchObject({
      issue: { isPullRequest: true },
    });
  });
});

describe('a row of the GitHub API', () => {
  it('is an issue with a number of comments', () => {
    expect(toRow(apiIssue)).toEqual({
      kind: 'api-issue',
      apiUrl: apiIssue.url,
      commentCount: 2,
      issue: {
        url: apiIssue.html_url,
        title: 'A title',
        body: 'A body',
        isPullRequest: false,
        number: 7,
        state: 'closed',
        author: 'somebody',
        comments: [],
      },
    });
  });

  it('is a pull request when it links to one', () => {
    expect(toRow({ ...apiIssue, pull_request: { url: 'https://x' } })).toMatchObject({
      issue: { isPullRequest: true },
    });
    expect(toRow({ ...apiIssue, pull_request: null })).toMatchObject({ issue: { isPullRequest: false } });
    expect(toRow({ ...apiIssue, pull_request: { url: null, html_url: null } })).toMatchObject({
      issue: { isPullRequest: false },
    });
  });

  it('is found by its comments address when its own is missing', () => {
    expect(toRow({ ...apiIssue, url: undefined })).toMatchObject({ apiUrl: apiIssue.url });
  });

  it('is a comment when it names its issue', () => {
    expect(toRow(apiComment)).toEqual({
      kind: 'api-comment',
      issueApiUrl: apiIssue.url,
      comment: {
        text: 'A comment',
        id: 99,
        url: apiComment.html_url,
        author: 'somebody',
        createdAt: '2021-03-04T05:06:07Z',
      },
    });
  });

  it.each([
    ['an object', { login: 'somebody' }, 'somebody'],
    ['a name', 'somebody', 'somebody'],
    ['null, for an account that is gone', null, undefined],
    ['missing', undefined, undefined],
    ['something else', 7, undefined],
  ])('may have a user that is %s', (_name, user, author) => {
    expect(toRow({ ...apiComment, user })).toMatchObject({ kind: 'api-comment', comment: { author } });
  });

  it('of a parquet file may have big integers and dates', () => {
    expect(toRow({ ...apiComment, id: 99n, created_at: new Date('2021-03-04T05:06:07Z') })).toMatchObject({
      comment: { id: 99, createdAt: '2021-03-04T05:06:07Z' },
    });
  });
});

describe('a bad row', () => {
  it.each([
    ['a list', [1], 'expected an object, found a list'],
    ['null', null, 'expected an object, found null'],
    ['a text', 'x', 'expected an object, found a string'],
    ['an empty object', {}, '`title` is missing'],
    ['one without address', { ...seedRow, html_url: undefined }, '`html_url` is missing'],
    ['one with a blank address', { ...seedRow, html_url: ' ' }, '`html_url` is empty'],
    ['one with a null title', { ...seedRow, title: null }, '`title`: expected a text, found null'],
    ['one with a number for a title', { ...seedRow, title: 5 }, '`title`: expected a text, found a number'],
    ['one without body', { ...seedRow, body: undefined }, '`body` is missing'],
    ['one with an object for a body', { ...seedRow, body: {} }, '`body`: expected a text, found an object'],
    ['one without comments', { ...seedRow, comments: undefined }, '`comments` is missing'],
    ['one with null for comments', { ...seedRow, comments: null }, '`comments`: expected a list of texts, found null'],
    ['one with a null comment', { ...seedRow, comments: ['a', null] }, '`comments[1]`: expected a text, found null'],
    ['one without the flag', { ...seedRow, is_pull_request: undefined }, '`is_pull_request` is missing'],
    [
      'one with a wrong flag',
      { ...seedRow, is_pull_request: 'no' },
      '`is_pull_request`: expected true or false, found a string',
    ],
    ['one with wrong metadata', { ...seedRow, comment_meta: {} }, '`comment_meta`: expected a list, found an object'],
    [
      'one with half a character',
      { ...seedRow, title: 'x\uD83D' },
      '`title` holds half a character (a lone surrogate)',
    ],
    [
      'one with half a character in a comment',
      { ...seedRow, comments: ['\uDE00'] },
      '`comments[0]` holds half a character (a lone surrogate)',
    ],
    [
      'one longer than GitHub stores',
      { ...seedRow, body: 'x'.repeat(300_000) },
      '`body` has 300,000 characters; GitHub allows 65,536',
    ],
    ['a comment without text', { ...apiComment, body: null }, '`body`: expected a text, found null'],
    ['a comment of nothing', { ...apiComment, issue_url: null }, '`issue_url`: expected a text, found null'],
    [
      'an API issue without addresses',
      { ...apiIssue, url: undefined, comments_url: undefined, is_pull_request: false },
      `\`comments\` is a count (${apiIssue.comments}): expected the list of texts, or GitHub API issue rows together with comment rows`,
    ],
  ])('is %s', (_name, value, reason) => {
    expect(toRow(value)).toEqual({ kind: 'bad', reason });
  });

  it('is never an exception, whatever the JSON', () => {
    const key = fc.constantFrom(...Object.keys({ ...seedRow, ...apiIssue, ...apiComment, comment_meta: [] }));
    fc.assert(
      fc.property(fc.dictionary(key, fc.jsonValue({ maxDepth: 3 })), (value) => {
        expect(['issue', 'api-issue', 'api-comment', 'bad']).toContain(toRow(value).kind);
      }),
      { numRuns: 500 },
    );
  });
});
