import { OperatorError, UnavailableError } from '../errors.ts';
import type { Headers } from './budgets.ts';
import { MissingError, WallError } from './errors.ts';

/** What went wrong with a request, as far as GitHub said. */
export type Fault = {
  readonly status: number | undefined;
  readonly headers: Headers | undefined;
  readonly message: string;
};

/** The points of GraphQL's hour are spent, or too few are left for the query: told in an answer of 200. */
export class SpentError extends Error {
  readonly response: { readonly headers: Headers };

  constructor(headers: Headers) {
    super('GraphQL: the rate limit is spent');
    this.response = { headers };
  }
}

export function faultOf(error: unknown): Fault {
  const { status, response } = error as { status?: unknown; response?: { headers?: Headers } };
  return {
    status: typeof status === 'number' && response ? status : undefined,
    headers: response?.headers,
    message: error instanceof Error ? error.message : '',
  };
}

/** Which limit a refusal is for; undefined when it is for something else. */
export function limitOf(error: unknown): 'primary' | 'secondary' | undefined {
  if (error instanceof SpentError) return 'primary';
  const { status, headers, message } = faultOf(error);
  if (status !== 403 && status !== 429) return undefined;
  const isLimit =
    headers?.['retry-after'] !== undefined ||
    headers?.['x-ratelimit-remaining'] === '0' ||
    /rate limit|abuse/i.test(message);
  return isLimit ? 'secondary' : undefined;
}

/** The error as whoever reads the log is told of it. */
export function explained(
  cause: unknown,
  { url, apiUrl, anonymous }: { readonly url: string; readonly apiUrl: string; readonly anonymous: boolean },
): Error {
  const { status } = faultOf(cause);
  const path = pathOf(url);
  if (limitOf(cause))
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
    `${apiUrl} does not answer${status ? ` (${status})` : ''}. Check the network and GITHUB_API_URL. A later run goes on.`,
    { cause },
  );
}

/** For messages: without the query and the host. */
export function pathOf(url: string): string {
  return (/^https?:/.test(url) ? new URL(url).pathname : url).split('?', 1)[0] ?? url;
}
