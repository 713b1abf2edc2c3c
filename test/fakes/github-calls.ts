import { createSign } from 'node:crypto';
import { afterEveryTest } from '../after-every-test.ts';
import { FakeGitHub, type GitHubOptions } from './github-server.ts';
import type { FakeApp } from './github-tokens.ts';

export type Called = {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: bodies of any shape are looked into
  readonly json: any;
};

const running: FakeGitHub[] = [];

afterEveryTest(async () => {
  await Promise.all(running.splice(0).map((github) => github.close()));
});

/** A local GitHub that is closed when the test ends. */
export async function startGitHub(options?: GitHubOptions): Promise<FakeGitHub> {
  const github = await FakeGitHub.start(options);
  running.push(github);
  return github;
}

/** One call as a client makes it; redirects are not followed. A header of undefined is left out. */
export async function call(
  github: FakeGitHub,
  path: string,
  {
    token = github.token,
    method = 'GET',
    headers = {},
    body,
  }: {
    readonly token?: string | null;
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string | undefined>>;
    readonly body?: unknown;
  } = {},
): Promise<Called> {
  const all = {
    'user-agent': 'a-test',
    'x-github-api-version': '2022-11-28',
    authorization: token === null ? undefined : `Bearer ${token}`,
    ...headers,
  };
  const response = await fetch(path.startsWith('http') ? path : github.apiUrl + path, {
    method,
    redirect: 'manual',
    headers: Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, json: text === '' ? undefined : JSON.parse(text) };
}

/** The address that a `Link` header gives for a relation. */
export function linked({ headers }: Called, rel = 'next'): string | undefined {
  return (headers.get('link') ?? '')
    .split(', ')
    .find((part) => part.endsWith(`rel="${rel}"`))
    ?.slice(1)
    .split('>')[0];
}

/** Every page, from a first address on. */
export async function pages(github: FakeGitHub, path: string): Promise<Called[]> {
  const found: Called[] = [];
  for (let next: string | undefined = path; next; ) {
    const page: Called = await call(github, next);
    found.push(page);
    next = linked(page);
  }
  return found;
}

/** What an App signs to say who it is. */
export function jwtOf(
  app: FakeApp,
  claims: Readonly<Record<string, unknown>> = {},
  { alg = 'RS256', privateKey = app.privateKey }: { readonly alg?: string; readonly privateKey?: string } = {},
): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg, typ: 'JWT' })}.${part({ iss: app.clientId, iat: now - 60, exp: now + 500, ...claims })}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(privateKey, 'base64url')}`;
}
