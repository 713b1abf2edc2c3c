import type { OnProgress } from '../progress.ts';

/** A repository of the Hugging Face Hub. */
export type HubRepository = { readonly kind: 'model' | 'dataset'; readonly id: string };

export type HubFile = { readonly path: string; readonly sizeBytes: number };

export type HubListing = {
  /** The full commit hash that the revision stands for. */
  readonly commit: string;
  readonly files: readonly HubFile[];
  /** Undefined where the Hub could not be asked. */
  readonly isPrivate?: boolean | undefined;
};

/**
 * Files of the Hugging Face Hub, kept in the standard cache folder (`HF_HUB_CACHE`, else `HF_HOME/hub`, else
 * `~/.cache/huggingface/hub`), which Python's tools share.
 */
export interface Hub {
  /**
   * What a repository holds at a revision (branch, tag or commit). Asks the Hub; falls back to what the cache holds
   * of that revision when the Hub cannot be reached.
   *
   * @throws OperatorError unreachable and not cached, unknown, or not allowed: which, and what to do
   */
  list(repository: HubRepository, revision: string, signal?: AbortSignal): Promise<HubListing>;
  /** What the cache holds of a revision, without asking anybody; undefined when it holds nothing. */
  cached(repository: HubRepository, revision: string): Promise<HubListing | undefined>;
  /**
   * The local path of one file, fetched unless it is cached. Goes on where an interrupted download stopped, checks
   * size and sha256, renames into place.
   *
   * @throws OperatorError when it cannot be had; what was received so far stays for the next try
   */
  fetch(repository: HubRepository, commit: string, file: HubFile, options?: FetchOptions): Promise<string>;
}

export type FetchOptions = { readonly signal?: AbortSignal | undefined; readonly onProgress?: OnProgress | undefined };
