import { OperatorError } from '../errors.ts';
import type { Github } from '../github/github.ts';
import type { Logger } from '../log.ts';
import type { OnProgress } from '../progress.ts';
import { repositoryOf } from './github.ts';
import { type GithubEvent, readEvent } from './github-events.ts';
import { createSharedFeed, type SharedFeed } from './shared-feed.ts';
import type { CommentStore, SourceFeed } from './store.ts';
import { type SyncOptions, type SyncReport, type SyncRules, syncRepository } from './sync.ts';
import type { SyncState } from './sync-state.ts';
import { isWanted, wantedChanges } from './wanted-changes.ts';

/** Keeps the rows of repositories as GitHub has them. One for a process: it knows what is under way. */
export interface Follower {
  /** One sync of a repository at a time; a second call waits for its turn. */
  sync(spec: string, options?: SyncCall): Promise<SyncReport>;
  /**
   * Reads what changed since the last sync, without waiting for one that is under way. Where either finds the repository
   * gone, the other ends as well, and the sync alone says why. Does nothing before the first one has begun.
   */
  look(spec: string, options?: Pick<SyncCall, 'signal'>): Promise<void>;
  /**
   * Applies what a webhook tells to the sources it concerns, without a word to GitHub; resolves with the sources that
   * a sync has to look at for the rest.
   */
  take(
    delivery: { readonly name: string; readonly payload: unknown },
    specs: readonly string[],
  ): Promise<readonly string[]>;
}

export type SyncCall = {
  readonly sweepNow?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly onWait?: ((owner: string) => void) | undefined;
};

export type FollowerOptions = {
  readonly store: CommentStore;
  readonly github: Github;
  readonly rules: SyncRules;
  readonly log: Logger;
};

type Followed = {
  readonly feed: SharedFeed;
  readonly gone: Set<string>;
  id: number | undefined;
  turn: Promise<unknown>;
  /** Of the syncs and looks under way. */
  readonly stops: Set<AbortController>;
  /** What a sync and a look failed over together. */
  readonly shared: WeakSet<object>;
};

type ReadOptions = Pick<SyncOptions, 'sweepNow' | 'changesAlone' | 'signal' | 'onProgress'>;

/** A page that was asked for before a deletion arrives seconds later; of the rest, the next sweep has a say. */
const GONE_REMEMBERED = 1000;

export function createFollower({ store, github, rules, log }: FollowerOptions): Follower {
  const followed = new Map<string, Followed>();

  const of = (spec: string): Followed => {
    const known = followed.get(spec) ?? {
      feed: createSharedFeed(store, spec),
      gone: new Set(),
      id: undefined,
      turn: Promise.resolve(),
      stops: new Set(),
      shared: new WeakSet(),
    };
    followed.set(spec, known);
    return known;
  };

  async function sync(spec: string, { signal, onWait, ...options }: SyncCall): Promise<SyncReport> {
    return of(spec).feed.use((feed) => read(spec, feed, { ...options, signal }), { signal, onWait });
  }

  async function read(spec: string, feed: SourceFeed, options: ReadOptions): Promise<SyncReport> {
    const name = repositoryOf(spec);
    if (name === undefined) throw new OperatorError(`${spec} is no repository on GitHub: expected github:OWNER/REPO.`);
    const known = of(spec);
    const stop = new AbortController();
    known.stops.add(stop);
    const wasKept = feed.state !== undefined;
    try {
      return await syncRepository({
        ...options,
        spec,
        name,
        feed,
        github,
        rules,
        isGone: (what) => known.gone.has('issue' in what ? `issue ${what.issue}` : `comment ${what.comment}`),
        notePrivate: (isPrivate) => store.setPrivate(spec, isPrivate),
        log,
        signal: options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal,
        onRepository: ({ id }) => {
          known.id = id;
        },
      });
    } catch (error) {
      // It removed all rows: who still reads would fail over that, with another reason.
      if (wasKept && feed.state === undefined) {
        if (known.stops.size > 1) known.shared.add(error as Error);
        for (const other of known.stops) other.abort(error);
      }
      throw error;
    } finally {
      known.stops.delete(stop);
    }
  }

  const concerned = ({ id, name }: GithubEvent['repository'], specs: readonly string[]) =>
    specs.filter((spec) => {
      const known = of(spec).id;
      return known === undefined ? repositoryOf(spec)?.toLowerCase() === name.toLowerCase() : known === id;
    });

  /** True when a sync has to look at the source. */
  async function apply(spec: string, happening: GithubEvent['happening']): Promise<boolean> {
    const { feed, gone } = of(spec);
    if (happening.kind === 'repository') return true;
    return feed.use(async (open) => {
      const state = open.state as SyncState | undefined;
      // Nothing was read yet: the first sync finds it.
      if (!state) return true;
      const sweep = state.sweep.number;
      if (happening.kind === 'comment-gone') {
        remember(gone, `comment ${happening.key}`);
        await open.apply({ removedComments: [happening.key], sweep });
        return false;
      }
      if (happening.kind === 'issue-gone') {
        remember(gone, `issue ${happening.number}`);
        await open.apply({ removedIssues: [happening.number], sweep });
        return false;
      }
      const { issue } = happening;
      if (issue.isDiscussion && !rules.discussions) return false;
      // From another repository: its older comments are in no list of changes, and a sync reads them.
      const isOlder = issue.createdAt <= ((issue.isDiscussion ? state.discussionsSince : state.commentsSince) ?? '');
      if (
        isOlder &&
        (issue.isDiscussion || issue.commentCount > 0) &&
        (await open.unknownIssues([issue.number])).length > 0
      )
        return true;
      // It came back under its old number, or a page of the past told of it.
      gone.delete(`issue ${issue.number}`);
      if (happening.kind === 'comment') {
        const { comment, before } = happening;
        if (gone.has(`comment ${comment.key}`)) return false;
        // It could be found before and is not kept: somebody has hidden it, which a webhook does not tell.
        const wasFound = before !== undefined && isWanted({ ...comment, text: before }, rules);
        if (wasFound && (await open.unknownComments([comment.key])).length > 0) return true;
        await open.apply({ ...wantedChanges([issue], [comment], rules), sweep });
        return false;
      }
      await open.apply({ ...wantedChanges([issue], [], rules), sweep });
      return false;
    });
  }

  return {
    sync(spec, options = {}) {
      const known = of(spec);
      const turn = known.turn.catch(() => {}).then(() => sync(spec, options));
      known.turn = turn;
      return turn;
    },

    look(spec, { signal } = {}) {
      const { feed, shared } = of(spec);
      return feed.use(
        async (open) => {
          if (open.state === undefined) return;
          await read(spec, open, { signal, changesAlone: true }).catch((error: unknown) => {
            if (!shared.has(error as Error)) throw error;
          });
        },
        { signal },
      );
    },

    async take({ name, payload }, specs) {
      const unfinished = new Set<string>();
      for (const { repository, happening } of readEvent(name, payload)) {
        for (const spec of concerned(repository, specs)) {
          // The sync that removes or keeps its rows may have to wait for GitHub; who may see them does not.
          if (happening.kind === 'repository' && repository.isPrivate) await store.setPrivate(spec, true);
          if (await apply(spec, happening)) unfinished.add(spec);
        }
        const movedTo = happening.kind === 'issue-gone' ? happening.movedTo : undefined;
        if (movedTo) for (const spec of concerned(movedTo, specs)) unfinished.add(spec);
      }
      return [...unfinished];
    },
  };
}

function remember(gone: Set<string>, what: string): void {
  gone.add(what);
  if (gone.size > GONE_REMEMBERED) gone.delete(gone.values().next().value as string);
}
