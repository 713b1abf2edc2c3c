import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { installationJson } from './github-apps.ts';
import { Faults, type GitHubFault, withholding } from './github-faults.ts';
import { Front, type GitHubRequest, pathAndQuery, shapeOf } from './github-front.ts';
import { Hooks } from './github-hooks.ts';
import { type Budget, type LimitOptions, Limits } from './github-limits.ts';
import { type Answer, type ListCaps, Lists, refusal } from './github-lists.ts';
import { FakeRepo } from './github-repo.ts';
import { type FakeApp, type FakeInstallation, type Permissions, Tokens } from './github-tokens.ts';
import type { FakeWebhook } from './github-webhooks.ts';
import { World } from './github-world.ts';

export type { GitHubRequest } from './github-front.ts';

export type GitHubOptions = {
  readonly limits?: Partial<LimitOptions>;
  readonly caps?: Partial<ListCaps>;
  /** The server's clock, in milliseconds. */
  readonly now?: () => number;
  /** How long an installation's token is good. */
  readonly tokenSeconds?: number;
  /** How long a webhook waits for its answer. */
  readonly webhookTimeoutMs?: number;
};

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
  readonly #faults = new Faults();
  readonly #hooks: Hooks;
  readonly #server: Server;
  readonly #front: Front;
  #port = 0;

  private constructor(options: GitHubOptions) {
    const now = options.now ?? Date.now;
    this.world = new World(now);
    this.limits = new Limits(now, options.limits);
    this.tokens = new Tokens(() => this.world.seconds());
    this.#hooks = new Hooks(this.world, () => shapeOf(this.apiUrl), options.webhookTimeoutMs ?? 10_000);
    this.#front = new Front({
      apiUrl: () => this.apiUrl,
      world: this.world,
      limits: this.limits,
      tokens: this.tokens,
      lists: new Lists(() => this.apiUrl, { ...DEFAULT_CAPS, ...options.caps }),
      tokenSeconds: options.tokenSeconds ?? 3600,
      violations: this.violations,
    });
    this.addToken(this.token, { scopes: ['repo'] });
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        // A client that was killed while it asked did nothing wrong.
        if (!request.destroyed) this.violations.push(String(error));
        response.destroy();
      });
    });
  }

  static async start(options: GitHubOptions = {}): Promise<FakeGitHub> {
    const github = new FakeGitHub(options);
    await new Promise<void>((resolve) => github.#server.listen(0, '127.0.0.1', resolve));
    github.#port = (github.#server.address() as AddressInfo).port;
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
    return new FakeRepo(this.#hooks, stored);
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

  /** Installs an App for an owner's repositories, by default for all that there are now; returns the installation's id. */
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

  /** Takes a repository out of an installation: the App's tokens no longer see it if it is private. */
  uninstallFrom(app: FakeApp, installation: number, repo: FakeRepo): void {
    const found = installationOf(app, installation);
    found.repositories.delete(repo.id);
    this.#hooks.tellInstalled(found, 'removed', installationJson(this.world, shapeOf(this.apiUrl), app, found), [
      repo.stored,
    ]);
  }

  /** The webhook of an App, for one of its installations. */
  appWebhooks(app: FakeApp, installation: number, url: string, secret: string): FakeWebhook {
    return this.#hooks.addAppHook(app, installationOf(app, installation), url, secret);
  }

  fail(fault: GitHubFault): void {
    this.#faults.add(fault);
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
    const fault = this.#faults.take(pathAndQuery(record));
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
      answer = this.#front.answer(record, authorization, body);
      if (fault?.withheld) answer = withholding(answer, fault.withheld);
    }
    await fault?.until;
    this.#send(record, response, answer, fault?.cut === 'middle');
  }

  #send(record: GitHubRequest, response: ServerResponse, answer: Answer, cut: boolean): void {
    const text = answer.text ?? (answer.json === undefined ? '' : JSON.stringify(answer.json));
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
}

function installationOf(app: FakeApp, id: number): FakeInstallation {
  const found = app.installations.get(id);
  if (!found) throw new Error(`app ${app.id} has no installation ${id}`);
  return found;
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
