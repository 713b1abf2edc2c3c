import { describeError } from '../errors.ts';
import { MissingError } from '../github/errors.ts';
import type { Budget, Github, RepositoryApi } from '../github/github.ts';
import type { Logger } from '../log.ts';
import type { OnProgress } from '../progress.ts';
import { checkRepository } from './check-repository.ts';
import { type ClosingPulls, createClosingPulls } from './closing-pulls.ts';
import { createDiscussionsReader, type DiscussionsReader } from './discussions-reader.ts';
import type { Mark } from './github.ts';
import type { GithubComment, GithubIssue } from './github-rows.ts';
import { createRepositoryReader, type RepositoryReader, type RepositoryReaderOptions } from './repository-reader.ts';
import type { FeedChanges, FeedCounts, SourceFeed } from './store.ts';
import { later, nextSweep, type SweepState, type SyncState } from './sync-state.ts';
import { isWanted, type WantedRules, wantedChanges } from './wanted-changes.ts';

export type SyncRules = WantedRules & {
  /** How long after a sweep the next one begins. */
  readonly sweepEveryMs: number;
  /** While a sweep goes on, changes are looked for this often. */
  readonly syncEveryMs: number;
  /** Whether discussions are read beside issues; those that are there go with the next sweep where they are not. */
  readonly discussions?: boolean | undefined;
  /** The private repositories that are allowed somewhere (`sourceKey`); others are refused. */
  readonly allowedPrivate?: readonly string[] | undefined;
};

export type SyncOptions = {
  readonly spec: string;
  /** `OWNER/NAME` as configured. */
  readonly name: string;
  readonly feed: SourceFeed;
  readonly github: Github;
  readonly rules: SyncRules;
  readonly isGone: RepositoryReaderOptions['isGone'];
  /** Keeps whether the repository is private, for whoever decides where it may answer. */
  readonly notePrivate: (isPrivate: boolean) => Promise<void>;
  readonly log: Logger;
  readonly sweepNow?: boolean | undefined;
  /** No sweep, nor the first reading: it may run beside one of them. */
  readonly changesAlone?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
  /** Told the repository's id once it is known. */
  readonly onRepository?: ((repository: SyncState['repository']) => void) | undefined;
};

export type SyncReport = FeedCounts & {
  /** Whether everything was read, not the changes alone. */
  readonly swept: boolean;
};

/** Before the first discussion there ever was. */
const NO_DISCUSSIONS = '1970-01-01T00:00:00Z';
/** A sweep leaves this part of the hourly budget to what is more urgent. */
const RESERVED = 0.1;

/**
 * Brings the rows of a repository up to date: everything at first, then what changed, and everything again once in a
 * while. What is stored is kept with the place to go on from, page by page, so that it may stop anywhere.
 *
 * @throws OperatorError when the repository is private or gone, in which case its rows are removed; when there never was
 *   one, which leaves nothing behind (`MissingError`); or when GitHub refuses or does not answer
 */
export async function syncRepository(options: SyncOptions): Promise<SyncReport> {
  const { feed, github, name } = options;
  const known = feed.state as SyncState | undefined;
  const api = github.repository(known?.repository.name ?? name);
  try {
    const report = await new Sync(options, api).run();
    if (feed.published) await feed.note({ budget: api.budget, points: api.points });
    return report;
  } catch (error) {
    // A name that was mistyped is not followed for that.
    const isForgotten = error instanceof MissingError && !known && (await feed.forget());
    if (!options.signal?.aborted && !isForgotten) {
      const { budget, points } = api;
      await feed.note({ error: describeError(error), budget, points });
    }
    throw error;
  }
}

class Sync {
  readonly #options: SyncOptions;
  readonly #api: RepositoryApi;
  readonly #reader: RepositoryReader;
  readonly #discussions: DiscussionsReader;
  readonly #closingPulls: ClosingPulls;
  #counts: FeedCounts = { added: 0, changed: 0, removed: 0 };
  #read = 0;

  constructor(options: SyncOptions, api: RepositoryApi) {
    this.#options = options;
    this.#api = api;
    const { isGone, log, signal } = options;
    const repository = () => this.#known().repository;
    this.#reader = createRepositoryReader({ api, repository, isGone, signal });
    this.#discussions = createDiscussionsReader({ api, repository, isGone, signal });
    this.#closingPulls = createClosingPulls({ api, repository, log, signal });
  }

  async run(): Promise<SyncReport> {
    const { feed, rules, sweepNow, changesAlone } = this.#options;
    await this.#checkRepository();
    if (feed.published) await this.#readChanges();
    if (changesAlone) return { ...this.#counts, swept: false };
    const state = this.#known();
    const { sweep } = state;
    const unread = rules.discussions === true && state.discussionsSince === undefined;
    if (unread) await this.#discussions.probe();
    const due = sweepNow || unread || Date.now() - Date.parse(sweep.startedAt) >= rules.sweepEveryMs;
    if (sweep.phase === 'done' && due) await this.#keep({ sweep: sweep.number }, { sweep: nextSweep(sweep.number) });
    const swept = this.#known().sweep.phase !== 'done' && (await this.#sweep());
    await feed.publish();
    return { ...this.#counts, swept };
  }

  #checkRepository(): Promise<SyncState> {
    const { rules, ...options } = this.#options;
    return checkRepository({
      ...options,
      api: this.#api,
      allowedPrivate: rules.allowedPrivate,
      keep: (reached) => this.#keep({ sweep: reached.sweep.number }, reached),
    });
  }

  /** What changed since the last time. */
  async #readChanges(): Promise<void> {
    const { issuesSince, commentsSince, discussionsSince, marks } = this.#known();
    for await (const page of this.#reader.list('issues', issuesSince, marks.issues)) {
      const issues = await this.#closingPulls.added(this.#reader.issuesOf(page.rows));
      const comments = await this.#commentsOfArrivals(issues);
      await this.#store(issues, comments, { issuesSince: page.since, marks: this.#marked('issues', page.mark) });
    }
    for await (const page of this.#reader.list('issues/comments', commentsSince, marks.comments)) {
      const comments = this.#reader.commentsOf(page.rows);
      const issues = await this.#missingIssues(comments);
      await this.#store(issues, comments, { commentsSince: page.since, marks: this.#marked('comments', page.mark) });
    }
    if (!this.#options.rules.discussions || discussionsSince === undefined) return;
    let newest: string | null = discussionsSince;
    for await (const page of this.#discussions.changedSince(discussionsSince)) {
      await this.#store(page.discussions, page.comments, {});
      newest = later(newest, page.newest);
    }
    // The newest come first: how far they are read is known at the end.
    await this.#keep({ sweep: this.#known().sweep.number }, { discussionsSince: newest ?? discussionsSince });
  }

  /** Reads everything; what it does not meet is removed at the end. False when it stops early, to go on another time. */
  async #sweep(): Promise<boolean> {
    const { feed, rules } = this.#options;
    let changesReadMs = Date.now();
    for (let { phase } = this.#known().sweep; phase !== 'done'; phase = this.#known().sweep.phase) {
      for await (const reached of this.#sweepPages(phase)) {
        if (!feed.published) continue;
        if (mustSave(reached)) return false;
        if (Date.now() - changesReadMs < rules.syncEveryMs) continue;
        await this.#readChanges();
        changesReadMs = Date.now();
      }
      await this.#endPhase(phase);
    }
    return true;
  }

  /** Stores page after page of a phase of the sweep; gives the budget that it took from. */
  async *#sweepPages(phase: SweepState['phase']): AsyncIterable<Budget | undefined> {
    const { feed, rules } = this.#options;
    const { since } = this.#known().sweep;
    if (phase === 'discussions') {
      if (!rules.discussions) return;
      for await (const { discussions, comments, after, newest } of this.#discussions.all(since)) {
        const { sweep } = this.#known();
        const reached = { since: after, newest: later(sweep.newest ?? null, newest) };
        await this.#store(discussions, comments, { sweep: { ...sweep, ...reached } });
        yield this.#api.points;
      }
      return;
    }
    for await (const page of this.#reader.list(phase === 'issues' ? 'issues' : 'issues/comments', since)) {
      const comments = phase === 'comments' ? this.#reader.commentsOf(page.rows) : [];
      const issues =
        phase === 'issues'
          ? await this.#closingPulls.added(this.#reader.issuesOf(page.rows))
          : await this.#missingIssues(comments);
      const state = this.#known();
      const reached =
        phase === 'issues'
          ? { issuesSince: later(state.issuesSince, page.since) }
          : { commentsSince: later(state.commentsSince, page.since) };
      // Before the first publication this is also how far the changes have been read.
      await this.#store(issues, comments, {
        ...(feed.published ? {} : reached),
        sweep: { ...state.sweep, since: page.since },
      });
      yield this.#api.budget;
    }
  }

  async #endPhase(phase: SweepState['phase']): Promise<void> {
    const { rules } = this.#options;
    const { sweep, discussionsSince } = this.#known();
    const next = phase === 'issues' ? 'comments' : phase === 'comments' && rules.discussions ? 'discussions' : 'done';
    const reached = { sweep: { ...sweep, phase: next, since: null } } as const;
    if (next !== 'done') return this.#keep({ sweep: sweep.number }, reached);
    const newest = later(discussionsSince ?? NO_DISCUSSIONS, sweep.newest ?? null);
    await this.#keep(
      { sweep: sweep.number, dropUnseen: true },
      { ...reached, discussionsSince: rules.discussions ? (newest ?? undefined) : undefined },
    );
  }

  /**
   * The comments of issues that came from another repository: they keep their dates, so that no list of changes has
   * them.
   */
  async #commentsOfArrivals(issues: readonly GithubIssue[]): Promise<readonly GithubComment[]> {
    const { commentsSince } = this.#known();
    const older = issues.filter(
      ({ commentCount, createdAt }) => commentCount > 0 && createdAt <= (commentsSince ?? ''),
    );
    const unknown = await this.#options.feed.unknownIssues(older.map(({ number }) => number));
    return this.#reader.commentsOfIssues(unknown);
  }

  /** Issues that comments belong to and that no list has told of yet. */
  async #missingIssues(comments: readonly GithubComment[]): Promise<readonly GithubIssue[]> {
    const wanted = comments.filter((comment) => isWanted(comment, this.#options.rules));
    const unknown = await this.#options.feed.unknownIssues(wanted.map(({ issueNumber }) => issueNumber));
    return this.#reader.issues(unknown);
  }

  async #store(
    issues: readonly GithubIssue[],
    comments: readonly GithubComment[],
    reached: Partial<SyncState>,
  ): Promise<void> {
    const { spec, feed, rules, onProgress } = this.#options;
    const { sweep } = this.#known();
    // One without comments has lost those that it had: with an issue that becomes a discussion they go without a word.
    const wholeIssues = issues.filter(({ commentCount }) => commentCount === 0).map(({ number }) => number);
    const changes = { ...wantedChanges(issues, comments, rules), wholeIssues, sweep: sweep.number };
    await this.#keep(changes, reached);
    this.#read += issues.length + comments.length;
    if (feed.published) return;
    onProgress?.({ what: 'reading', source: spec, done: this.#read, total: undefined, unit: 'issues and comments' });
    await feed.progress('reading', this.#read, undefined);
  }

  async #keep(changes: FeedChanges, reached: Partial<SyncState>): Promise<void> {
    this.#options.signal?.throwIfAborted();
    const { feed } = this.#options;
    const next = { ...(feed.state as SyncState | undefined), ...reached };
    const { added, changed, removed } = await feed.apply(changes, next);
    this.#counts = {
      added: this.#counts.added + added,
      changed: this.#counts.changed + changed,
      removed: this.#counts.removed + removed,
    };
  }

  #marked(kind: 'issues' | 'comments', mark: Mark | undefined): SyncState['marks'] {
    return { ...this.#known().marks, [kind]: mark };
  }

  /** As it is kept: another one may run beside this one, and neither shall undo what the other has reached. */
  #known(): SyncState {
    const { feed, signal } = this.#options;
    signal?.throwIfAborted();
    const state = feed.state as SyncState | undefined;
    if (!state) throw new Error('the repository was not looked at yet');
    return state;
  }
}

function mustSave(budget: Budget | undefined): boolean {
  return budget !== undefined && budget.left < budget.limit * RESERVED;
}
