import { UnavailableError } from '../errors.ts';
import type { RepositoryApi } from '../github/github.ts';

const SPEC = /^github:([\w-][\w.-]*\/[\w.-]+)$/;

/** `OWNER/NAME` of `github:OWNER/NAME`; undefined for other sources. */
export function repositoryOf(spec: string): string | undefined {
  return SPEC.exec(spec)?.[1];
}

/** An answer to remember: to exactly this address nothing had changed since. */
export type Mark = { readonly url: string; readonly etag: string };

export type ListedPage = {
  readonly rows: readonly unknown[];
  /** Everything that was updated before is on this page or an earlier one: where to go on. Null: from the start. */
  readonly since: string | null;
  /** For the next listing that begins at the same place. */
  readonly mark: Mark | undefined;
};

/** GitHub's clocks and replicas are not all of the same second. */
const OVERLAP_MS = 5_000;
const ROWS_PER_PAGE = 100;

/**
 * All rows of a listing that were updated since a moment (inclusive), oldest first; nothing when a mark says that
 * nothing changed.
 *
 * Every page is a first page that begins where the one before ended. A list that is paged through shifts when one of
 * its rows is edited meanwhile, so that a row at the border of two pages is missed; and GitHub refuses deep pages.
 * Only where one second holds more than a page are links followed.
 */
export async function* listSince(
  api: RepositoryApi,
  path: string,
  {
    since,
    mark,
    signal,
  }: { readonly since: string | null; readonly mark?: Mark | undefined; readonly signal?: AbortSignal | undefined },
): AsyncIterable<ListedPage> {
  let reached = since;
  let url = addressOf(path, since && earlier(since));
  const first = url;
  for (;;) {
    const etag = mark?.url === url ? mark.etag : undefined;
    const { data, unchanged, etag: newEtag, next } = await api.get(url, { etag, signal });
    if (unchanged) return;
    if (!Array.isArray(data)) throw new UnavailableError(`GitHub's answer to ${path} is no list. It is tried again.`);
    const newest = newestOf(data);
    const moved = newest !== undefined && (reached === null || newest > reached);
    if (moved) reached = newest;
    yield { rows: data, since: reached, mark: url === first && newEtag && !next ? { url, etag: newEtag } : undefined };
    if (!next) return;
    url = moved && reached ? addressOf(path, reached) : next;
  }
}

/** All rows of a listing, page by page. */
export async function* listAll(
  api: RepositoryApi,
  path: string,
  signal?: AbortSignal,
): AsyncIterable<readonly unknown[]> {
  for (let url: string | undefined = `${path}?per_page=${ROWS_PER_PAGE}`; url !== undefined; ) {
    const response: Awaited<ReturnType<RepositoryApi['get']>> = await api.get(url, { signal });
    if (!Array.isArray(response.data))
      throw new UnavailableError(`GitHub's answer to ${path} is no list. It is tried again.`);
    yield response.data;
    url = response.next;
  }
}

function addressOf(path: string, since: string | null): string {
  const query = new URLSearchParams({ sort: 'updated', direction: 'asc', per_page: String(ROWS_PER_PAGE) });
  // Issues alone have one, and are listed only while they are open without it.
  if (path.endsWith('/issues')) query.set('state', 'all');
  if (since !== null) query.set('since', since);
  return `${path}?${query}`;
}

function newestOf(rows: readonly unknown[]): string | undefined {
  const times = rows.map((row) => (row as { updated_at?: unknown } | null)?.updated_at);
  return times
    .filter((time): time is string => typeof time === 'string')
    .reduce<string | undefined>((newest, time) => (newest === undefined || time > newest ? time : newest), undefined);
}

function earlier(time: string): string {
  return new Date(Date.parse(time) - OVERLAP_MS).toISOString().replace('.000Z', 'Z');
}
