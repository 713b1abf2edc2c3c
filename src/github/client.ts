import { Octokit } from '@octokit/core';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { isAbort, OperatorError, UnavailableError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type BudgetKeeper, createBudgetKeeper, type Headers } from './budgets.ts';
import { type Credential, createCredentials, type GithubAppOptions } from './credentials.ts';
import { explained, faultOf, limitOf, pathOf } from './faults.ts';
import type { GetOptions, Github, GithubResponse, RepositoryApi } from './github.ts';
import { dataOf, graphqlUrl } from './graphql.ts';

export type GithubOptions = {
  /** Without a slash at the end: `https://api.github.com`. */
  readonly apiUrl: string;
  readonly token?: string | undefined;
  readonly app?: GithubAppOptions | undefined;
  readonly log: Logger;
  /** For tests: how long one request may take, and the unit of the waits between tries. */
  readonly requestTimeoutMs?: number;
  readonly retryUnitMs?: number;
};

/** Pinned: octokit sends none by default, and a newer default may change what comes. */
const API_VERSION = '2022-11-28';
/** Tries of one request that meet a limit: after that the work stops, and a later run goes on. */
const MOST_PAUSES = 5;
const TRIES_AFTER_FAULT = 3;

const Client = Octokit.plugin(throttling, retry);
/** The throttling takes each GraphQL query for a write and holds it back for a second: those wait for their budget alone. */
const GraphqlClient = Octokit.plugin(retry);

export type Exchange = (
  route: { readonly method: 'GET' | 'POST'; readonly url: string },
  options: {
    readonly authorization?: string | undefined;
    readonly etag?: string | undefined;
    readonly body?: Readonly<Record<string, unknown>> | undefined;
    readonly signal?: AbortSignal | undefined;
  },
) => Promise<{ readonly data: unknown; readonly headers: Headers }>;

/**
 * GitHub's REST API and its GraphQL over octokit: throttled, retried, conditional, and with one pause for all who share
 * a budget.
 */
export function createGithub({
  apiUrl,
  token,
  app,
  log,
  requestTimeoutMs = 30_000,
  retryUnitMs = 1000,
}: GithubOptions): Github {
  const keepers = new Map<string, BudgetKeeper>();
  const options = {
    baseUrl: apiUrl,
    userAgent: 'precedent',
    retry: {
      doNotRetry: [400, 401, 403, 404, 410, 422, 429, 451],
      retries: TRIES_AFTER_FAULT,
      retryAfterBaseValue: retryUnitMs,
    },
    request: {
      // Each try has a time limit of its own.
      fetch: (url: string, init: RequestInit) => {
        const limit = AbortSignal.timeout(requestTimeoutMs);
        return fetch(url, { ...init, signal: init.signal ? AbortSignal.any([init.signal, limit]) : limit });
      },
    },
    log: {
      debug: () => {},
      info: () => {},
      warn: (text: string) => log.debug(text),
      error: (text: string) => log.debug(text),
    },
  };
  // Waiting is ours, where it can be aborted and holds for everybody: octokit is told not to.
  const throttle = { onRateLimit: () => false, onSecondaryRateLimit: () => false };
  const rest = new Client({ ...options, throttle });
  const graphql = new GraphqlClient(options);

  const exchange: Exchange = async ({ method, url }, { authorization, etag, body, signal }) => {
    const octokit = body ? graphql : rest;
    const response = await orAborted(
      octokit.request({
        method,
        url: checkedUrl(url, apiUrl),
        ...body,
        headers: {
          accept: 'application/vnd.github+json',
          'x-github-api-version': API_VERSION,
          ...(authorization ? { authorization } : {}),
          ...(etag ? { 'if-none-match': etag } : {}),
        },
        request: signal ? { signal } : {},
      }),
      signal,
    );
    // A connection that is cut in the middle of a body comes out as half a text.
    if (typeof response.data !== 'object' || response.data === null)
      throw new UnavailableError(`GitHub's answer to ${pathOf(url)} was cut off.`);
    return { data: response.data, headers: response.headers as Headers };
  };
  const credentials = createCredentials({ token, app, exchange });

  const keeperOf = (name: string) => {
    const keeper = keepers.get(name) ?? createBudgetKeeper(log);
    keepers.set(name, keeper);
    return keeper;
  };

  /** One request with the credentials of a repository: waits for the budget, tries again what may pass by itself. */
  async function ask<Result>(
    { repository, url, resource = '', signal }: Asked,
    send: (credential: Credential) => Promise<{ readonly headers: Headers; readonly result: Result }>,
  ): Promise<{ readonly result: Result; readonly keeper: BudgetKeeper }> {
    let pauses = 0;
    let renewed = false;
    for (let fault = 0; ; ) {
      const credential = await credentials.of(repository, signal).catch((error: unknown) => {
        signal?.throwIfAborted();
        throw explained(error, { url: '/app', apiUrl, anonymous: false });
      });
      const keeper = keeperOf(credential.name + resource);
      await keeper.ready(signal);
      try {
        const { headers, result } = await send(credential);
        keeper.note(headers);
        return { result, keeper };
      } catch (error) {
        signal?.throwIfAborted();
        const { status, headers } = faultOf(error);
        const limit = limitOf(error);
        if (headers) keeper.note(headers, limit);
        if (limit && pauses++ < MOST_PAUSES) continue;
        // A token of an installation ends after an hour, or when somebody takes it back.
        if (status === 401 && credential.renew && !renewed) {
          renewed = true;
          credential.renew();
          continue;
        }
        if (error instanceof UnavailableError && fault++ < TRIES_AFTER_FAULT) continue;
        throw explained(error, { url, apiUrl, anonymous: credential.authorization === undefined });
      }
    }
  }

  const get = (repository: string, url: string, { etag, signal }: GetOptions) =>
    ask<GithubResponse>({ repository, url, signal }, async ({ authorization }) => {
      try {
        const { data, headers } = await exchange({ method: 'GET', url }, { authorization, etag, signal });
        const result = { data, unchanged: false, etag: textOf(headers.etag), next: nextOf(headers) };
        return { headers, result };
      } catch (error) {
        if (faultOf(error).status !== 304) throw error;
        return { headers: {}, result: { data: undefined, unchanged: true, etag, next: undefined } };
      }
    });

  const query = (repository: string, body: QueryBody, signal: AbortSignal | undefined) =>
    ask({ repository, url: '/graphql', resource: ' graphql', signal }, async ({ authorization }) => {
      if (authorization === undefined) return { headers: {}, result: undefined };
      const url = graphqlUrl(apiUrl);
      const { data, headers } = await exchange({ method: 'POST', url }, { authorization, body, signal });
      return { headers, result: dataOf(data, headers) };
    });

  return {
    repository(name): RepositoryApi {
      let requests: BudgetKeeper | undefined;
      let points: BudgetKeeper | undefined;
      return {
        async get(path, options = {}) {
          const { result, keeper } = await get(name, path, options);
          requests = keeper;
          return result;
        },
        async query(text, variables, { signal } = {}) {
          const { result, keeper } = await query(name, { query: text, variables }, signal);
          points = keeper;
          return result;
        },
        get budget() {
          return requests?.budget;
        },
        get points() {
          return points?.budget;
        },
      };
    },
  };
}

type Asked = {
  readonly repository: string;
  readonly url: string;
  /** Which budget it takes from, where that is not REST's. */
  readonly resource?: string;
  readonly signal: AbortSignal | undefined;
};

type QueryBody = { readonly query: string; readonly variables: Readonly<Record<string, unknown>> };

/** A token must not travel to wherever a link in an answer points. */
function checkedUrl(url: string, apiUrl: string): string {
  if (!/^https?:/.test(url)) return url;
  if (new URL(url).origin === new URL(apiUrl).origin) return url;
  throw new OperatorError(
    `GitHub's answer leads from ${apiUrl} to ${new URL(url).origin}: expected the same address. Check GITHUB_API_URL.`,
  );
}

function nextOf({ link }: Headers): string | undefined {
  return /<([^<>]+)>\s*;[^,]*\brel="?next"?/.exec(String(link ?? ''))?.[1];
}

function textOf(value: string | number | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

/** Octokit waits between its tries, and does not look at the signal while it does. */
async function orAborted<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (!signal) return work;
  signal.throwIfAborted();
  let stop = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  work.catch((error: unknown) => isAbort(error));
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
