import { answerApp, installationOf, installedRepositories } from './github-apps.ts';
import type { Limits } from './github-limits.ts';
import { type Answer, type Lists, linkHeader, refusal } from './github-lists.ts';
import { commentJson, fullName, isoTime, issueJson, repositoryJson, type Shape, userJson } from './github-shapes.ts';
import { demand, type Identity, maySee, type Tokens } from './github-tokens.ts';
import type { StoredRepository, World } from './github-world.ts';

/** One REST call, once it may be answered. */
export type Call = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly identity: Identity;
  readonly shape: Shape;
};

export type Rest = {
  readonly world: World;
  readonly lists: Lists;
  readonly limits: Limits;
  readonly tokens: Tokens;
  readonly tokenSeconds: number;
};

const NOT_FOUND = () => refusal(404, 'Not Found');

export function answerRest(rest: Rest, call: Call): Answer {
  const { method, path } = call;
  const found = /^\/(?:repos\/([^/]+)\/([^/]+)|repositories\/(\d+))(\/.*)?$/.exec(path);
  if (found) {
    const [, owner = '', name = '', id, below = ''] = found;
    const repository = id ? rest.world.repositories.get(Number(id)) : rest.world.repositoryNamed(owner, name);
    if (!repository || repository.deleted) return NOT_FOUND();
    if (below === '/installation' && method === 'GET') return installationOf(rest, call, repository);
    if (!maySee(call.identity, repository)) return NOT_FOUND();
    if (!id && `${owner}/${name}`.toLowerCase() !== fullName(repository).toLowerCase())
      return moved(call, `/repositories/${repository.id}${below}`);
    if (repository.blocked) {
      const block = { reason: 'dmca', created_at: isoTime(repository.createdAt), html_url: null };
      return refusal(451, 'Repository access blocked', { block });
    }
    if (method !== 'GET') return NOT_FOUND();
    return answerRepository(rest, call, repository, below);
  }
  if (path === '/rate_limit' && method === 'GET') return rateLimit(rest, call);
  if (path === '/user' && method === 'GET') return user(rest, call);
  if (path === '/installation/repositories' && method === 'GET') return installedRepositories(rest, call);
  if (path === '/app' || path.startsWith('/app/')) return answerApp(rest, call);
  return NOT_FOUND();
}

function answerRepository(rest: Rest, call: Call, repository: StoredRepository, below: string): Answer {
  const { shape, query, identity } = call;
  if (below === '')
    return { status: 200, json: { ...repositoryJson(shape, repository), network_count: 0, subscribers_count: 0 } };
  demand(identity, repository, 'issues');
  if (!repository.hasIssues && below.startsWith('/issues')) return refusal(410, 'Issues are disabled for this repo');
  if (below === '/issues') {
    const { rows, links } = rest.lists.issues(repository, query);
    return {
      status: 200,
      json: rows.map((issue) => issueJson(shape, repository, issue)),
      headers: linkHeader(links),
    };
  }
  const comment = /^\/issues\/comments(?:\/(\d+))?$/.exec(below);
  if (comment?.[1] === undefined && comment) return comments(rest, call, repository);
  if (comment) {
    const one = repository.comments.get(Number(comment[1]));
    return one ? { status: 200, json: commentJson(shape, repository, one) } : NOT_FOUND();
  }
  const [, digits, part] = /^\/issues\/(\d+)(\/comments)?$/.exec(below) ?? [];
  if (digits === undefined) return NOT_FOUND();
  const number = Number(digits);
  const issue = repository.issues.get(number);
  if (issue && part) return comments(rest, call, repository, number);
  if (issue) return { status: 200, json: issueJson(shape, repository, issue) };
  const gone = repository.moved.get(number);
  const target = gone && rest.world.repositories.get(gone.repositoryId);
  if (gone && target && !target.deleted && maySee(identity, target))
    return moved(call, `/repositories/${gone.repositoryId}/issues/${gone.number}${part ?? ''}`);
  if (repository.deletedIssues.has(number)) return refusal(410, 'This issue was deleted');
  return NOT_FOUND();
}

function comments(rest: Rest, { shape, query }: Call, repository: StoredRepository, issue?: number): Answer {
  const { rows, links } = rest.lists.comments(repository, query, issue);
  return {
    status: 200,
    json: rows.map((comment) => commentJson(shape, repository, comment)),
    headers: linkHeader(links),
  };
}

function moved({ shape, query }: Call, path: string): Answer {
  const url = `${shape.apiUrl}${path}${query.size > 0 ? `?${query}` : ''}`;
  return { ...refusal(301, 'Moved Permanently', { url }), headers: { location: url } };
}

function rateLimit({ limits }: Rest, { identity, shape }: Call): Answer {
  const of = (resource: 'core' | 'graphql') => limits.budget(identity.key, resource);
  const core = of('core');
  const search = { limit: 30, remaining: 30, used: 0, reset: core.reset };
  const resources = { core, graphql: of('graphql'), search };
  return { status: 200, json: { resources, ...(shape.version < '2026-03-10' && { rate: core }) } };
}

function user({ world }: Rest, { identity, shape }: Call): Answer {
  if (identity.kind === 'anonymous') return refusal(401, 'Requires authentication');
  if (identity.login === undefined) return refusal(403, 'Resource not accessible by integration');
  return { status: 200, json: { ...userJson(shape, world.account(identity.login)), name: null, email: null } };
}
