import { setTimeout as sleep } from 'node:timers/promises';
import { describeError, OperatorError } from '../errors.ts';
import { MissingError } from '../github/errors.ts';
import type { Github, RepositoryApi } from '../github/github.ts';
import type { Logger } from '../log.ts';
import type { OnProgress } from '../progress.ts';
import type { Mark } from './github.ts';
import { type GithubComment, type GithubIssue, toGithubRepository } from './github-rows.ts';
import { createRepositoryReader, type RepositoryReader, type RepositoryReaderOptions } from './repository-reader.ts';
import { sourceKey } from './source-key.ts';
import type { FeedChanges, FeedCounts, SourceFeed } from './store.ts';
import { firstState, later, nextSweep, type SyncState } from './sync-state.ts';
import { isWanted, type WantedRules, wantedChanges } from './wanted-changes.ts';

export type SyncRules = WantedRules & {
  /** How long after a sweep the next one begins. */
  readonly sweepEveryMs: number;
  /** While a sweep goes on, changes are looked for this often. */
  readonly syncEveryMs: number;
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
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
  /** Told the repository's id once it is known. */
  readonly onRepository?: ((repository: SyncState['repository']) => void) | undefined;
};

export type SyncReport = FeedCounts & {
  /** Whether everything was read, not the changes alone. */
  readonly swept: boolean;
};

/** A sweep leaves this part of the hourly budget to what is more urgent. */
const RESERVED = 0.1;
const ASK_AGAIN_MS = 1_000;

/**
 * Brings the rows of a repository up to date: everything at first, then what changed, and everything again once in a
 * while. What is stored is kept with the place to go on from, page by page, so that it may stop anywhere.
 *
 * @throws OperatorError when the repository is private or gone, in which case its rows are removed; or when GitHub
 *   refuses or does not answer
 */
export async function syncRepository(options: SyncOptions): Promise<SyncReport> {
  const { feed, github, name } = options;
  const known = feed.state as SyncState | undefined;
  const api = github.repository(known?.repository.name ?? name);
  try {
    const report = await new Sync(options, api).run();
    await feed.note({ budget: api.budget });
    return report;
  } catch (error) {
    if (!options.signal?.aborted) await feed.note({ error: describeError(error), budget: api.budget });
    throw error;
  }
}

class Sync {
  readonly #options: SyncOptions;
  readonly #api: RepositoryApi;
  readonly #reader: RepositoryReader;
  #state: SyncState | undefined;
  #counts: FeedCounts = { added: 0, changed: 0, removed: 0 };
  #read = 0;

  constructor(options: SyncOptions, api: RepositoryApi) {
    this.#options = options;
    this.#api = api;
    const { isGone, signal } = options;
    this.#reader = createRepositoryReader({ api, repository: () => this.#known().repository, isGone, signal });
    this.#state = options.feed.state as SyncState | undefined;
  }

  async run(): Promise<SyncReport> {
    const { feed, rules, sweepNow } = this.#options;
    let state = await this.#checkRepository();
    if (feed.published) await this.#readChanges();
    state = this.#state ?? state;
    const { sweep } = state;
    const due = sweepNow || Date.now() - Date.parse(sweep.startedAt) >= rules.sweepEveryMs;
    if (sweep.phase === 'done' && due) await this.#keep({ sweep: sweep.number }, { sweep: nextSweep(sweep.number) });
    const swept = this.#known().sweep.phase !== 'done' && (await this.#sweep());
    await feed.publish();
    return { ...this.#counts, swept };
  }

  /** Follows the repository by its id, through renames; removes the rows of one that is gone or private now. */
  async #checkRepository(): Promise<SyncState> {
    const { spec, name, log, notePrivate, signal, onRepository } = this.#options;
    const state = this.#state;
    const url = state ? `/repositories/${state.repository.id}` : `/repos/${name}`;
    const mark = state?.marks.repository;
    const ask = () => this.#api.get(url, { etag: mark?.url === url ? mark.etag : undefined, signal });
    const answer = await ask().catch(async (error: unknown) => {
      if (!(error instanceof MissingError) || !state) throw error;
      // Rows are not removed for what may have been a slip.
      await sleep(ASK_AGAIN_MS, undefined, { signal });
      return ask().catch((again: unknown) => this.#forget(again));
    });
    if (answer.unchanged && state) {
      if (state.repository.isPrivate) await this.#admitPrivate();
      await notePrivate(state.repository.isPrivate ?? false);
      onRepository?.(state.repository);
      return state;
    }
    const repository = toGithubRepository(answer.data);
    if (!repository)
      throw new OperatorError(`${spec}: GitHub's answer to ${url} is no repository. Check GITHUB_API_URL.`);
    const { id, isPrivate } = repository;
    if (isPrivate) await this.#admitPrivate();
    await notePrivate(isPrivate);
    if (state && state.repository.name !== repository.name) {
      log.info(`${spec}: the repository is called ${repository.name} now, and is followed there`);
    }
    const next: SyncState = {
      ...(state ?? firstState({ id, name: repository.name, isPrivate })),
      repository: { id, name: repository.name, isPrivate },
      marks: { ...state?.marks, repository: answer.etag ? { url, etag: answer.etag } : undefined },
    };
    await this.#keep({ sweep: next.sweep.number }, next);
    onRepository?.(next.repository);
    return next;
  }

  /** Removes the rows of one that nobody allowed. */
  async #admitPrivate(): Promise<void> {
    const { spec, feed, rules } = this.#options;
    if (rules.allowedPrivate?.includes(sourceKey(spec))) return;
    await feed.clear();
    throw new OperatorError(
      `${spec} is private, and nobody said where it may answer, so ${this.#state ? 'its rows were removed' : 'it is not read'}. ` +
        `Name the places, as in PRIVATE_SOURCES=${spec}=discord:SERVER,slack:TEAM, or take it out of SOURCES.`,
    );
  }

  async #forget(error: unknown): Promise<never> {
    if (!(error instanceof MissingError)) throw error;
    const { spec, feed } = this.#options;
    await feed.clear();
    throw new OperatorError(`${spec} is not on GitHub any more, or was made private: its rows were removed.`, {
      cause: error,
    });
  }

  /** What changed since the last time. */
  async #readChanges(): Promise<void> {
    const { issuesSince, commentsSince, marks } = this.#known();
    for await (const page of this.#reader.list('issues', issuesSince, marks.issues)) {
      const issues = this.#reader.issuesOf(page.rows);
      const comments = await this.#commentsOfArrivals(issues);
      await this.#store(issues, comments, { issuesSince: page.since, marks: this.#marked('issues', page.mark) });
    }
    for await (const page of this.#reader.list('issues/comments', commentsSince, marks.comments)) {
      const comments = this.#reader.commentsOf(page.rows);
      const issues = await this.#missingIssues(comments);
      await this.#store(issues, comments, { commentsSince: page.since, marks: this.#marked('comments', page.mark) });
    }
  }

  /** Reads everything; what it does not meet is removed at the end. False when it stops early, to go on another time. */
  async #sweep(): Promise<boolean> {
    const { feed } = this.#options;
    let changesReadMs = Date.now();
    for (const phase of ['issues', 'comments'] as const) {
      const { sweep } = this.#known();
      if (phase === 'issues' && sweep.phase !== 'issues') continue;
      const path = phase === 'issues' ? 'issues' : 'issues/comments';
      for await (const page of this.#reader.list(path, sweep.since)) {
        const comments = phase === 'comments' ? this.#reader.commentsOf(page.rows) : [];
        const issues = phase === 'issues' ? this.#reader.issuesOf(page.rows) : await this.#missingIssues(comments);
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
        if (!feed.published) continue;
        if (this.#mustSave()) return false;
        if (Date.now() - changesReadMs < this.#options.rules.syncEveryMs) continue;
        await this.#readChanges();
        changesReadMs = Date.now();
      }
      const { sweep: done } = this.#known();
      if (phase === 'issues')
        await this.#keep({ sweep: done.number }, { sweep: { ...done, phase: 'comments', since: null } });
    }
    const { sweep } = this.#known();
    await this.#keep({ sweep: sweep.number, dropUnseen: true }, { sweep: { ...sweep, phase: 'done', since: null } });
    return true;
  }

  #mustSave(): boolean {
    const { budget } = this.#api;
    return budget !== undefined && budget.left < budget.limit * RESERVED;
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
    await this.#keep({ ...wantedChanges(issues, comments, rules), sweep: sweep.number }, reached);
    this.#read += issues.length + comments.length;
    if (feed.published) return;
    onProgress?.({ what: 'reading', source: spec, done: this.#read, total: undefined, unit: 'issues and comments' });
    await feed.progress('reading', this.#read, undefined);
  }

  async #keep(changes: FeedChanges, reached: Partial<SyncState>): Promise<void> {
    this.#options.signal?.throwIfAborted();
    const next = { ...this.#state, ...reached } as SyncState;
    const { added, changed, removed } = await this.#options.feed.apply(changes, next);
    this.#state = next;
    this.#counts = {
      added: this.#counts.added + added,
      changed: this.#counts.changed + changed,
      removed: this.#counts.removed + removed,
    };
  }

  #marked(kind: 'issues' | 'comments', mark: Mark | undefined): SyncState['marks'] {
    return { ...this.#known().marks, [kind]: mark };
  }

  #known(): SyncState {
    if (!this.#state) throw new Error('the repository was not looked at yet');
    return this.#state;
  }
}
