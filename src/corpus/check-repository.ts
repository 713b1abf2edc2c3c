import { setTimeout as sleep } from 'node:timers/promises';
import { OperatorError } from '../errors.ts';
import { MissingError } from '../github/errors.ts';
import type { RepositoryApi } from '../github/github.ts';
import type { Logger } from '../log.ts';
import { toGithubRepository } from './github-rows.ts';
import { sourceKey } from './source-key.ts';
import type { SourceFeed } from './store.ts';
import { firstState, type SyncState } from './sync-state.ts';

export type CheckRepositoryOptions = {
  readonly spec: string;
  /** `OWNER/NAME` as configured. */
  readonly name: string;
  readonly api: RepositoryApi;
  readonly feed: SourceFeed;
  readonly allowedPrivate?: readonly string[] | undefined;
  readonly keep: (reached: SyncState) => Promise<void>;
  readonly notePrivate: (isPrivate: boolean) => Promise<void>;
  readonly onRepository?: ((repository: SyncState['repository']) => void) | undefined;
  readonly log: Logger;
  readonly signal?: AbortSignal | undefined;
};

const ASK_AGAIN_MS = 1_000;

/**
 * Follows a repository by its id, through renames.
 *
 * @throws OperatorError when it is gone, or private and allowed nowhere: its rows are removed then; a `MissingError` when
 *   it was never there
 */
export async function checkRepository(options: CheckRepositoryOptions): Promise<SyncState> {
  const { spec, name, api, feed, keep, log, notePrivate, signal, onRepository } = options;
  // Undefined before it was first looked at.
  const state = feed.state as SyncState | undefined;
  const url = state ? `/repositories/${state.repository.id}` : `/repos/${name}`;
  const mark = state?.marks.repository;
  const ask = () => api.get(url, { etag: mark?.url === url ? mark.etag : undefined, signal });
  const answer = await ask().catch(async (error: unknown) => {
    if (!(error instanceof MissingError)) throw error;
    if (!state) throw unknownRepository(spec, error);
    // Rows are not removed for what may have been a slip.
    await sleep(ASK_AGAIN_MS, undefined, { signal });
    return ask().catch((again: unknown) => forget(options, again));
  });
  // Another one beside this may have learned meanwhile that it is private, from an answer that is newer than this one.
  const meanwhile = feed.state as SyncState | undefined;
  const becamePrivate = meanwhile?.repository.isPrivate === true && state?.repository.isPrivate !== true;
  if (answer.unchanged && state) {
    const isPrivate = becamePrivate || state.repository.isPrivate === true;
    if (isPrivate) await admitPrivate(options);
    await notePrivate(isPrivate);
    onRepository?.(state.repository);
    return meanwhile ?? state;
  }
  const repository = toGithubRepository(answer.data);
  if (!repository)
    throw new OperatorError(`${spec}: GitHub's answer to ${url} is no repository. Check GITHUB_API_URL.`);
  const { id } = repository;
  const isPrivate = becamePrivate || repository.isPrivate;
  if (isPrivate) await admitPrivate(options);
  await notePrivate(isPrivate);
  if (state && state.repository.name !== repository.name) {
    log.info(`${spec}: the repository is called ${repository.name} now, and is followed there`);
  }
  const kept = { id, name: repository.name, isPrivate };
  // Others may have come further while GitHub was asked.
  const next = (feed.state as SyncState | undefined) ?? firstState(kept);
  const marks = { ...next.marks, repository: answer.etag ? { url, etag: answer.etag } : undefined };
  const looked: SyncState = { ...next, repository: kept, marks };
  await keep(looked);
  onRepository?.(kept);
  return looked;
}

/** Removes the rows of one that nobody allowed. */
async function admitPrivate({ spec, feed, allowedPrivate }: CheckRepositoryOptions): Promise<void> {
  if (allowedPrivate?.includes(sourceKey(spec))) return;
  const wasRead = feed.state !== undefined;
  await feed.clear();
  throw new OperatorError(
    `${spec} is private, and nobody said where it may answer, so ${wasRead ? 'its rows were removed' : 'it is not read'}. ` +
      `Name the places, as in PRIVATE_SOURCES=${spec}=discord:SERVER,slack:TEAM, or take it out of SOURCES.`,
  );
}

function unknownRepository(spec: string, { status, cause }: MissingError): MissingError {
  const advice =
    'Check how it is written; a private one needs a token or an App that may read it, and its places in PRIVATE_SOURCES.';
  return new MissingError(status, `${spec} is not on GitHub (${status}). ${advice}`, { cause });
}

async function forget({ spec, feed }: CheckRepositoryOptions, error: unknown): Promise<never> {
  if (!(error instanceof MissingError)) throw error;
  await feed.clear();
  throw new OperatorError(`${spec} is not on GitHub any more, or was made private: its rows were removed.`, {
    cause: error,
  });
}
