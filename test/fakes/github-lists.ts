import type { StoredComment, StoredIssue, StoredRepository } from './github-world.ts';

/** An answer without its envelope. `json` undefined is an empty body. */
export type Answer = {
  readonly status: number;
  readonly json?: unknown;
  /** `json` as it is sent, once that is known. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

export type ListCaps = {
  /** Rows up to which issues may be asked for by page number alone. */
  readonly issueRowsByPage: number;
  /** Rows up to which a repository's comments are listed at all. */
  readonly commentRows: number;
};

type Row = StoredIssue | StoredComment;
type Page<T> = { readonly rows: readonly T[]; readonly links: Readonly<Record<string, string>> };

const DOCS = 'https://docs.github.com/rest';
const MAX_PER_PAGE = 100;
const KEPT_LISTS = 16;
/** What GitHub would filter by and this does not; parameters that GitHub does not know it ignores. */
const NOT_SERVED = ['milestone', 'assignee', 'type', 'mentioned', 'issue_field_values'];

export function refusal(status: number, message: string, more: Record<string, unknown> = {}): Answer {
  return { status, json: { message, documentation_url: DOCS, status: String(status), ...more } };
}

/** Thrown by whatever notices that an answer has to be another one. */
export class Refused extends Error {
  readonly answer: Answer;
  constructor(answer: Answer) {
    super(`refused with ${answer.status}`);
    this.answer = answer;
  }
}

export function linkHeader(links: Readonly<Record<string, string>>): Record<string, string> {
  const parts = Object.entries(links).map(([rel, url]) => `<${url}>; rel="${rel}"`);
  return parts.length === 0 ? {} : { link: parts.join(', ') };
}

/** Lists of one repository, sorted and filtered as the query asks, with GitHub's two ways of paging. */
export class Lists {
  readonly #apiUrl: () => string;
  readonly #caps: ListCaps;
  readonly #kept = new Map<string, { readonly version: number; readonly rows: readonly Row[] }>();

  constructor(apiUrl: () => string, caps: ListCaps) {
    this.#apiUrl = apiUrl;
    this.#caps = caps;
  }

  /** Issues and pull requests: a cursor in `after`, next to a page number that is only shown. */
  issues(repository: StoredRepository, query: URLSearchParams): Page<StoredIssue> {
    demandServed(query);
    const state = oneOf(query, 'state', ['open', 'closed', 'all'], 'open');
    const sort = oneOf(query, 'sort', ['created', 'updated', 'comments'], 'created');
    const direction = oneOf(query, 'direction', ['asc', 'desc'], 'desc');
    const since = sinceOf(query);
    const labels = (query.get('labels') ?? '').split(',').filter(Boolean);
    const creator = query.get('creator')?.toLowerCase();
    const orderOf = (issue: StoredIssue) =>
      sort === 'created' ? issue.createdAt : sort === 'updated' ? issue.updatedAt : issue.comments;
    const key = ['issues', repository.id, state, sort, direction, since, labels, creator].join(' ');
    const rows = this.#list(key, repository, () =>
      sorted(
        [...repository.issues.values()].filter(
          (issue) =>
            (state === 'all' || issue.state === state) &&
            issue.updatedAt >= since &&
            labels.every((label) => issue.labels.includes(label)) &&
            (creator === undefined || issue.user?.login.toLowerCase() === creator),
        ),
        orderOf,
        direction,
      ),
    );
    const perPage = perPageOf(query);
    const page = pageOf(query);
    const after = cursorOf(query.get('after'));
    const before = cursorOf(query.get('before'));
    if (!after && !before && page * perPage > this.#caps.issueRowsByPage) {
      throw new Refused(
        refusal(
          422,
          'Pagination with the page parameter is not supported for large datasets, please use cursor based pagination (after/before)',
        ),
      );
    }
    const isPast = (issue: StoredIssue, [value, id]: readonly [number, number]) => {
      const order = orderOf(issue) - value || issue.id - id;
      return direction === 'asc' ? order > 0 : order < 0;
    };
    let start = (page - 1) * perPage;
    let end = start + perPage;
    if (after) {
      start = firstWhere(rows, (issue) => isPast(issue, after));
      end = start + perPage;
    }
    if (before) {
      end = firstWhere(rows, (issue) => issue.id === before[1] || isPast(issue, before));
      start = Math.max(0, end - perPage);
    }
    const shown = rows.slice(start, end);
    const path = `/repositories/${repository.id}/issues`;
    const links: Record<string, string> = {};
    const first = shown[0];
    const last = shown.at(-1);
    if (first && start > 0) {
      const cursor = cursorText(orderOf(first), first.id);
      links.prev = this.#link(path, query, { before: cursor, page: Math.max(1, page - 1) });
    }
    if (last && end < rows.length)
      links.next = this.#link(path, query, { after: cursorText(orderOf(last), last.id), page: page + 1 });
    return { rows: shown, links };
  }

  /** All comments of a repository, or of one issue: page numbers, so that a list that changes shifts. */
  comments(repository: StoredRepository, query: URLSearchParams, issue?: number): Page<StoredComment> {
    const whole = issue === undefined;
    const sort = whole ? oneOf(query, 'sort', ['created', 'updated'], 'created') : 'created';
    const asked = oneOf(query, 'direction', ['asc', 'desc'], 'asc');
    // Ignored without `sort`.
    const direction = whole && query.has('sort') ? asked : 'asc';
    const since = sinceOf(query);
    const key = ['comments', repository.id, issue, sort, direction, since].join(' ');
    const rows = this.#list(key, repository, () =>
      sorted(
        [...repository.comments.values()].filter(
          (comment) => comment.updatedAt >= since && (whole || comment.issue === issue),
        ),
        (comment) => (sort === 'created' ? comment.createdAt : comment.updatedAt),
        direction,
      ),
    );
    const perPage = perPageOf(query);
    const page = pageOf(query);
    const lastAllowed = Math.floor(this.#caps.commentRows / perPage);
    if (whole && page > lastAllowed) {
      throw new Refused(
        refusal(
          422,
          'In order to keep the API fast for everyone, pagination is limited for this resource. Check the rel=last link relation in the Link response header to see how far back you can traverse.',
        ),
      );
    }
    const pages = Math.ceil(rows.length / perPage);
    const path = `/repositories/${repository.id}/issues${whole ? '' : `/${issue}`}/comments`;
    const links: Record<string, string> = {};
    const to = (number: number) => this.#link(path, query, { page: number });
    if (page > 1) links.prev = to(Math.min(page - 1, Math.max(1, pages)));
    if (page < pages) {
      links.next = to(page + 1);
      links.last = to(whole ? Math.min(pages, lastAllowed) : pages);
    }
    if (page > 1) links.first = to(1);
    return { rows: rows.slice((page - 1) * perPage, page * perPage), links };
  }

  #list<T extends Row>(key: string, repository: StoredRepository, make: () => readonly T[]): readonly T[] {
    const kept = this.#kept.get(key);
    if (kept?.version === repository.version) return kept.rows as readonly T[];
    const rows = make();
    this.#kept.delete(key);
    this.#kept.set(key, { version: repository.version, rows });
    if (this.#kept.size > KEPT_LISTS) this.#kept.delete(this.#kept.keys().next().value as string);
    return rows;
  }

  #link(path: string, query: URLSearchParams, changed: Record<string, string | number>): string {
    const params = new URLSearchParams(query);
    for (const name of ['after', 'before', 'page']) params.delete(name);
    for (const [name, value] of Object.entries(changed)) params.set(name, String(value));
    return `${this.#apiUrl()}${path}?${params}`;
  }
}

function demandServed(query: URLSearchParams): void {
  const unserved = NOT_SERVED.find((name) => query.has(name));
  if (unserved !== undefined) throw new Error(`the local GitHub does not serve the parameter ${unserved}`);
}

function sorted<T extends Row>(rows: T[], orderOf: (row: T) => number, direction: string): T[] {
  const sign = direction === 'asc' ? 1 : -1;
  return rows.sort((a, b) => sign * (orderOf(a) - orderOf(b) || a.id - b.id));
}

/** Where a condition that holds from some row on begins to hold. */
function firstWhere<T>(rows: readonly T[], holds: (row: T) => boolean): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(rows[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function cursorText(value: number, id: number): string {
  return Buffer.from(`cursor:v2:${JSON.stringify([value, id])}`).toString('base64');
}

function cursorOf(text: string | null): readonly [number, number] | undefined {
  if (text === null) return undefined;
  const inside = /^cursor:v2:(\[\d+,\d+\])$/.exec(Buffer.from(text, 'base64').toString())?.[1];
  if (!inside) throw new Refused(refusal(422, 'Invalid cursor'));
  return JSON.parse(inside) as [number, number];
}

function oneOf<T extends string>(query: URLSearchParams, field: string, values: readonly T[], otherwise: T): T {
  const value = query.get(field);
  if (value === null || value === '') return otherwise;
  const found = values.find((one) => one === value);
  if (!found) throw invalid(field, value);
  return found;
}

function sinceOf(query: URLSearchParams): number {
  const text = query.get('since');
  if (text === null || text === '') return 0;
  const time = Date.parse(text);
  if (!/^\d{4}-\d\d-\d\dT/.test(text) || Number.isNaN(time)) throw invalid('since', text);
  return Math.floor(time / 1000);
}

function perPageOf(query: URLSearchParams): number {
  const number = Number(query.get('per_page') ?? 30);
  return Number.isInteger(number) && number > 0 ? Math.min(number, MAX_PER_PAGE) : 30;
}

function pageOf(query: URLSearchParams): number {
  const number = Number(query.get('page') ?? 1);
  return Number.isInteger(number) && number > 0 ? number : 1;
}

function invalid(field: string, value: string): Refused {
  return new Refused(
    refusal(422, 'Validation Failed', { errors: [{ value, resource: 'Issue', field, code: 'invalid' }] }),
  );
}
