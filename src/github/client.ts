import { Octokit } from '@octokit/core';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { isAbort, OperatorError, UnavailableError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type BudgetKeeper, createBudgetKeeper, type Headers } from './budgets.ts';
import { type Credential, createCredentials, type GithubAppOptions } from './credentials.ts';
import { MissingError, WallError } from './errors.ts';
import type { GetOptions, Github, GithubResponse, RepositoryApi } from './github.ts';

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

export type Exchange = (
  route: { readonly method: 'GET' | 'POST'; readonly url: string },
  options: {
    readonly authorization?: string | undefined;
    readonly etag?: string | undefined;
    readonly signal?: AbortSignal | undefined;
  },
) => Promise<{ readonly data: unknown; readonly headers: Headers }>;

/** GitHub's REST API over octokit: throttled, retried, conditional, and with one pause for all who share a budget. */
export function createGithub({
  apiUrl,
  token,
  app,
  log,
  requestTimeoutMs = 30_000,
  retryUnitMs = 1000,
}: GithubOptions): Github {
  const keepers = new Map<string, BudgetKeeper>();
  const octokit = new Client({
    baseUrl: apiUrl,
    userAgent: 'precedent',
    // Waiting is ours, where it can be aborted and holds for everybody: octokit is told not to.
    throttle: { onRateLimit: () => false, onSecondaryRateLimit: () => false },
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
  });

  const exchange: Exchange = async ({ method, url }, { authorization, etag, signal }) => {
    const response = await orAborted(
      octokit.request({
        method,
        url: checkedUrl(url, apiUrl),
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

  const keeperOf = ({ name }: Credential) => {
    const keeper = keepers.get(name) ?? createBudgetKeeper(log);
    keepers.set(name, keeper);
    return keeper;
  };

  async function get(
    repository: string,
    url: string,
    { etag, signal }: GetOptions,
  ): Promise<{ response: GithubResponse; keeper: BudgetKeeper }> {
    let pauses = 0;
    let renewed = false;
    for (let fault = 0; ; ) {
      const credential = await credentials.of(repository, signal).catch((error: unknown) => {
        signal?.throwIfAborted();
        throw explained(error, { ...faultOf(error), limited: false, url: '/app', apiUrl, anonymous: false });
      });
      const keeper = keeperOf(credential);
      await keeper.ready(signal);
      try {
        const { data, headers } = await exchange(
          { method: 'GET', url },
          { authorization: credential.authorization, etag, signal },
        );
        keeper.note(headers);
        return { response: { data, unchanged: false, etag: textOf(headers.etag), next: nextOf(headers) }, keeper };
      } catch (error) {
        signal?.throwIfAborted();
        const { status, headers, message } = faultOf(error);
        if (status === 304) return { response: { data: undefined, unchanged: true, etag, next: undefined }, keeper };
        const limited = isLimit(status, headers, message);
        if (headers) keeper.note(headers, limited);
        if (limited && pauses++ < MOST_PAUSES) continue;
        // A token of an installation ends after an hour, or when somebody takes it back.
        if (status === 401 && credential.renew && !renewed) {
          renewed = true;
          credential.renew();
          continue;
        }
        if (error instanceof UnavailableError && fault++ < TRIES_AFTER_FAULT) continue;
        throw explained(error, { status, limited, url, apiUrl, anonymous: credential.authorization === undefined });
      }
    }
  }

  return {
    repository(name): RepositoryApi {
      let keeper: BudgetKeeper | undefined;
      return {
        async get(path, options = {}) {
          const result = await get(name, path, options);
          keeper = result.keeper;
          return result.response;
        },
        get budget() {
          return keeper?.budget;
        },
      };
    },
  };
}

type Fault = { readonly status: number | undefined; readonly headers: Headers | undefined; readonly message: string };

function faultOf(error: unknown): Fault {
  const { status, response } = error as { status?: unknown; response?: { headers?: Headers } };
  return {
    status: typeof status === 'number' && response ? status : undefined,
    headers: response?.headers,
    message: error instanceof Error ? error.message : '',
  };
}

function isLimit(status: number | undefined, headers: Headers | undefined, message: string): boolean {
  if (status !== 403 && status !== 429) return false;
  return (
    headers?.['retry-after'] !== undefined ||
    headers?.['x-ratelimit-remaining'] === '0' ||
    /rate limit|abuse/i.test(message)
  );
}

function explained(
  cause: unknown,
  {
    status,
    limited,
    url,
    apiUrl,
    anonymous,
  }: { status: number | undefined; limited: boolean; url: string; apiUrl: string; anonymous: boolean },
): Error {
  const path = pathOf(url);
  if (limited)
    return new UnavailableError(`GitHub keeps refusing ${path} for its rate limit. A later run goes on.`, { cause });
  if (status === 401) {
    return new OperatorError(
      'GitHub refuses the credentials (401). Check GITHUB_TOKEN, or GITHUB_APP_ID and its key: `npm run doctor`.',
      { cause },
    );
  }
  if (status === 404 || status === 410 || status === 451) {
    const hint = anonymous
      ? ' Without GITHUB_TOKEN only public repositories are seen.'
      : ' Or the token may not see it.';
    return new MissingError(status, `${path} is not on GitHub (${status}).${hint}`, { cause });
  }
  if (status === 422) return new WallError(`GitHub does not page further (422) at ${path}.`, { cause });
  if (status === 403)
    return new OperatorError(
      `GitHub refuses ${path} (403). Check what the token or App may read: Issues and Metadata.`,
      { cause },
    );
  if (cause instanceof OperatorError) return cause;
  return new UnavailableError(
    `${apiUrl} does not answer${status ? ` (${status})` : ''}. Check the network and GITHUB_API_URL; it is tried again.`,
    { cause },
  );
}

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

/** For messages: without the query and the host. */
function pathOf(url: string): string {
  return (/^https?:/.test(url) ? new URL(url).pathname : url).split('?', 1)[0] ?? url;
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
