import type { Database } from '../sqlite.ts';
import type { Comment } from './store.ts';

const PAGE = 256;

type CommentRow = { readonly [Field in keyof Omit<Comment, 'labels' | Flag>]: Comment[Field] | null } & {
  readonly labels: string | null;
} & { readonly [Field in Flag]: number | null };
type Flag = 'accepted' | 'byReporter';

/** Reads comments as the contract gives them. */
export type CommentRows = {
  byRow(row: number): Comment | undefined;
  /** Of these sources, of all when there are none. */
  byKey(key: string, sources?: readonly string[]): Comment | undefined;
  /** All that can be found, ascending by row, in pages. */
  scan(): AsyncIterable<readonly Comment[]>;
  /** Those of one generation of a source, published or not. */
  scanGeneration(spec: string, generation: number): AsyncIterable<readonly Comment[]>;
};

const COLUMNS = `c.row AS row, c.key AS key, c.text AS text, i.title AS title, i.body AS body,
  i.url AS issueUrl, i.state AS issueState, i.state_reason AS issueStateReason,
  i.closed_at AS issueClosedAt, i.labels AS labels,
  i.closed_by AS closedBy, c.key = i.answer AS accepted, c.url AS url, c.author AS author, c.association AS authorAssociation,
  c.author = i.author AS byReporter, c.reactions AS reactions,
  c.created_at AS createdAt`;
// CROSS JOIN keeps the order written: comments first, so that pages come from them in order and nothing is sorted.
const VISIBLE = `SELECT ${COLUMNS}, s.spec AS source FROM comments c
  CROSS JOIN sources s ON s.generation = c.generation CROSS JOIN issues i ON i.id = c.issue`;
const OF_GENERATION = `SELECT ${COLUMNS}, ? AS source FROM comments c CROSS JOIN issues i ON i.id = c.issue
  WHERE c.generation = ?`;

export function commentRows(db: Database): CommentRows {
  const selectRow = db.prepare(`${VISIBLE} WHERE c.row = ?`);
  const selectKey = db.prepare(
    `${VISIBLE} WHERE c.key = ?1 AND (?2 IS NULL OR s.spec IN (SELECT value FROM json_each(?2)))
     ORDER BY s.spec NOT LIKE 'github:%', c.row LIMIT 1`,
  );
  const selectPage = db.prepare(`${VISIBLE} WHERE c.row > ? ORDER BY c.row LIMIT ${PAGE}`);
  const selectGenerationPage = db.prepare(`${OF_GENERATION} AND c.row > ? ORDER BY c.row LIMIT ${PAGE}`);

  async function* pages(select: (after: number) => unknown[]): AsyncIterable<readonly Comment[]> {
    for (let after = -1; ; ) {
      const page = (select(after) as CommentRow[]).map(toComment);
      if (page.length === 0) return;
      after = page.at(-1)?.row ?? after;
      yield page;
    }
  }

  return {
    byRow: (row) => optional(selectRow.get(row)),
    byKey: (key, sources) => optional(selectKey.get(key, sources ? JSON.stringify(sources) : null)),
    scan: () => pages((after) => selectPage.all(after)),
    scanGeneration: (spec, generation) => pages((after) => selectGenerationPage.all(spec, generation, after)),
  };
}

function optional(row: unknown): Comment | undefined {
  return row === undefined ? undefined : toComment(row as CommentRow);
}

function toComment(row: CommentRow): Comment {
  const { issueState, issueStateReason, issueClosedAt, labels, url, author, authorAssociation, reactions, createdAt } =
    row;
  const { closedBy, accepted, byReporter } = row;
  return {
    ...(row as unknown as Comment),
    issueState: issueState ?? undefined,
    issueStateReason: issueStateReason ?? undefined,
    issueClosedAt: issueClosedAt ?? undefined,
    labels: labels === null ? undefined : (JSON.parse(labels) as string[]),
    closedBy: closedBy ?? undefined,
    accepted: accepted === 1 || undefined,
    byReporter: byReporter === 1 || undefined,
    url: url ?? undefined,
    author: author ?? undefined,
    authorAssociation: authorAssociation ?? undefined,
    reactions: reactions ?? undefined,
    createdAt: createdAt ?? undefined,
  };
}
