import type { Database } from '../sqlite.ts';
import type { RunOwner } from './run-owner.ts';
import { clearDiscarded } from './sqlite-discarded.ts';
import type { RunRow, SourceRow } from './sqlite-run.ts';
import { issueValues, optional, storable, takenOver } from './sqlite-values.ts';
import type { FeedChanges, FeedComment, FeedCounts, FeedIssue, SourceFeed } from './store.ts';

/** The fingerprint of runs that follow a source. */
export const FOLLOWED = 'followed 1';
/** In SQL, of `sources` and `runs`: the run changes rows that can be found already, so that nothing is replaced. */
export const IN_PLACE = `runs.fingerprint = '${FOLLOWED}' AND sources.generation IS NOT NULL`;

type FeedContext = {
  readonly db: Database;
  readonly spec: string;
  readonly owner: RunOwner;
  /** Lower case. */
  readonly excluded: ReadonlySet<string>;
  readonly source: SourceRow;
  readonly run: RunRow;
  next(counter: 'version' | 'generation'): number;
  drop(generation: number): void;
  onEnd(): void;
};

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

/** Changes a source's rows in place, as the contract has it. The run's row is the lock, and before the first
 * publication its generation holds the rows. */
export function sqliteFeed({ db, spec, owner, excluded, source, run, next, drop, onEnd }: FeedContext): SourceFeed {
  const owned = JSON.stringify(owner);
  const touch = db.prepare('UPDATE runs SET touched_at = ? WHERE source = ? AND owner = ?');
  const tell = db.prepare(
    'UPDATE runs SET what = ?, done = ?, total = ?, touched_at = ? WHERE source = ? AND owner = ?',
  );
  const renumber = db.prepare('UPDATE runs SET generation = ? WHERE source = ? AND owner = ?');
  const leave = db.prepare('UPDATE runs SET owner = NULL WHERE source = ? AND owner = ?');
  const end = db.prepare('DELETE FROM runs WHERE source = ? AND owner = ?');
  const selectSource = db.prepare('SELECT generation, state FROM sources WHERE id = ?');
  const saveState = db.prepare('UPDATE sources SET state = ? WHERE id = ?');
  const saveSync = db.prepare('UPDATE sources SET sync = ?, read_at = COALESCE(?, read_at) WHERE id = ?');
  const publish = db.prepare('UPDATE sources SET generation = ? WHERE id = ?');
  const unpublish = db.prepare(
    'UPDATE sources SET generation = NULL, comments = 0, newest_comment_at = NULL, state = NULL WHERE id = ?',
  );
  const summarise = db.prepare(
    `UPDATE sources SET (comments, newest_comment_at) =
       (SELECT COUNT(*), MAX(created_at) FROM comments WHERE comments.generation = sources.generation) WHERE id = ?`,
  );
  const countRows = db.prepare('SELECT COUNT(*) AS count FROM comments WHERE generation = ?');
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
  const selectAhead = db.prepare(
    `SELECT 1 FROM changes WHERE version > (SELECT value FROM counters WHERE name = 'version') LIMIT 1`,
  );
  const deleteEmpty = db.prepare(
    'DELETE FROM sources WHERE id = ? AND generation IS NULL AND state IS NULL AND sync IS NULL',
  );
  let ended = false;

  const current = () => selectSource.get(source.id) as { generation: number | null; state: string | null };
  const generationOf = ({ generation }: { generation: number | null }) => generation ?? run.generation;
  const holdOn = () => {
    if (ended || touch.run(Date.now(), source.id, owned).changes === 0) throw takenOver(spec);
  };

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

  const change = (generation: number, changes: FeedChanges): FeedCounts => {
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
  };

  const unknown = <Id>(ids: readonly Id[], find: (generation: number, id: Id) => unknown): readonly Id[] => {
    const generation = generationOf(current());
    return [...new Set(ids)].filter((id) => find(generation, id) === undefined);
  };

  const stop = () => {
    ended = true;
    onEnd();
  };

  return {
    get state() {
      const { state } = current();
      return state === null ? undefined : (JSON.parse(state) as unknown);
    },
    get published() {
      return current().generation !== null;
    },

    async apply(changes, state) {
      return db.transaction(() => {
        holdOn();
        const before = current();
        const counts = change(generationOf(before), changes);
        if (state !== undefined) saveState.run(JSON.stringify(state), source.id);
        const isSeen = before.generation !== null && counts.added + counts.changed + counts.removed > 0;
        if (isSeen) summarise.run(source.id);
        // Rows noted above the version would come after every index: it would be made again for ever.
        if (isSeen || selectAhead.get() !== undefined) next('version');
        return counts;
      });
    },

    unknownIssues: async (numbers) => unknown(numbers, (generation, number) => selectIssue.get(generation, number)),
    unknownComments: async (keys) => unknown(keys, (generation, key) => selectComment.get(key, generation)),
    count: async () => (countRows.get(generationOf(current())) as { count: number }).count,

    async progress(what, done, total) {
      tell.run(what, done, total ?? null, Date.now(), source.id, owned);
    },

    async publish() {
      db.transaction(() => {
        holdOn();
        if (current().generation !== null) return;
        publish.run(run.generation, source.id);
        // The lock needs a number of its own: this one is taken now.
        renumber.run(next('generation'), source.id, owned);
        summarise.run(source.id);
        next('version');
      });
    },

    async note(sync) {
      saveSync.run(JSON.stringify(sync), sync.error === undefined ? new Date().toISOString() : null, source.id);
    },

    async clear() {
      db.transaction(() => {
        holdOn();
        const before = current();
        drop(generationOf(before));
        unpublish.run(source.id);
        renumber.run(next('generation'), source.id, owned);
        if (before.generation !== null) next('version');
      });
      // The rows written from now on would belong to the generation that was dropped: nothing more is written.
      end.run(source.id, owned);
      stop();
      await clearDiscarded(db);
    },

    async release() {
      if (ended) return;
      db.transaction(() => {
        const { generation, state } = current();
        // Rows that were read and cannot be found yet are gone on with; a source that has nothing keeps no run.
        if (generation === null && state !== null) leave.run(source.id, owned);
        else end.run(source.id, owned);
        deleteEmpty.run(source.id);
      });
      stop();
    },
  };
}
