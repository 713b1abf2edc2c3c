import type { Database } from '../sqlite.ts';
import { type CommentFilter, isOfSourcesAlone, type Narrowing, narrowingOf, passes } from './comment-filter.ts';

/** Numbers as JSON: to hand out each as a row of its own takes the driver eight times as long. */
type Numbers = { readonly numbers: string };
type AuthoredRow = { readonly row: number; readonly author: string };
type SourceRow = { readonly spec: string; readonly generation: number };

/** What a state, a moment and issues leave of a generation. Null: that one leaves everything. */
const FILTERED = `FROM comments c CROSS JOIN issues i ON i.id = c.issue
  WHERE c.generation = ?1 AND (?2 IS NULL OR i.state = ?2) AND (?3 IS NULL OR c.created_at >= ?3)
    AND (?4 IS NULL OR i.id IN (SELECT value FROM json_each(?4)))`;

const numbersOf = (found: unknown): number[] => JSON.parse((found as Numbers).numbers) as number[];

/** The rows that pass a filter, ascending. Words are compared as `passes` does, whatever SQLite takes for lower case. */
export function rowsOf(db: Database): (filter: CommentFilter) => Uint32Array {
  const selectSources = db.prepare('SELECT spec, generation FROM sources WHERE generation IS NOT NULL');
  // The index of generations alone has the answer.
  const selectAll = db.prepare(
    'SELECT json_group_array(row) AS numbers FROM comments INDEXED BY comments_by_generation WHERE generation = ?',
  );
  const selectLabels = db.prepare(
    `SELECT labels, json_group_array(id) AS numbers FROM issues
     WHERE generation = ?1 AND labels IS NOT NULL AND (?2 IS NULL OR state = ?2) GROUP BY labels`,
  );
  const selectFiltered = db.prepare(`SELECT json_group_array(c.row) AS numbers ${FILTERED}`);
  // The database knows upper and lower case of ASCII alone: other authors are left to `passes`.
  const selectOfAuthor = db.prepare(
    `SELECT c.row AS row, c.author AS author ${FILTERED} AND (lower(c.author) = ?5 OR c.author GLOB '*[^ -~]*')`,
  );

  /** Issues are a fraction of their comments, and many have the same labels: those are looked at once. */
  const issuesWith = (source: string, generation: number, { state, labels = [] }: Narrowing): string | null => {
    if (labels.length === 0) return null;
    const issues = selectLabels.all(generation, state ?? null) as (Numbers & { readonly labels: string })[];
    const found = issues.filter((alike) =>
      passes({ source, labels: JSON.parse(alike.labels) as string[] }, { labels }),
    );
    return JSON.stringify(found.flatMap(numbersOf));
  };

  const rowsIn = (source: string, generation: number, narrowing: Narrowing): readonly number[] => {
    const { state, since, author } = narrowing;
    const parameters = [generation, state ?? null, since ?? null, issuesWith(source, generation, narrowing)] as const;
    if (author === undefined) return numbersOf(selectFiltered.get(...parameters));
    const found = selectOfAuthor.all(...parameters, author.toLowerCase()) as AuthoredRow[];
    return found.filter((row) => passes({ source, author: row.author }, { author })).map(({ row }) => row);
  };

  return (filter) => {
    const { sources } = filter;
    const all = selectSources.all() as SourceRow[];
    const rows = all
      .filter(({ spec }) => sources === undefined || sources.includes(spec))
      .flatMap(({ spec, generation }) => {
        if (isOfSourcesAlone(filter)) return numbersOf(selectAll.get(generation));
        const narrowing = narrowingOf(spec, filter);
        return narrowing ? rowsIn(spec, generation, narrowing) : [];
      });
    return Uint32Array.from(rows).sort();
  };
}
