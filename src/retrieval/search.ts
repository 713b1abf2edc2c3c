import type { Comment } from '../corpus/store.ts';
import { connect, startWorker } from '../worker/channel.ts';
import { DamagedIndexError, type Manifest } from './manifest.ts';
import type { RecipeName } from './recipes.ts';
import type { SearchRequest, SearchResult } from './searcher.ts';
import type { TitleTrial, TriedTitle } from './try-title.ts';

export type { SearchRequest } from './searcher.ts';

export type SearchOptions = {
  readonly storeFile: string;
  /** Where the index lies. */
  readonly directory: string;
  readonly vectorIndex: 'faiss' | 'scan';
  /** False: keyword search alone; the index on disk is not looked at. */
  readonly useVectors: boolean;
  /** Ranks keyword questions where there is no index; an index is searched by the recipe that it was made by. */
  readonly recipe: RecipeName;
};

/**
 * The corpus and an index of it, searched in a thread of its own. Answers are of the store as it is when they are asked
 * for, as long as it changes row by row; another index, and a source that comes or goes, get a new `Search`.
 */
export interface Search {
  readonly status: SearchStatus;
  /**
   * Ranks by vector or by words and looks the best comments up. Keyword questions wait until the keyword index is
   * built; others do not.
   *
   * @throws when asked by vector without an index, or with a vector of another length
   */
  search(request: SearchRequest, signal?: AbortSignal): Promise<SearchResult>;
  /** Comments of these sources (all when absent) by key, in the order asked; undefined for what can no longer be found. */
  comments(
    keys: readonly string[],
    sources?: readonly string[],
    signal?: AbortSignal,
  ): Promise<readonly (Comment | undefined)[]>;
  /**
   * How near comments are to a vector, by key, in the order asked; undefined for what the index does not hold, and for
   * all without an index.
   *
   * @throws when the vector has another length
   */
  scores(vector: Float32Array, keys: readonly string[], signal?: AbortSignal): Promise<readonly (number | undefined)[]>;
  /**
   * Takes in what has changed in the store, with the vectors that are there by now; `status` tells of it.
   *
   * @returns false when more has changed than can be told row by row: another `Search` has to be opened
   */
  catchUp(signal?: AbortSignal): Promise<boolean>;
  /** Resolves when keyword questions are answered at once. */
  keywordsReady(signal?: AbortSignal): Promise<void>;
  /** Asks a title, its own issue standing there as comment text alone. Waits until the keyword index is built. */
  tryTitle(trial: TitleTrial, signal?: AbortSignal): Promise<TriedTitle>;
  /** Calls under way fail. */
  close(): Promise<void>;
}

type SearchStatus = {
  /** Comments that can be found. */
  readonly rows: number;
  /** Those of them that are found by meaning: fewer while vectors are missing. Absent without an index. */
  readonly indexed?: number | undefined;
  /** Of the index that serves vectors; undefined: keyword search alone. */
  readonly manifest: Manifest | undefined;
  /** The store's version that answers were last known to be of. */
  readonly corpusVersion: number;
  /** ISO 8601: when it was opened. */
  readonly loadedAt: string;
  /** Whether keyword questions are answered at once. */
  readonly keywordReady: boolean;
};

/** What `catchUp` of the worker gives. */
export type CaughtUp = Pick<SearchStatus, 'rows' | 'indexed' | 'corpusVersion'> & { readonly complete: boolean };

export type OpenedSearch = Omit<SearchStatus, 'keywordReady'> | { readonly damage: string };

/** The latest opening in this process: see `openFaissIndex` for why there is one at a time. */
let opening: Promise<unknown> = Promise.resolve();

/**
 * Opens a corpus and, where wanted and there, its index. Resolves when questions by vector are answered; the keyword
 * index goes on being built.
 *
 * @throws DamagedIndexError when the index on disk is damaged: it has to be built again;
 *   OperatorError when FAISS is missing, or a newer Precedent wrote corpus or index
 * @param onLost called when the thread has failed after it was opened: every call fails from then on
 */
export async function startSearch(options: SearchOptions, onLost: () => void = () => {}): Promise<Search> {
  const turn = opening;
  const opened = turn.then(() => open(options, onLost));
  opening = opened.catch(() => {});
  return opened;
}

async function open(options: SearchOptions, onLost: () => void): Promise<Search> {
  const worker = startWorker('search-worker', import.meta.url, options);
  const remote = connect(worker);
  try {
    const outcome = await remote.call<OpenedSearch>('open');
    if ('damage' in outcome) throw new DamagedIndexError(outcome.damage);
    worker.once('exit', onLost);
    let status = outcome;
    let keywordReady = false;
    remote.call('keywordsReady').then(
      () => {
        keywordReady = true;
      },
      () => {},
    );
    return {
      get status() {
        return { ...status, keywordReady };
      },
      search: (request, signal) => remote.call('search', request, { signal }),
      comments: (keys, sources, signal) => remote.call('comments', { keys, sources }, { signal }),
      tryTitle: (trial, signal) => remote.call('tryTitle', trial, { signal }),
      scores: (vector, keys, signal) => remote.call('scores', { vector, keys }, { signal }),
      async catchUp(signal) {
        const { complete, ...state } = await remote.call<CaughtUp>('catchUp', undefined, { signal });
        status = { ...status, ...state };
        return complete;
      },
      keywordsReady: (signal) => remote.call('keywordsReady', undefined, { signal }),
      async close() {
        worker.off('exit', onLost);
        await remote.call('close').catch(() => {});
        await remote.close();
      },
    };
  } catch (error) {
    await remote.close();
    throw error;
  }
}
