import { type Connection, type Field, TYPES } from './github-graphql-types.ts';
import type { Limits } from './github-limits.ts';
import { type Answer, refusal } from './github-lists.ts';
import { QueryError, readQuery, type Selection } from './github-query.ts';
import { fullName, isoTime, nodeId } from './github-shapes.ts';
import { type Identity, maySee, type Permission } from './github-tokens.ts';
import type { StoredRepository, World } from './github-world.ts';

type Json = Record<string, unknown>;
type Path = readonly (string | number)[];
/** What a query may cost, known before it is run. */
type Cost = { nodes: number; requests: number };

const MAX_RECORDS = 100;
const MAX_NODES = 500_000;
const ACTORS = ['User', 'Bot', 'Organization', 'Mannequin'];
const NEEDS: Readonly<Record<string, Permission>> = {
  discussions: 'discussions',
  discussion: 'discussions',
  issues: 'issues',
  issue: 'issues',
};

/** One GraphQL call: GitHub answers 200 to nearly everything and tells in `errors` what was wrong. */
export function answerGraphql(world: World, limits: Limits, identity: Identity, body: unknown): Answer {
  if (identity.kind === 'anonymous') return refusal(401, 'This endpoint requires you to be authenticated.');
  const { query, variables } = (body ?? {}) as { query?: unknown; variables?: Json };
  if (typeof query !== 'string') return failed('A query attribute must be specified and must be a string.');
  try {
    const operation = readQuery(query, variables ?? {});
    if (operation.kind !== 'query') return failed(`Operations of the kind ${operation.kind} are not served here`);
    const cost: Cost = { nodes: 0, requests: 0 };
    check('Query', operation.selections, { times: 1, path: ['query'], cost });
    if (cost.nodes > MAX_NODES) {
      const nodes = cost.nodes.toLocaleString('en-US');
      throw new QueryError(
        `This query requests up to ${nodes} possible nodes which exceeds the maximum limit of 500,000.`,
        { type: 'MAX_NODE_LIMIT_EXCEEDED' },
      );
    }
    const points = Math.max(1, Math.round(cost.requests / 100));
    // The first point was taken when the call was let in.
    const budget = limits.budget(identity.key, 'graphql');
    if (budget.remaining < points - 1) return graphqlSpent();
    budget.remaining -= points - 1;
    budget.used += points - 1;
    const { reset, ...left } = budget;
    const rateLimit = { ...left, cost: points, nodeCount: cost.nodes, resetAt: isoTime(reset) };
    return new Execution(world, identity, rateLimit).answer(operation.selections);
  } catch (error) {
    if (error instanceof QueryError) return failed(error.message, error.more);
    throw error;
  }
}

/** The hour's points are spent: an answer of 200, unlike REST's. */
export function graphqlSpent(): Answer {
  return failed('API rate limit exceeded for user ID 1.', { type: 'RATE_LIMITED' });
}

function failed(message: string, more: Json = {}): Answer {
  return { status: 200, json: { errors: [{ ...more, message }] } };
}

/** Refuses what the schema does not have, and adds up what is asked for. */
function check(
  type: string,
  selections: readonly Selection[],
  { times, path, cost }: { readonly times: number; readonly path: Path; readonly cost: Cost },
): void {
  for (const { key, name, args, selections: below, on } of selections) {
    const inNode = type === 'Node' && on === 'DiscussionComment';
    if (on !== undefined && on !== type && !inNode && !(type === 'Actor' && ACTORS.includes(on)))
      throw new QueryError(`Fragment on ${on} can't be spread inside ${type}`);
    if (name === '__typename') continue;
    const here = [...path, key];
    const field: Field | undefined = TYPES[inNode ? on : type]?.[name];
    if (!field) {
      throw new QueryError(`Field '${name}' doesn't exist on type '${type}'`, {
        path: here,
        extensions: { code: 'undefinedField', typeName: type, fieldName: name },
      });
    }
    for (const arg of Object.keys(args)) {
      if (!field.args?.includes(arg))
        throw new QueryError(`Field '${name}' doesn't accept argument '${arg}'`, {
          path: here,
          extensions: { code: 'argumentNotAccepted' },
        });
    }
    if (field.type === undefined && below)
      throw new QueryError(`Selections can't be made on scalars (field '${name}' has selections)`, { path: here });
    if (field.type === undefined) continue;
    if (!below?.length)
      throw new QueryError(
        `Field must have selections (field '${name}' returns ${field.type} but has no selections.)`,
        {
          path: here,
        },
      );
    const records = field.args?.includes('first') ? recordsOf(name, args, here) : undefined;
    if (records !== undefined) {
      cost.requests += times;
      cost.nodes += times * records;
    }
    check(field.type, below, { times: times * (records ?? 1), path: here, cost });
  }
}

function recordsOf(name: string, { first, last }: Json, path: Path): number {
  const records = first ?? last;
  if (typeof records !== 'number') {
    throw new QueryError(
      `You must provide a \`first\` or \`last\` value to properly paginate the \`${name}\` connection.`,
      { type: 'MISSING_PAGINATION_BOUNDARIES', path },
    );
  }
  if (records > MAX_RECORDS || records < 1) {
    const limit = first === undefined ? 'last' : 'first';
    throw new QueryError(
      `Requesting ${records} records on the \`${name}\` connection exceeds the \`${limit}\` limit of 100 records.`,
      { type: 'EXCESSIVE_PAGINATION', path },
    );
  }
  return records;
}

class Execution {
  readonly #world: World;
  readonly #identity: Identity;
  readonly #rateLimit: Json;
  readonly #errors: Json[] = [];

  constructor(world: World, identity: Identity, rateLimit: Json) {
    this.#world = world;
    this.#identity = identity;
    this.#rateLimit = rateLimit;
  }

  answer(selections: readonly Selection[]): Answer {
    const data = this.#object('Query', {}, selections, []);
    return { status: 200, json: { data, ...(this.#errors.length > 0 && { errors: this.#errors }) } };
  }

  #object(type: string, source: unknown, selections: readonly Selection[], path: Path): Json {
    const result: Json = {};
    for (const selection of selections) {
      const { key, name, on } = selection;
      const actor = type === 'Actor' ? (source as { type: string }).type : undefined;
      if (on !== undefined && actor !== undefined && on !== actor && on !== type) continue;
      if (name === '__typename') result[key] = actor ?? type;
      else result[key] = merged(result[key], this.#field(type, source, selection, [...path, key]));
    }
    return result;
  }

  #field(type: string, source: unknown, { name, args, selections = [] }: Selection, path: Path): unknown {
    const field = (TYPES[type]?.[name] ?? TYPES.DiscussionComment?.[name]) as Field;
    if (field.type === 'PullRequestConnection' && this.#lacksPulls(source as { repository: StoredRepository })) {
      this.#errors.push({ type: 'FORBIDDEN', path, message: 'Resource not accessible' });
      return null;
    }
    const value = type === 'Query' ? this.#root(name, args, selections, path) : field.get(source as never, args);
    if (value === null || value === undefined || field.type === undefined) return value ?? null;
    const inside = (one: unknown, at: Path) => this.#object(field.type as string, one, selections, at);
    if (Array.isArray(value)) return value.map((one, at) => inside(one, [...path, at]));
    return inside(field.args?.includes('first') ? slice(value as Connection, args) : value, path);
  }

  #root(name: string, args: Json, selections: readonly Selection[], path: Path): unknown {
    if (name === 'rateLimit') return this.#rateLimit;
    if (name === 'node') return this.#node(String(args.id), path);
    const { owner, name: asked, followRenames } = args;
    const repository = this.#world.repositoryNamed(String(owner), String(asked));
    const isRenamed = repository && fullName(repository).toLowerCase() !== `${owner}/${asked}`.toLowerCase();
    const hidden = !repository || repository.deleted || repository.blocked || !maySee(this.#identity, repository);
    if (hidden || (isRenamed && followRenames === false)) {
      const message = `Could not resolve to a Repository with the name '${owner}/${asked}'.`;
      this.#errors.push({ type: 'NOT_FOUND', path, message });
      return null;
    }
    return this.#isForbidden(repository, selections, path) ? null : repository;
  }

  #lacksPulls({ repository }: { readonly repository: StoredRepository }): boolean {
    const { kind, permissions } = this.#identity;
    return repository.private && kind !== 'classic' && !permissions.pull_requests;
  }

  /** Of a discussion's comment: other nodes are not served. */
  #node(id: string, path: Path): unknown {
    for (const repository of this.#world.repositories.values()) {
      if (repository.deleted || repository.blocked || !maySee(this.#identity, repository)) continue;
      for (const discussion of repository.discussions.values()) {
        const comment = discussion.comments.find((one) => nodeId('DC', one.id) === id);
        if (comment) return { repository, discussion, comment };
      }
    }
    this.#errors.push({
      type: 'NOT_FOUND',
      path,
      message: `Could not resolve to a node with the global id of '${id}'.`,
    });
    return null;
  }

  /** Of a field that cannot be null nothing is left but its parent's null. */
  #isForbidden(repository: StoredRepository, selections: readonly Selection[], path: Path): boolean {
    const { kind, permissions } = this.#identity;
    if (!repository.private || kind === 'classic') return false;
    const refused = selections.find(({ name }) => NEEDS[name] && !permissions[NEEDS[name]]);
    if (!refused) return false;
    const by = kind === 'installation' ? 'integration' : 'personal access token';
    this.#errors.push({
      type: 'FORBIDDEN',
      path: [...path, refused.key],
      message: `Resource not accessible by ${by}`,
    });
    return true;
  }
}

function slice({ rows, orderOf, descending }: Connection, { first, last, after, before }: Json): Json {
  const sign = descending ? -1 : 1;
  const order = (a: readonly [number, number], b: readonly [number, number]) => sign * (a[0] - b[0] || a[1] - b[1]);
  const place = (row: unknown) => orderOf(row as never);
  const sorted = [...rows].sort((a, b) => order(place(a), place(b)));
  const [from, to] = [cursorOf(after), cursorOf(before)];
  const start = from ? sorted.filter((row) => order(place(row), from) <= 0).length : 0;
  const end = to ? sorted.filter((row) => order(place(row), to) < 0).length : sorted.length;
  const begin = first === undefined ? Math.max(start, end - Number(last)) : start;
  const stop = first === undefined ? end : Math.min(end, start + Number(first));
  const nodes = sorted.slice(begin, stop);
  const cursor = (row: unknown) => (row === undefined ? null : cursorText(place(row)));
  return {
    nodes,
    totalCount: rows.length,
    hasNextPage: stop < sorted.length,
    hasPreviousPage: begin > 0,
    startCursor: cursor(nodes[0]),
    endCursor: cursor(nodes.at(-1)),
  };
}

function cursorText(place: readonly [number, number]): string {
  return Buffer.from(`cursor:v2:${JSON.stringify(place)}`).toString('base64');
}

function cursorOf(text: unknown): readonly [number, number] | undefined {
  if (text === undefined || text === null) return undefined;
  const inside = /^cursor:v2:(\[\d+,\d+\])$/.exec(Buffer.from(String(text), 'base64').toString())?.[1];
  if (!inside)
    throw new QueryError(`\`${text}\` does not appear to be a valid cursor.`, { type: 'INVALID_CURSOR_ARGUMENTS' });
  return JSON.parse(inside) as [number, number];
}

/** The same field selected twice is one field with both selections. */
function merged(known: unknown, value: unknown): unknown {
  const isObject = (one: unknown) => typeof one === 'object' && one !== null && !Array.isArray(one);
  return isObject(known) && isObject(value) ? { ...(known as Json), ...(value as Json) } : value;
}
