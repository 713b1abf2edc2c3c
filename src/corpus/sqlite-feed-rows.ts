import type { Database } from '../sqlite.ts';
import { issueValues, optional, storable } from './sqlite-values.ts';
import type { FeedChanges, FeedComment, FeedCounts, FeedIssue } from './store.ts';

type IssueRow = {
  readonly id: number;
  readonly url: string;
  readonly title: string;
  readonly body: string;
  readonly labels: string | null;
  readonly closed_at: string | null;
  readonly closed_by: string | null;
  readonly answer: string | null;
  readonly updated_at: string | null;
};
type CommentRow = {
  readonly row: number;
  readonly issue: number;
  readonly text: string;
  readonly author: string | null;
  readonly updated_at: string | null;
};

type Outcome = 'added' | 'changed' | 'removed' | 'same';

/** The issues and comments of followed sources, each by the generation that holds them. */
export type FeedRows = {
  /** Puts and removes what changed; to be called within a transaction, by whoever holds the run. */
  change(generation: number, changes: FeedChanges): FeedCounts;
  hasIssue(generation: number, number: number): boolean;
  hasComment(generation: number, key: string): boolean;
};

type FeedRowsContext = {
  readonly db: Database;
  /** Lower case. */
  readonly excluded: ReadonlySet<string>;
};

export function sqliteFeedRows({ db, excluded }: FeedRowsContext): FeedRows {
  const selectIssue = db.prepare(
    'SELECT id, url, title, body, labels, closed_at, closed_by, answer, updated_at FROM issues WHERE generation = ? AND number = ?',
  );
  const insertIssue = db.prepare(
    `INSERT INTO issues (url, title, body, state, state_reason, author, closed_at, labels, closed_by, answer, updated_at, seen, generation, number)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const updateIssue = db.prepare(
    `UPDATE issues SET url = ?, title = ?, body = ?, state = ?, state_reason = ?, author = ?, closed_at = ?, labels = ?, closed_by = ?,
       answer = ?, updated_at = ?, seen = ? WHERE id = ?`,
  );
  const seeIssue = db.prepare('UPDATE issues SET seen = ? WHERE id = ?');
  const deleteIssue = db.prepare('DELETE FROM issues WHERE id = ?');
  const selectComment = db.prepare(
    'SELECT row, issue, text, author, updated_at FROM comments WHERE key = ? AND generation = ?',
  );
  const hasComments = db.prepare('SELECT 1 FROM comments WHERE issue = ? LIMIT 1');
  const insertComment = db.prepare(
    `INSERT INTO comments (issue, text, url, author, association, reactions, created_at, updated_at, seen, key, generation)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const updateComment = db.prepare(
    `UPDATE comments SET issue = ?, text = ?, url = ?, author = ?, association = ?, reactions = ?, created_at = ?,
       updated_at = ?, seen = ? WHERE row = ?`,
  );
  const seeComment = db.prepare('UPDATE comments SET seen = ? WHERE row = ?');
  const deleteComment = db.prepare('DELETE FROM comments WHERE key = ? AND generation = ?');
  const deleteRest = db.prepare(
    'DELETE FROM comments WHERE issue = ? AND created_at < ? AND key NOT IN (SELECT value FROM json_each(?))',
  );
  const deleteCommentsOf = db.prepare('DELETE FROM comments WHERE issue = ?');
  const deleteUnseenIssues = db.prepare('DELETE FROM issues WHERE generation = ? AND seen < ?');
  const deleteUnseen = db.prepare(
    `DELETE FROM comments WHERE generation = ?1 AND
       (seen < ?2 OR issue IN (SELECT id FROM issues WHERE generation = ?1 AND seen < ?2))`,
  );

  const isExcluded = (author: string | undefined) => excluded.has(author?.toLowerCase() ?? '');
  const putIssue = (generation: number, issue: FeedIssue, sweep: number): Outcome => {
    const kept = selectIssue.get(generation, issue.number) as IssueRow | undefined;
    if (kept && (kept.updated_at ?? '') > issue.updatedAt) {
      seeIssue.run(sweep, kept.id);
      return 'same';
    }
    const values = issueValues(isExcluded(issue.author) ? { ...issue, author: undefined } : issue, kept, sweep);
    if (!kept) {
      insertIssue.run(...values, generation, issue.number);
      return 'same';
    }
    updateIssue.run(...values, kept.id);
    // What the trigger `issue_changes` notes: it counts on the version to rise.
    const [url, title, body] = values;
    const isSame = kept.url === url && kept.title === title && kept.body === body;
    return isSame || hasComments.get(kept.id) === undefined ? 'same' : 'changed';
  };

  const putComment = (generation: number, comment: FeedComment, sweep: number): Outcome => {
    const { key } = comment;
    if (isExcluded(comment.author)) return removeComment(generation, key);
    const issue = selectIssue.get(generation, comment.issueNumber) as IssueRow | undefined;
    if (!issue) return 'same';
    const kept = selectComment.get(key, generation) as CommentRow | undefined;
    if (kept && (kept.updated_at ?? '') > comment.updatedAt) {
      seeComment.run(sweep, kept.row);
      return 'same';
    }
    const { text, url, author, authorAssociation, reactions, createdAt, updatedAt } = comment;
    const values = [
      issue.id,
      storable(text),
      storable(url),
      optional(author),
      authorAssociation ?? null,
      reactions,
      createdAt,
      updatedAt,
      sweep,
    ] as const;
    if (!kept) {
      insertComment.run(...values, key, generation);
      return 'added';
    }
    updateComment.run(...values, kept.row);
    return kept.text === storable(text) && kept.issue === issue.id ? 'same' : 'changed';
  };

  const removeComment = (generation: number, key: string): Outcome =>
    deleteComment.run(key, generation).changes > 0 ? 'removed' : 'same';

  const removeIssue = (generation: number, number: number): number => {
    const kept = selectIssue.get(generation, number) as IssueRow | undefined;
    if (!kept) return 0;
    const removed = deleteCommentsOf.run(kept.id).changes;
    deleteIssue.run(kept.id);
    return removed;
  };

  /** Of an issue that came whole: what was not among its comments. */
  const removeRest = (generation: number, number: number, { issues = [], comments = [] }: FeedChanges): number => {
    const kept = selectIssue.get(generation, number) as IssueRow | undefined;
    const came = issues.find((issue) => issue.number === number);
    if (!kept || !came) return 0;
    const keys = comments.filter(({ issueNumber }) => issueNumber === number).map(({ key }) => key);
    return deleteRest.run(kept.id, came.updatedAt, JSON.stringify(keys)).changes;
  };

  return {
    change(generation, changes) {
      const { issues = [], removedIssues = [], comments = [], removedComments = [], wholeIssues = [] } = changes;
      const { sweep, dropUnseen } = changes;
      const outcomes = [
        ...issues.map((issue) => putIssue(generation, issue, sweep)),
        ...comments.map((comment) => putComment(generation, comment, sweep)),
        ...removedComments.map((key) => removeComment(generation, key)),
      ];
      const count = (wanted: Outcome) => outcomes.filter((outcome) => outcome === wanted).length;
      let removed = count('removed') + removedIssues.reduce((sum, number) => sum + removeIssue(generation, number), 0);
      removed += wholeIssues.reduce((sum, number) => sum + removeRest(generation, number, changes), 0);
      if (dropUnseen) {
        removed += deleteUnseen.run(generation, sweep).changes;
        deleteUnseenIssues.run(generation, sweep);
      }
      return { added: count('added'), changed: count('changed'), removed };
    },

    hasIssue: (generation, number) => selectIssue.get(generation, number) !== undefined,
    hasComment: (generation, key) => selectComment.get(key, generation) !== undefined,
  };
}
