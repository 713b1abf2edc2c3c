import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { fillRepo } from './github-bulk.ts';
import { call, linked, pages, startGitHub } from './github-calls.ts';
import { answerProblem, hasSchemas } from './github-schemas.ts';

const ALL = 'state=all&sort=updated&direction=asc&per_page=100';
const COMMENTS = 'sort=updated&direction=asc&per_page=100';

describe('the local GitHub lists', () => {
  it('open issues only unless asked for all, pull requests among them, the newest first', async () => {
    const github = await startGitHub();
    const repo = github.repo('acme', 'widgets');
    const first = repo.createIssue({ title: 'First' });
    const pull = repo.createIssue({ title: 'A change', pull: true });
    const closed = repo.createIssue({ title: 'Done', state: 'closed' });
    const numbers = async (query: string) =>
      (await call(github, `/repos/acme/widgets/issues?${query}`)).json.map((issue: { number: number }) => issue.number);
    expect(await numbers('')).toEqual([pull, first]);
    expect(await numbers('state=all&direction=asc')).toEqual([first, pull, closed]);
    expect(await numbers('state=closed')).toEqual([closed]);
    const { json } = await call(github, `/repos/acme/widgets/issues/${pull}`);
    expect(json.pull_request.html_url).toBe(`https://github.com/acme/widgets/pull/${pull}`);
    expect(github.violations).toEqual([]);
  });

  it('at most 100 rows a page, by cursors that outlast a change, without telling the last page', async () => {
    const github = await startGitHub();
    const repo = github.repo('acme', 'widgets');
    fillRepo(repo, { issues: 250, comments: 0 });
    const first = await call(github, '/repos/acme/widgets/issues?state=all&sort=updated&direction=asc&per_page=500');
    expect(first.json).toHaveLength(100);
    expect(linked(first, 'last')).toBeUndefined();
    expect(linked(first)).toMatch(/\/repositories\/\d+\/issues\?.*after=/);
    // An issue of the first page moves to the end: nothing that was not seen yet may slip away.
    repo.editIssue(first.json[3].number, { title: 'Changed' });
    const rest = await pages(github, linked(first) as string);
    const numbers = [first, ...rest].flatMap((page) => page.json.map((issue: { number: number }) => issue.number));
    expect(numbers).toHaveLength(251);
    expect(new Set(numbers).size).toBe(250);
    const back = await call(github, linked(rest[0] as typeof first, 'prev') as string);
    expect(back.json.at(-1).number).toBe(first.json.at(-1).number);
    expect(github.violations).toEqual([]);
    expect((await call(github, '/repos/acme/widgets/issues?after=made-up')).status).toBe(422);
    await call(github, '/repos/acme/widgets/issues?page=2');
    expect(github.violations).toEqual([
      'GET /repos/acme/widgets/issues?after=made-up is no link that was given',
      'GET /repos/acme/widgets/issues?page=2 is no link that was given',
    ]);
  });

  it('no issues by a page number past a thousand rows', async () => {
    const github = await startGitHub();
    fillRepo(github.repo('acme', 'widgets'), { issues: 1200, comments: 0 });
    expect((await call(github, '/repos/acme/widgets/issues?per_page=100&page=10')).status).toBe(200);
    const { status, json } = await call(github, '/repos/acme/widgets/issues?per_page=100&page=11');
    expect(status).toBe(422);
    expect(json.message).toContain('page parameter is not supported for large datasets');
    expect(await pages(github, `/repos/acme/widgets/issues?${ALL}`)).toHaveLength(12);
  });

  it('no comments past forty thousand rows, though its own link leads there', async () => {
    const github = await startGitHub({ caps: { commentRows: 400 } });
    fillRepo(github.repo('acme', 'widgets'), { issues: 50, comments: 500 });
    const found = await pages(github, `/repos/acme/widgets/issues/comments?${COMMENTS}`);
    expect(found.map(({ status }) => status)).toEqual([200, 200, 200, 200, 422]);
    expect(found[4]?.json.message).toContain('pagination is limited for this resource');
    expect(linked(found[0] as (typeof found)[0], 'last')).toContain('page=4');
  });

  it('comments by page numbers, so that a comment that moves to the end takes another with it', async () => {
    const github = await startGitHub();
    const repo = github.repo('acme', 'widgets');
    fillRepo(repo, { issues: 5, comments: 150 });
    const first = await call(github, `/repos/acme/widgets/issues/comments?${COMMENTS}`);
    repo.editComment(first.json[0].id, 'Changed');
    const second = await call(github, linked(first) as string);
    const ids = new Set([...first.json, ...second.json].map(({ id }: { id: number }) => id));
    expect(ids.size).toBe(149);
  });

  it('by `since` what was changed in that second or later, and ignores a direction without a sort', async () => {
    const github = await startGitHub();
    const repo = github.repo('acme', 'widgets');
    const times = ['2024-05-01T10:00:00Z', '2024-05-01T10:00:01Z', '2024-05-01T10:00:02Z'];
    const number = repo.createIssue({ title: 'Old', createdAt: new Date('2024-05-01T09:00:00Z') });
    const ids = times.map((time) => repo.comment(number, { body: time, createdAt: new Date(time) }));
    const list = async (query: string) =>
      (await call(github, `/repos/acme/widgets/issues/comments?${query}`)).json.map(({ id }: { id: number }) => id);
    expect(await list(`since=${times[1]}`)).toEqual(ids.slice(1));
    expect(await list('direction=desc')).toEqual(ids);
    expect(await list('sort=updated&direction=desc')).toEqual(ids.toReversed());
    repo.editComment(ids[0] as number, 'Edited');
    expect(await list('since=2024-05-02T00:00:00Z')).toEqual([ids[0]]);
    const bad = await call(github, '/repos/acme/widgets/issues?since=yesterday');
    expect(bad.status).toBe(422);
    expect(bad.json.errors[0]).toMatchObject({ field: 'since', code: 'invalid' });
    expect((await call(github, '/repos/acme/widgets/issues?state=done')).status).toBe(422);
    expect((await call(github, '/repos/acme/widgets/issues?milestone=1')).status).toBe(500);
    expect(github.violations[0]).toContain('does not serve the parameter milestone');
  });

  it('nothing of what leaves no trace: deletions, hidden comments, reactions', async () => {
    const github = await startGitHub();
    const repo = github.repo('acme', 'widgets');
    const created = new Date('2024-05-01T10:00:00Z');
    const number = repo.createIssue({ title: 'Old', createdAt: created });
    const [kept, deleted] = ['a', 'b'].map((body) => repo.comment(number, { body, createdAt: created }));
    const since = '/repos/acme/widgets/issues/comments?since=2024-05-02T00:00:00Z';
    repo.minimize(kept as number, 'off-topic');
    repo.react({ comment: kept as number }, '+1', 3);
    repo.deleteComment(deleted as number);
    expect((await call(github, since)).json).toEqual([]);
    const { json } = await call(github, `/repos/acme/widgets/issues/comments/${kept}`);
    expect(json).toMatchObject({ minimized: { reason: 'off-topic' }, reactions: { total_count: 3, '+1': 3 } });
    expect((await call(github, `/repos/acme/widgets/issues/comments/${deleted}`)).status).toBe(404);
    expect((await call(github, `/repos/acme/widgets/issues/${number}`)).json.comments).toBe(1);
  });
});

describe('the local GitHub', () => {
  it('refuses who sends no user agent, an unknown API version or a token that it does not know', async () => {
    const github = await startGitHub();
    github.repo('acme', 'widgets');
    const nameless = await new Promise<number | undefined>((resolve, reject) => {
      request(`${github.apiUrl}/repos/acme/widgets`, ({ statusCode }) => resolve(statusCode))
        .on('error', reject)
        .end();
    });
    expect(nameless).toBe(403);
    const version = (text: string | undefined) =>
      call(github, '/repos/acme/widgets', { headers: { 'x-github-api-version': text } });
    expect((await version('2001-01-01')).status).toBe(400);
    expect(github.violations).toEqual([]);
    expect((await version(undefined)).headers.get('x-github-api-version-selected')).toBe('2022-11-28');
    expect(github.violations).toEqual(['GET /repos/acme/widgets names no API version']);
    const unknown = await call(github, '/repos/acme/widgets', { token: 'ghp_wrong' });
    expect(unknown).toMatchObject({ status: 401, json: { message: 'Bad credentials' } });
  });

  it('goes wrong when told to: an error, a cut before the answer, a cut in its middle', async () => {
    const github = await startGitHub();
    github.repo('acme', 'widgets');
    github.fail({ path: '/issues', status: 502, times: 2, skip: 1 });
    const statuses = [];
    for (let at = 0; at < 4; at += 1) statuses.push((await call(github, '/repos/acme/widgets/issues')).status);
    expect(statuses).toEqual([200, 502, 502, 200]);
    github.fail({ cut: 'before' });
    await expect(call(github, '/repos/acme/widgets')).rejects.toThrow();
    github.fail({ cut: 'middle' });
    await expect(call(github, '/repos/acme/widgets')).rejects.toThrow();
    expect(github.count('/repos/acme/widgets', { status: 0 })).toBe(2);
    expect((await call(github, '/repos/acme/widgets')).status).toBe(200);
  });
});

describe.skipIf(!hasSchemas())("GitHub's own description of its answers (skipped where it is missing)", () => {
  it('accepts what the local GitHub says, and nothing with a field missing, wrong or made up', async () => {
    const github = await startGitHub();
    const repo = github.repo('acme', 'widgets');
    repo.createIssue({ title: 'First', author: null, body: null });
    const { json } = await call(github, '/repos/acme/widgets/issues');
    const problem = (issue: unknown, version = '2022-11-28') =>
      answerProblem(version, 'GET', '/repos/acme/widgets/issues', 200, [issue]);
    const [issue] = json;
    expect(problem(issue)).toBeUndefined();
    expect(problem({ ...issue, number: 'one' })).toContain('must be integer');
    expect(problem({ ...issue, node_id: undefined })).toContain("must have required property 'node_id'");
    expect(problem({ ...issue, colour: 'red' })).toContain('must NOT have additional properties');
    expect(problem(issue, '2026-03-10')).toContain('must NOT have additional properties');
  });
});
