import { createHash } from 'node:crypto';
import { answerGraphql, graphqlSpent } from './github-graphql.ts';
import type { Resource } from './github-limits.ts';
import { type Answer, Refused, refusal } from './github-lists.ts';
import { answerRest, type Rest } from './github-rest.ts';
import { answerProblem } from './github-schemas.ts';
import type { Shape } from './github-shapes.ts';
import type { Identity } from './github-tokens.ts';

export type GitHubRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Without the authorization. */
  readonly headers: Readonly<Record<string, string>>;
  /** What the token is kept under; '' without one. */
  identity: string;
  /** 0 while there is no answer, and where the connection was cut. */
  status: number;
};

export type FrontOptions = Rest & {
  readonly apiUrl: () => string;
  /** Gets what is against the rules without being refused. */
  readonly violations: string[];
};

const VERSIONS = ['2022-11-28', '2026-03-10'];

/** What every request has to pass before it is answered, and every answer before it is sent. */
export class Front {
  readonly #options: FrontOptions;
  readonly #linked = new Set<string>();

  constructor(options: FrontOptions) {
    this.#options = options;
  }

  answer(request: GitHubRequest, authorization: string | undefined, body: unknown): Answer {
    const { violations, tokens } = this.#options;
    if (!request.headers['user-agent']) {
      const why = 'Please make sure your request has a User-Agent header';
      return refusal(403, `Request forbidden by administrative rules. ${why}`);
    }
    const version = request.headers['x-github-api-version'];
    if (version !== undefined && !VERSIONS.includes(version))
      return refusal(400, `The API version ${version} is not supported`);
    if (version === undefined && request.path !== '/graphql')
      violations.push(`${request.method} ${request.path} names no API version`);
    const isPage = ['page', 'after', 'before'].some((name) => request.query.has(name));
    if (isPage && !this.#linked.has(pathAndQuery(request)))
      violations.push(`${request.method} ${pathAndQuery(request)} is no link that was given`);
    try {
      const identity = tokens.identify(authorization);
      request.identity = identity.key;
      return this.#answerTo(identity, request, body, shapeOf(this.#options.apiUrl(), version));
    } catch (error) {
      if (error instanceof Refused) return error.answer;
      violations.push(String(error));
      return refusal(500, String(error));
    }
  }

  #answerTo(identity: Identity, request: GitHubRequest, body: unknown, shape: Shape): Answer {
    const { limits } = this.#options;
    const { method, path, query } = request;
    const resource: Resource = path === '/graphql' ? 'graphql' : 'core';
    const isFree = path === '/rate_limit';
    const points = method === 'GET' || resource === 'graphql' ? 1 : 5;
    const refused = isFree ? undefined : limits.take(identity.key, resource, points);
    const call = { method, path, query, body, identity, shape };
    const isSpent = refused !== undefined && resource === 'graphql' && refused.headers === undefined;
    const answer = isSpent ? graphqlSpent() : (refused ?? this.#routed(call));
    const problem = answerProblem(shape.version, method, path, answer.status, answer.json);
    if (problem) throw new Error(`The local GitHub would have said what the real one cannot: ${problem}`);
    const text = answer.json === undefined ? '' : JSON.stringify(answer.json);
    const etag = answer.status === 200 && method === 'GET' && !isFree ? etagOf(identity, text) : undefined;
    for (const [, link = ''] of (answer.headers?.link ?? '').matchAll(/<([^>]+)>/g)) {
      const url = new URL(link);
      this.#linked.add(pathAndQuery({ path: url.pathname, query: url.searchParams }));
    }
    const isKnown = etag !== undefined && namesEtag(request.headers['if-none-match'], etag);
    // Only who says who they are gets it for nothing.
    if (isKnown && identity.kind !== 'anonymous') limits.giveBack(identity.key, resource);
    return {
      ...(isKnown ? { status: 304 } : { ...answer, text }),
      headers: {
        'x-github-api-version-selected': shape.version,
        ...(identity.kind === 'classic' && { 'x-oauth-scopes': identity.scopes.join(', ') }),
        ...(etag !== undefined && { etag: `W/${etag}` }),
        ...answer.headers,
        ...limits.headers(identity.key, resource),
      },
    };
  }

  #routed(call: Parameters<typeof answerRest>[1]): Answer {
    const { world, limits } = this.#options;
    try {
      if (call.path === '/graphql' && call.method === 'POST')
        return answerGraphql(world, limits, call.identity, call.body);
      return answerRest(this.#options, call);
    } catch (error) {
      if (error instanceof Refused) return error.answer;
      throw error;
    }
  }
}

export function shapeOf(apiUrl: string, version = '2022-11-28'): Shape {
  return { apiUrl, htmlUrl: 'https://github.com', version };
}

export function pathAndQuery({ path, query }: Pick<GitHubRequest, 'path' | 'query'>): string {
  return query.size > 0 ? `${path}?${query}` : path;
}

/** Quoted, as it has to be given back; the answer to one token is not that to another. */
function etagOf(identity: Identity, text: string): string {
  return `"${createHash('sha256').update(identity.key).update(text).digest('hex')}"`;
}

function namesEtag(header = '', etag: string): boolean {
  return header.split(',').some((one) => one.trim().replace(/^W\//, '') === etag);
}
