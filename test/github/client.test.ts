import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UnavailableError } from '../../src/errors.ts';
import { createGithub, type GithubOptions } from '../../src/github/client.ts';
import { githubCheck } from '../../src/github/doctor.ts';
import type { RepositoryApi } from '../../src/github/github.ts';
import { graphqlUrl } from '../../src/github/graphql.ts';
import { silentLogger as log } from '../../src/log.ts';
import { FakeGitHub } from '../fakes/github-server.ts';

let server: FakeGitHub;

beforeEach(async () => {
  server = await FakeGitHub.start();
  server.repo('example', 'project').createIssue({ title: 'T' });
});

afterEach(async () => {
  expect(server.violations).toEqual([]);
  await server.close();
});

const client = (more: Partial<Parameters<typeof createGithub>[0]> = {}) =>
  createGithub({ apiUrl: server.apiUrl, log, retryUnitMs: 1, ...more });
const ISSUES = '/repos/example/project/issues?state=all';

describe('the client of GitHub', () => {
  it('names itself, pins the version of the API and sends the token', async () => {
    const api = client({ token: server.token }).repository('example/project');
    expect(await api.get(ISSUES)).toMatchObject({ data: [{ title: 'T' }], unchanged: false, next: undefined });
    expect(server.requests.at(-1)?.headers).toMatchObject({
      'x-github-api-version': '2022-11-28',
      'user-agent': expect.stringMatching(/^precedent /),
    });
    expect(api.budget).toMatchObject({ limit: 5000, left: 4999 });
  });

  it('asks conditionally, which costs nothing where nothing changed', async () => {
    const api = client({ token: server.token }).repository('example/project');
    const { etag } = await api.get(ISSUES);
    const { left } = api.budget ?? {};
    expect(await api.get(ISSUES, { etag })).toMatchObject({ unchanged: true, data: undefined });
    expect(api.budget?.left).toBe(left);
  });

  it('says what is missing, and what a refused token means', async () => {
    const api = client().repository('example/project');
    await expect(api.get('/repos/example/nothing')).rejects.toThrow(/is not on GitHub \(404\).*GITHUB_TOKEN/);
    const refused = client({ token: 'ghp_wrong' }).repository('example/project');
    await expect(refused.get(ISSUES)).rejects.toThrow(/refuses the credentials \(401\)/);
    const nobody = createGithub({ apiUrl: 'http://127.0.0.1:9', log, retryUnitMs: 1 }).repository('example/project');
    await expect(nobody.get(ISSUES)).rejects.toThrow(/127\.0\.0\.1:9 does not answer/);
  });

  it('sends its token nowhere else, whatever a link says', async () => {
    const asked: string[] = [];
    const other = createServer((request, response) => {
      asked.push(String(request.headers.authorization));
      response.end('[]');
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}/repositories/1/issues`;
    const api = client({ token: server.token }).repository('example/project');
    await expect(api.get(url)).rejects.toThrow(/expected the same address/);
    expect(asked).toEqual([]);
    await new Promise((resolve) => other.close(resolve));
  });

  it('reads as a GitHub App where it is installed, and takes a new token when the old one has ended', async () => {
    const app = server.addApp();
    server.install(app, 'example');
    const api = client({ app: { id: String(app.id), privateKey: app.privateKey } }).repository('example/project');
    await api.get(ISSUES);
    await api.get(ISSUES);
    expect(server.count('/access_tokens')).toBe(1);
    server.fail({ path: '/issues', status: 401, message: 'Bad credentials' });
    expect(await api.get(ISSUES)).toMatchObject({ unchanged: false });
    expect(server.count('/access_tokens')).toBe(2);
  });

  it('falls back to the token where the App is not installed, and says so where there is none', async () => {
    const app = server.addApp();
    const settings = { id: String(app.id), privateKey: app.privateKey.replaceAll('\n', '\\n') };
    const api = client({ app: settings, token: server.token }).repository('example/project');
    expect(await api.get(ISSUES)).toMatchObject({ unchanged: false });
    const without = client({ app: settings }).repository('example/project');
    await expect(without.get(ISSUES)).rejects.toThrow(/is not installed on example\/project/);
    const wrong = client({ app: { id: String(app.id), privateKey: '/no/such.pem' } }).repository('example/project');
    await expect(wrong.get(ISSUES)).rejects.toThrow(/GITHUB_APP_PRIVATE_KEY names \/no\/such\.pem/);
  });
});

describe('the client of GraphQL', () => {
  const NAME = 'query Name($name: String!) { repository(owner: "example", name: $name) { nameWithOwner } }';
  const ask = (api: RepositoryApi, name = 'project') => api.query(NAME, { name });

  it('takes points from a budget of its own, and is for nobody without credentials', async () => {
    const api = client({ token: server.token }).repository('example/project');
    expect(await ask(api)).toEqual({ repository: { nameWithOwner: 'example/project' } });
    expect([api.points, api.budget]).toMatchObject([{ limit: 5000, left: 4999 }, undefined]);
    expect(await ask(client().repository('example/project'))).toBeUndefined();
  });

  it('says what is missing, refused or wrong, though GitHub answers 200 to all of it', async () => {
    const api = client({ token: server.token }).repository('example/project');
    await expect(ask(api, 'nothing')).rejects.toThrow(/Could not resolve to a Repository.*Or the token may not see it/);
    await expect(api.query('{ nonsense }', {})).rejects.toThrow("GraphQL gives no answer: Field 'nonsense'");
    const wrong = client({ token: 'ghp_wrong' }).repository('example/project');
    await expect(ask(wrong)).rejects.toThrow(/refuses the credentials \(401\)/);
  });

  it('answers without what is gone, and not at all where something is left out for another reason', async () => {
    const api = client({ token: server.token }).repository('example/project');
    const two =
      'query Two($name: String!) { repository(owner: "example", name: $name) { name issue(number: 1) { number } } }';
    const withhold = (type?: string, times = 1) =>
      server.fail({ path: '/graphql', times, withheld: { at: 'repository.issue', ...(type && { type }) } });
    withhold('NOT_FOUND');
    expect(await api.query(two, { name: 'project' })).toEqual({ repository: { name: 'project', issue: null } });
    // It may pass by itself.
    withhold('RESOURCE_LIMITS_EXCEEDED');
    expect(await api.query(two, { name: 'project' })).toMatchObject({ repository: { issue: { number: 1 } } });
    for (const type of ['RESOURCE_LIMITS_EXCEEDED', undefined]) {
      withhold(type, 4);
      const asking = api.query(two, { name: 'project' });
      await expect(asking).rejects.toThrow(UnavailableError);
      await expect(asking).rejects.toThrow('part of an answer: What is at repository.issue is withheld.');
    }
  });

  it('waits as long as a secondary limit asks', async () => {
    const api = client({ token: server.token }).repository('example/project');
    server.fail({ path: '/graphql', times: 2, status: 403, message: 'secondary rate limit', retryAfterSeconds: 0 });
    expect(await ask(api)).toBeDefined();
    expect(server.count('/graphql')).toBe(3);
  });

  it('is beside the REST API, also on an Enterprise server', () => {
    expect(graphqlUrl('https://api.github.com')).toBe('https://api.github.com/graphql');
    expect(graphqlUrl('https://example.org/api/v3')).toBe('https://example.org/api/graphql');
  });
});

describe('the check of GitHub', () => {
  const findings = (token: string | undefined, ...repositories: string[]) => looking({ token }, ...repositories);
  const looking = ({ token, app }: Pick<GithubOptions, 'token' | 'app'>, ...repositories: string[]) =>
    githubCheck({
      github: client({ token, app }),
      discussions: repositories.includes('example/talkative'),
      repositories,
      isAllowed: (name) => name === 'example/allowed',
      hasCredentials: token !== undefined || app !== undefined,
    }).run(AbortSignal.timeout(5000));

  it('says that issues can be read, and what is left of the budget', async () => {
    expect(await findings(server.token, 'example/project')).toEqual([
      { level: 'ok', message: 'example/project and its issues can be read; 4,998 of 5,000 requests left this hour' },
    ]);
  });

  it('looks whether discussions can be read where they are wanted', async () => {
    server.repo('example', 'talkative');
    expect(await findings(server.token, 'example/talkative')).toMatchObject([
      { level: 'ok', message: expect.stringContaining('and its issues and discussions can be read') },
    ]);
  });

  it('finds a private repository, one that is not there, and missing credentials', async () => {
    server.repo('example', 'secret', { private: true });
    const [secret, missing] = await findings(server.token, 'example/secret', 'example/nothing');
    expect(secret).toMatchObject({
      level: 'fault',
      message: 'example/secret is private, and nobody said where it may answer',
      mend: expect.stringContaining('PRIVATE_SOURCES=github:example/secret='),
    });
    server.repo('example', 'allowed', { private: true });
    expect(await findings(server.token, 'example/allowed')).toMatchObject([
      { level: 'ok', message: expect.stringContaining('example/allowed (private) and its issues can be read') },
    ]);
    expect(missing).toMatchObject({ level: 'fault', message: expect.stringContaining('is not on GitHub') });
    expect((await findings(undefined, 'example/project')).at(-1)).toMatchObject({ level: 'warning' });
  });

  it('says of a token that it has expired, may not see a private repository, or lacks a permission, and what to do', async () => {
    const allowed = server.repo('example', 'allowed', { private: true });
    const permissions = { metadata: 'read', issues: 'read' } as const;
    const expired = server.addToken('pat_old', { permissions, repositories: [allowed], expiresAt: new Date(0) });
    const elsewhere = server.addToken('pat_elsewhere', { permissions, repositories: [] });
    const weak = server.addToken('pat_weak', { permissions: { metadata: 'read' }, repositories: [allowed] });
    const found = [];
    for (const token of [expired, elsewhere, weak]) found.push(...(await findings(token, 'example/allowed')));
    expect(found).toEqual([
      {
        level: 'fault',
        message: 'GitHub does not take the token for example/allowed (401): it is mistyped, has expired or was revoked',
        mend: 'Make a new one with the repository permissions Issues: read and Metadata: read, and set GITHUB_TOKEN.',
      },
      {
        level: 'fault',
        message: 'example/allowed is not on GitHub, or is private and the credentials may not see it (404)',
        mend: 'Check the name; for a private one choose it under Repository access of the token, with Issues: read and Metadata: read, or install the App there.',
      },
      {
        level: 'fault',
        message: 'the credentials may see example/allowed but not read all that is needed (403)',
        mend: 'Give the token, or the App, the repository permissions Issues: read and Metadata: read; of an App they hold once its owner accepts them.',
      },
    ]);
  });

  it('says of an App that it is not installed there, or that its id and its key do not fit', async () => {
    const app = server.addApp();
    const other = server.addApp();
    const look = (privateKey: string) => looking({ app: { id: String(app.id), privateKey } }, 'example/project');
    expect(await look(app.privateKey)).toMatchObject([
      {
        level: 'fault',
        message: expect.stringMatching(/App \d+ is not installed on example\/project.*Install the App/),
      },
    ]);
    expect(await look(other.privateKey)).toMatchObject([
      { level: 'fault', message: expect.stringMatching(/refuses the App \(401\).*GITHUB_APP_ID/) },
    ]);
    server.install(app, 'example');
    expect(await look(app.privateKey)).toMatchObject([{ level: 'ok' }]);
  });
});
