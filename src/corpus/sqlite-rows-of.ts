import type { Database } from '../sqlite.ts';
import { type CommentFilter, isOfSourcesAlone, type Narrowing, narrowingOf, passes } from './comment-filter.ts';

type Row = { readonly row: number };
type SourceRow = { readonly spec: string; readonly generation: number };

/** What a state, a moment and issues leave of a generation. Null: that one leaves everything. */
const FILTERED = `FROM comments c CROSS JOIN issues i ON i.id = c.issue
  WHERE c.generation = ?1 AND (?2 IS NULL OR i.state = ?2) AND (?3 IS NULL OR c.created_at >= ?3)
    AND (?4 IS NULL OR i.id IN (SELECT value FROM json_each(?4)))`;

/** The rows that pass a filter, ascending. Words are compared as `passes` does, whatever SQLite takes for lower case. */
export function rowsOf(db: Database): (filter: CommentFilter) => Uint32Array {
  const selectSources = db.prepare('SELECT spec, generation FROM sources WHERE generation IS NOT NULL');
  // The index of generations alone has the answer.
  const selectAll = db.prepare('SELECT row FROM comments INDEXED BY comments_by_generation WHERE generation = ?');
  const selectLabels = db.prepare(
    'SELECT id, labels FROM issues WHERE generation = ?1 AND labels IS NOT NULL AND (?2 IS NULL OR state = ?2)',
  );
  const selectFiltered = db.prepare(`SELECT c.row AS row ${FILTERED}`);
  // The database knows upper and lower case of ASCII alone: other authors are left to `passes`.
  const selectOfAuthor = db.prepare(
    `SELECT c.row AS row, c.author AS author ${FILTERED} AND (lower(c.author) = ?5 OR c.author GLOB '*[^ -~]*')`,
  );

  /** Issues are a fraction of their comments: their labels are looked at once. */
  const issuesWith = (source: string, generation: number, { state, labels = [] }: Narrowing): string | null => {
    if (labels.length === 0) return null;
    const issues = selectLabels.all(generation, state ?? null) as { readonly id: number; readonly labels: string }[];
    const found = issues.filter((issue) =>
      passes({ source, labels: JSON.parse(issue.labels) as string[] }, { labels }),
    );
    return JSON.stringify(found.map(({ id }) => id));
  };

  const rowsIn = (source: string, generation: number, narrowing: Narrowing): readonly Row[] => {
    const { state, since, author } = narrowing;
    const parameters = [generation, state ?? null, since ?? null, issuesWith(source, generation, narrowing)] as const;
    if (author === undefined) return selectFiltered.all(...parameters) as Row[];
    const found = selectOfAuthor.all(...parameters, author.toLowerCase()) as (Row & { readonly author: string })[];
    return found.filter((row) => passes({ source, author: row.author }, { author }));
  };

  return (filter) => {
    const { sources } = filter;
    const all = selectSources.all() as SourceRow[];
    const rows = all
      .filter(({ spec }) => sources === undefined || sources.includes(spec))
      .flatMap(({ spec, generation }) => {
        if (isOfSourcesAlone(filter)) return selectAll.all(generation) as Row[];
        const narrowing = narrowingOf(spec, filter);
        return narrowing ? rowsIn(spec, generation, narrowing) : [];
      });
    return Uint32Array.from(rows, ({ row }) => row).sort();
  };
}
