import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Budget, type LimitOptions, Limits, type Resource } from './github-limits.ts';
import { type Answer, type ListCaps, Lists, Refused, refusal } from './github-lists.ts';
import { FakeRepo, type Happening } from './github-repo.ts';
import { answerRest } from './github-rest.ts';
import type { Shape } from './github-shapes.ts';
import { type FakeApp, type Identity, type Permissions, Tokens } from './github-tokens.ts';
import { World } from './github-world.ts';

export type GitHubOptions = {
  readonly limits?: Partial<LimitOptions>;
  readonly caps?: Partial<ListCaps>;
  /** The server's clock, in milliseconds. */
  readonly now?: () => number;
  /** How long an installation's token is good. */
  readonly tokenSeconds?: number;
};

/** What goes wrong with requests, `times` times (by default once) after `skip` of them went well. */
export type GitHubFault = {
  /** Part of the path with its query; by default every request. */
  readonly path?: string | RegExp;
  readonly times?: number;
  readonly skip?: number;
  readonly status?: number;
  readonly message?: string;
  readonly retryAfterSeconds?: number;
  /** Before an answer, or in the middle of its body. */
  readonly cut?: 'before' | 'middle';
  readonly delayMs?: number;
};

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

const VERSIONS = ['2022-11-28', '2026-03-10'];
const DEFAULT_CAPS: ListCaps = { issueRowsByPage: 1000, commentRows: 40_000 };

/**
 * A GitHub on 127.0.0.1 that keeps the real one's rules: paging by `Link` with its two walls, `since` on the time of
 * the last change, conditional requests, primary and secondary limits, tokens and Apps with rights, and places that
 * are renamed, moved, hidden and deleted. Tests act as its people. What a client does against the rules without being
 * refused is noted in `violations`, which a test expects to be empty.
 */
export class FakeGitHub {
  readonly world: World;
  readonly limits: Limits;
  readonly tokens: Tokens;
  readonly requests: GitHubRequest[] = [];
  readonly violations: string[] = [];
  /** A classic token with the scope `repo`: it sees everything. */
  readonly token = 'ghp_everything0000000000000000000000000';
  readonly #options: GitHubOptions;
  readonly #faults: { fault: GitHubFault; skip: number; left: number }[] = [];
  readonly #server: Server;
  #lists: Lists | undefined;
  #port = 0;

  private constructor(options: GitHubOptions) {
    const now = options.now ?? Date.now;
    this.#options = options;
    this.world = new World(now);
    this.limits = new Limits(now, options.limits);
    this.tokens = new Tokens(() => this.world.seconds());
    this.addToken(this.token, { scopes: ['repo'] });
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(options: GitHubOptions = {}): Promise<FakeGitHub> {
    const github = new FakeGitHub(options);
    await new Promise<void>((resolve) => github.#server.listen(0, '127.0.0.1', resolve));
    github.#port = (github.#server.address() as AddressInfo).port;
    github.#lists = new Lists(github.apiUrl, { ...DEFAULT_CAPS, ...options.caps });
    return github;
  }

  get apiUrl(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get graphqlUrl(): string {
    return `${this.apiUrl}/graphql`;
  }

  /** What `token` has left of its hour; `remaining` may be set. */
  get budget(): Budget {
    return this.limits.budget(this.token);
  }

  repo(owner: string, name: string, { private: isPrivate = false }: { readonly private?: boolean } = {}): FakeRepo {
    const stored = this.world.addRepository(owner, name, isPrivate);
    return new FakeRepo(this.world, stored, (happening) => this.#tell(happening));
  }

  /** A token with scopes is a classic one, one with permissions is fine-grained and sees the repositories named. */
  addToken(
    token: string,
    options: {
      readonly scopes?: readonly string[];
      readonly permissions?: Permissions;
      readonly repositories?: readonly FakeRepo[];
      readonly login?: string;
      readonly expiresAt?: Date;
    } = {},
  ): string {
    const { scopes = [], permissions, repositories, expiresAt } = options;
    this.tokens.add(token, {
      kind: permissions ? 'fine-grained' : 'classic',
      login: options.login ?? 'operator',
      scopes,
      permissions: permissions ?? {},
      repositories: repositories ? new Set(repositories.map(({ id }) => id)) : permissions ? new Set() : 'all',
      expiresAt: expiresAt && Math.floor(expiresAt.getTime() / 1000),
    });
    return token;
  }

  addApp({ permissions = { metadata: 'read', issues: 'read' } }: { readonly permissions?: Permissions } = {}): FakeApp {
    return this.tokens.addApp(this.world.nextId(), permissions);
  }

  /** Installs an App for an owner's repositories, by default for all of them; returns the installation's id. */
  install(app: FakeApp, owner: string, repositories?: readonly FakeRepo[]): number {
    const id = this.world.nextId();
    const chosen = repositories ?? [...this.world.repositories.values()].filter((one) => one.owner.login === owner);
    app.installations.set(id, {
      id,
      owner,
      repositories: new Set(chosen.map((repository) => repository.id)),
      permissions: app.permissions,
      suspended: false,
    });
    return id;
  }

  fail(fault: GitHubFault): void {
    this.#faults.push({ fault, skip: fault.skip ?? 0, left: fault.times ?? 1 });
  }

  /** Requests whose path with its query contains the text. */
  count(part = '', { status }: { readonly status?: number } = {}): number {
    return this.requests.filter(
      (request) => pathAndQuery(request).includes(part) && (status === undefined || request.status === status),
    ).length;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #tell(_happening: Happening): void {}

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.apiUrl);
    const { authorization, ...headers } = request.headers;
    const record: GitHubRequest = {
      method: request.method ?? 'GET',
      path: decodeURI(url.pathname),
      query: url.searchParams,
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
      identity: '',
      status: 0,
    };
    this.requests.push(record);
    this.limits.underWay += 1;
    this.limits.mostUnderWay = Math.max(this.limits.mostUnderWay, this.limits.underWay);
    response.once('close', () => {
      this.limits.underWay -= 1;
    });
    const fault = this.#takeFault(pathAndQuery(record));
    if (fault?.delayMs) await sleep(fault.delayMs);
    if (fault?.cut === 'before') return void request.socket.destroy();
    const body = await bodyOf(request);
    let answer: Answer;
    if (fault?.status) {
      const wait = fault.retryAfterSeconds;
      answer = {
        ...refusal(fault.status, fault.message ?? 'Server Error'),
        ...(wait !== undefined && { headers: { 'retry-after': String(wait) } }),
      };
    } else {
      answer = this.#answer(record, authorization, body);
    }
    this.#send(record, response, answer, fault?.cut === 'middle');
  }

  #answer(record: GitHubRequest, authorization: string | undefined, body: unknown): Answer {
    if (!record.headers['user-agent']) {
      return refusal(
        403,
        'Request forbidden by administrative rules. Please make sure your request has a User-Agent header',
      );
    }
    const version = record.headers['x-github-api-version'];
    if (version === undefined) this.violations.push(`${record.method} ${record.path} names no API version`);
    else if (!VERSIONS.includes(version)) return refusal(400, `The API version ${version} is not supported`);
    const shape: Shape = { apiUrl: this.apiUrl, htmlUrl: 'https://github.com', version: version ?? VERSIONS[0] ?? '' };
    try {
      const identity = this.tokens.identify(authorization);
      record.identity = identity.key;
      return this.#answerWithin(record, identity, shape, body);
    } catch (error) {
      if (error instanceof Refused) return error.answer;
      throw error;
    }
  }

  #answerWithin(record: GitHubRequest, identity: Identity, shape: Shape, body: unknown): Answer {
    const resource: Resource = record.path === '/graphql' ? 'graphql' : 'core';
    const isFree = record.path === '/rate_limit';
    const points = record.method === 'GET' || resource === 'graphql' ? 1 : 5;
    const refused = isFree ? undefined : this.limits.take(identity.key, resource, points);
    const { method, path, query } = record;
    const rest = {
      world: this.world,
      lists: this.#lists as Lists,
      limits: this.limits,
      tokens: this.tokens,
      tokenSeconds: this.#options.tokenSeconds ?? 3600,
    };
    let answer: Answer;
    try {
      answer = refused ?? answerRest(rest, { method, path, query, body, identity, shape });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      answer = error.answer;
    }
    const headers: Record<string, string> = { 'x-github-api-version-selected': shape.version, ...answer.headers };
    if (answer.status === 200 && method === 'GET' && !isFree) {
      const etag = createHash('sha256').update(identity.key).update(JSON.stringify(answer.json)).digest('hex');
      headers.etag = `W/"${etag}"`;
      const asked = (record.headers['if-none-match'] ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''));
      if (asked.includes(`"${etag}"`)) {
        if (identity.kind !== 'anonymous') this.limits.giveBack(identity.key, resource);
        return { status: 304, headers: { ...headers, ...this.limits.headers(identity.key, resource) } };
      }
    }
    if (identity.kind === 'classic') headers['x-oauth-scopes'] = identity.scopes.join(', ');
    return { ...answer, headers: { ...headers, ...this.limits.headers(identity.key, resource) } };
  }

  #send(record: GitHubRequest, response: ServerResponse, answer: Answer, cut: boolean): void {
    const text = answer.json === undefined ? '' : JSON.stringify(answer.json);
    const bytes = Buffer.from(text);
    if (!cut) record.status = answer.status;
    response.writeHead(answer.status, {
      ...(text && { 'content-type': 'application/json; charset=utf-8', 'content-length': bytes.length }),
      'x-github-request-id': randomUUID(),
      ...answer.headers,
    });
    if (!cut) return void response.end(bytes);
    // What was written must be on its way before the connection goes.
    response.write(bytes.subarray(0, bytes.length >> 1), () => setTimeout(() => response.destroy(), 20));
  }

  #takeFault(path: string): GitHubFault | undefined {
    for (const entry of this.#faults) {
      const { fault } = entry;
      const part = fault.path ?? '';
      if (entry.left === 0 || !(typeof part === 'string' ? path.includes(part) : part.test(path))) continue;
      if (entry.skip > 0) entry.skip -= 1;
      else {
        entry.left -= 1;
        return fault;
      }
    }
    return undefined;
  }
}

function pathAndQuery({ path, query }: GitHubRequest): string {
  return query.size > 0 ? `${path}?${query}` : path;
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
