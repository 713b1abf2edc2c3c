import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { call, jwtOf, startGitHub } from './github-calls.ts';

describe('the local GitHub tells where things went:', () => {
  it('a repository that was renamed or moved is found under its old name by a redirect to its id', async () => {
    const github = await startGitHub();
    const repo = github.repo('acme', 'widgets');
    repo.rename('gadgets');
    const old = await call(github, '/repos/acme/widgets/issues?state=all');
    expect(old.status).toBe(301);
    expect(old.headers.get('location')).toBe(`${github.apiUrl}/repositories/${repo.id}/issues?state=all`);
    expect((await call(github, old.headers.get('location') as string)).status).toBe(200);
    expect((await call(github, '/repos/ACME/Gadgets')).json.full_name).toBe('acme/gadgets');
    repo.moveTo('umbrella');
    expect((await call(github, '/repos/acme/gadgets')).status).toBe(301);
    expect((await call(github, '/repos/umbrella/gadgets')).json.owner.login).toBe('umbrella');
    github.repo('acme', 'widgets');
    expect((await call(github, '/repos/acme/widgets')).status).toBe(200);
  });

  it('a transferred issue redirects to its new number, with the same comments at new addresses', async () => {
    const github = await startGitHub();
    const [from, to] = [github.repo('acme', 'widgets'), github.repo('acme', 'gadgets')];
    to.createIssue({ title: 'Was here first' });
    const created = new Date('2024-01-01T00:00:00Z');
    const number = from.createIssue({ title: 'In the wrong place', createdAt: created });
    const comment = from.comment(number, { body: 'Try this', createdAt: created });
    const { json: before } = await call(github, `/repos/acme/widgets/issues/${number}`);
    const moved = from.transferTo(to, number);
    const old = await call(github, `/repos/acme/widgets/issues/${number}`);
    expect(old.headers.get('location')).toBe(`${github.apiUrl}/repositories/${to.id}/issues/${moved}`);
    const { json: after } = await call(github, old.headers.get('location') as string);
    expect(after).toMatchObject({ number: moved, title: before.title, comments: 1 });
    expect(after.id).not.toBe(before.id);
    expect((await call(github, `/repos/acme/widgets/issues/comments/${comment}`)).status).toBe(404);
    const { json: kept } = await call(github, `/repos/acme/gadgets/issues/comments/${comment}`);
    expect(kept.html_url).toBe(`https://github.com/acme/gadgets/issues/${moved}#issuecomment-${comment}`);
    // Only the issue shows up among what changed there.
    const since = 'since=2024-02-01T00:00:00Z';
    expect((await call(github, `/repos/acme/gadgets/issues/comments?${since}`)).json).toEqual([]);
    to.makePrivate();
    expect((await call(github, `/repos/acme/widgets/issues/${number}`, { token: null })).status).toBe(404);
  });

  it('a deleted issue is gone, with its comments, and so is everything where issues are switched off', async () => {
    const github = await startGitHub();
    const repo = github.repo('acme', 'widgets');
    const number = repo.createIssue({ title: 'Spam' });
    const comment = repo.comment(number, { body: 'Buy' });
    repo.deleteIssue(number);
    expect((await call(github, `/repos/acme/widgets/issues/${number}`)).status).toBe(410);
    expect((await call(github, `/repos/acme/widgets/issues/comments/${comment}`)).status).toBe(404);
    expect((await call(github, '/repos/acme/widgets/issues/99')).status).toBe(404);
    repo.stored.hasIssues = false;
    expect((await call(github, '/repos/acme/widgets/issues')).status).toBe(410);
  });

  it('an issue that became a discussion stays behind, closed and without its comments', async () => {
    const github = await startGitHub();
    const repo = github.repo('acme', 'widgets');
    const number = repo.createIssue({ title: 'A question' });
    const comment = repo.comment(number, { body: 'An answer' });
    const discussion = repo.convertToDiscussion(number);
    expect(repo.discussions.get(discussion).comments).toHaveLength(1);
    const { json } = await call(github, `/repos/acme/widgets/issues/${number}`);
    expect(json).toMatchObject({ state: 'closed', locked: true, comments: 0 });
    expect((await call(github, `/repos/acme/widgets/issues/comments/${comment}`)).status).toBe(404);
    const other = repo.createIssue({ title: 'Another' });
    repo.convertToDiscussion(other, { leaves: 'nothing' });
    expect((await call(github, `/repos/acme/widgets/issues/${other}`)).status).toBe(410);
  });

  it('a repository made private cannot be told from none, a blocked one can, a deleted one is none', async () => {
    const github = await startGitHub();
    const repo = github.repo('acme', 'widgets');
    github.addToken('ghp_public', { scopes: ['public_repo'] });
    const ask = (token: string) => call(github, '/repos/acme/widgets', { token });
    expect((await ask('ghp_public')).headers.get('x-oauth-scopes')).toBe('public_repo');
    repo.makePrivate();
    expect((await ask('ghp_public')).json).toEqual((await call(github, '/repos/acme/none')).json);
    expect((await ask(github.token)).json).toMatchObject({ private: true, visibility: 'private' });
    repo.block();
    expect(await ask(github.token)).toMatchObject({ status: 451, json: { block: { reason: 'dmca' } } });
    repo.delete();
    expect((await ask(github.token)).status).toBe(404);
  });
});

describe('the local GitHub gives rights', () => {
  it('to a fine-grained token for the repositories and permissions that it was given, until it expires', async () => {
    let now = Date.now();
    const github = await startGitHub({ now: () => now });
    const open = github.repo('acme', 'open', { private: true });
    github.repo('acme', 'closed', { private: true });
    const expiresAt = new Date(now + 60_000);
    github.addToken('github_pat_a', { permissions: { metadata: 'read' }, repositories: [open], expiresAt });
    const ask = (path: string) => call(github, path, { token: 'github_pat_a' });
    expect((await ask('/repos/acme/open')).status).toBe(200);
    expect((await ask('/repos/acme/closed')).status).toBe(404);
    const refused = await ask('/repos/acme/open/issues');
    expect(refused).toMatchObject({
      status: 403,
      json: { message: 'Resource not accessible by personal access token' },
    });
    expect(refused.headers.get('x-accepted-github-permissions')).toBe('issues=read');
    now += 61_000;
    expect((await ask('/repos/acme/open')).status).toBe(401);
  });

  it('to an App by what it signs, and by tokens of its installations that end', async () => {
    let now = Date.now();
    const github = await startGitHub({ now: () => now });
    const repo = github.repo('acme', 'widgets', { private: true });
    github.repo('acme', 'others', { private: true });
    const app = github.addApp();
    const id = github.install(app, 'acme', [repo]);
    const token = jwtOf(app);
    expect((await call(github, '/app', { token })).json.id).toBe(app.id);
    expect((await call(github, '/repos/acme/widgets/installation', { token })).json.id).toBe(id);
    expect((await call(github, '/repos/acme/others/installation', { token })).status).toBe(404);
    const tokens = `/app/installations/${id}/access_tokens`;
    const { status, json } = await call(github, tokens, { token, method: 'POST' });
    expect(status).toBe(201);
    expect(Date.parse(json.expires_at)).toBe(Math.floor(now / 1000) * 1000 + 3_600_000);
    const ask = (path: string) => call(github, path, { token: json.token });
    expect((await ask('/repos/acme/widgets/issues')).status).toBe(200);
    expect((await ask('/repos/acme/others')).status).toBe(404);
    expect((await ask('/installation/repositories')).json.total_count).toBe(1);
    expect((await ask('/app')).status).toBe(401);
    github.uninstallFrom(app, id, repo);
    expect((await ask('/repos/acme/widgets')).status).toBe(404);
    now += 3_600_000;
    expect((await ask('/repos/acme/widgets')).status).toBe(401);
  });

  it('to no token that was revoked or ended before its time', async () => {
    const github = await startGitHub();
    const repo = github.repo('acme', 'widgets');
    const number = repo.createIssue({ title: 'A question', author: 'bob' });
    const app = github.addApp();
    const path = `/app/installations/${github.install(app, 'acme')}/access_tokens`;
    const { json } = await call(github, path, { token: jwtOf(app), method: 'POST' });
    const ask = (token: string) => call(github, `/repos/acme/widgets/issues/${number}`, { token });
    expect((await ask(json.token)).json.user.login).toBe('bob');
    repo.forgetAuthor('bob');
    expect((await ask(json.token)).json.user).toBeNull();
    github.tokens.expireInstallationTokens();
    expect((await ask(json.token)).status).toBe(401);
    github.tokens.revoke(github.token);
    expect((await ask(github.token)).status).toBe(401);
  });

  it('to no App whose signature, issuer, algorithm or times are wrong', async () => {
    const github = await startGitHub();
    const app = github.addApp();
    const ask = async (token: string) => (await call(github, '/app', { token })).json.message;
    const now = Math.floor(Date.now() / 1000);
    const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const privateKey = stranger.export({ type: 'pkcs1', format: 'pem' }).toString();
    const undecodable = 'A JSON web token could not be decoded';
    expect(await ask(jwtOf(app, {}, { privateKey }))).toBe(undecodable);
    expect(await ask(jwtOf(app, {}, { alg: 'HS256' }))).toBe(undecodable);
    expect(await ask(jwtOf(app, { iss: 'somebody' }))).toBe(undecodable);
    expect(await ask(jwtOf(app, { exp: now + 900 }))).toContain('too far in the future');
    expect(await ask(jwtOf(app, { exp: now - 1 }))).toContain("'Expiration time'");
    expect(await ask(jwtOf(app, { iat: now + 300 }))).toContain("'Issued at'");
    expect(await ask(github.token)).toBe(undecodable);
    expect(await ask('not.a.token')).toBe(undecodable);
  });
});
