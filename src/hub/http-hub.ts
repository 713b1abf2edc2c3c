import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { OperatorError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { download } from './download.ts';
import type { FetchOptions, Hub, HubFile, HubListing, HubRepository } from './hub.ts';
import { diskError, hubCache, isSafePath, sizeOf } from './hub-cache.ts';
import { exchange, type HubHttp, statusError, TemporaryError, withRetries } from './hub-http.ts';

export type HubOptions = {
  /** Without a slash at the end: `https://huggingface.co`. */
  readonly endpoint: string;
  readonly token?: string | undefined;
  /** The standard cache folder, shared with Python's tools. */
  readonly cacheDir: string;
  readonly log: Logger;
  /** For a connection and the first byte of an answer. */
  readonly answerTimeoutMs?: number;
  /** Between two pieces of a file. */
  readonly stallTimeoutMs?: number;
  /** How often a request is tried; a download counts only tries that bring next to nothing. */
  readonly tries?: number;
  /** Before the second try; doubles with each. */
  readonly retryDelayMs?: number;
};

type RemoteFile = { readonly etag: string; readonly sizeBytes: number };

/** Files that are being fetched in this thread, by blob, each with what settles when its turn is over. */
const fetching = new Map<string, Promise<void>>();

export function createHub({
  endpoint,
  token,
  cacheDir,
  log,
  answerTimeoutMs = 10_000,
  stallTimeoutMs = 30_000,
  tries = 5,
  retryDelayMs = 500,
}: HubOptions): Hub {
  const http: HubHttp = { endpoint, token, answerTimeoutMs, stallTimeoutMs };
  /** Which branch or tag a listed commit came from: remembered in the cache once a file of it is there. */
  const revisions = new Map<string, { readonly revision: string; readonly commit: string }>();

  async function list(repository: HubRepository, revision: string, signal?: AbortSignal): Promise<HubListing> {
    try {
      const ask = () => askListing(http, repository, revision, log, signal);
      const listing = await withRetries(ask, { tries: Math.min(tries, 3), delayMs: retryDelayMs, signal });
      revisions.set(`${keyOf(repository)}@${listing.commit}`, { revision, commit: listing.commit });
      return listing;
    } catch (error) {
      if (!(error instanceof TemporaryError)) throw error;
      const kept = await hubCache(cacheDir, repository).listing(revision);
      if (!kept) throw error;
      log.warn(`${repository.id}: the Hub cannot be reached, what the cache holds is used`, { error });
      return kept;
    }
  }

  async function fetchFile(
    repository: HubRepository,
    commit: string,
    file: HubFile,
    { signal, onProgress }: FetchOptions,
  ): Promise<string> {
    const cache = hubCache(cacheDir, repository);
    const local = cache.snapshotPath(commit, file.path);
    if (await cache.has(commit, file)) return local;
    if (!isSafePath(file.path))
      throw new OperatorError(`${repository.id} has a file with the unsafe name ${file.path}.`);
    await mkdir(cache.blobsDir, { recursive: true });

    const url = `${endpoint}/${repository.kind === 'dataset' ? 'datasets/' : ''}${repository.id}/resolve/${commit}/${encodePath(file.path)}`;
    const what = `${file.path} of ${repository.id}`;
    const askHead = () => askRemoteFile(http, url, what, file, signal);
    const { etag, sizeBytes } = await withRetries(askHead, { tries, delayMs: retryDelayMs, signal });
    const blob = path.join(cache.blobsDir, etag);
    await inTurn(blob, signal, async () => {
      if ((await sizeOf(blob)) === sizeBytes) return;
      log.info(`fetching ${what} (${Math.max(0.1, sizeBytes / 1e6).toFixed(1)} MB)`);
      const sha256 = /^[0-9a-f]{64}$/.test(etag) ? etag : undefined;
      const onBytes = (received: number) =>
        onProgress?.({
          what: `fetching ${path.posix.basename(file.path)}`,
          done: received / 1e6,
          total: sizeBytes / 1e6,
          unit: 'MB',
        });
      await download(http, { url, what, target: blob, sizeBytes, sha256, tries, retryDelayMs, signal, onBytes });
    });
    await cache.link(blob, commit, file.path);
    const known = revisions.get(`${keyOf(repository)}@${commit}`);
    if (known) await cache.setRef(known.revision, commit);
    return local;
  }

  return {
    list,
    cached: (repository, revision) => hubCache(cacheDir, repository).listing(revision),
    fetch: (repository, commit, file, options = {}) =>
      fetchFile(repository, commit, file, options).catch((error: unknown) => {
        throw diskError(error, cacheDir);
      }),
  };
}

async function askListing(
  http: HubHttp,
  { kind, id }: HubRepository,
  revision: string,
  log: Logger,
  signal: AbortSignal | undefined,
): Promise<HubListing> {
  const url = `${http.endpoint}/api/${kind}s/${id}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const what = `${kind} ${id} at ${revision}`;
  return await exchange(http, url, { signal }, async (response) => {
    if (!response.ok) throw statusError(http, response, what);
    const listing = toListing(await response.text());
    if (!listing) {
      throw new OperatorError(`${http.endpoint} did not list ${what} as a Hub does. Check HF_ENDPOINT.`);
    }
    // Names come from outside and become paths.
    const files = listing.files.filter((file) => isSafePath(file.path));
    if (files.length < listing.files.length) log.warn(`${id} has files with unsafe names, which are left out`);
    return { ...listing, files };
  });
}

function toListing(text: string): HubListing | undefined {
  try {
    const parsed = JSON.parse(text) as { sha?: unknown; siblings?: unknown; private?: unknown };
    const { sha, siblings } = parsed;
    if (typeof sha !== 'string' || !/^[0-9a-f]{40}$/.test(sha) || !Array.isArray(siblings)) return undefined;
    const files = siblings.map(({ rfilename, size, lfs }) => ({ path: rfilename, sizeBytes: size ?? lfs?.size }));
    const complete = files.every((file) => typeof file.path === 'string' && Number.isSafeInteger(file.sizeBytes));
    return complete ? { commit: sha, files, isPrivate: parsed.private === true } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What the Hub says of a file before it is fetched. A redirect to a storage host carries the file's own ETag and size;
 * one within the Hub (a renamed repository, its cache) is followed.
 */
async function askRemoteFile(
  http: HubHttp,
  url: string,
  what: string,
  file: HubFile,
  signal: AbortSignal | undefined,
): Promise<RemoteFile> {
  let address = url;
  for (let hops = 0; hops < 5; hops++) {
    const next = await exchange(http, address, { method: 'HEAD', redirect: 'manual', signal }, async (response) => {
      const { headers, status } = response;
      const location = headers.get('location');
      const linkedEtag = headers.get('x-linked-etag');
      if (status >= 300 && status < 400 && location && !linkedEtag) {
        const target = new URL(location, address);
        if (target.origin === new URL(address).origin) return target.href;
      }
      if (status >= 400) throw statusError(http, response, what);
      const etag = (linkedEtag ?? headers.get('etag') ?? '').replace(/^W\//, '').replaceAll('"', '');
      const size = headers.get('x-linked-size') ?? (status === 200 ? headers.get('content-length') : null);
      return { etag, sizeBytes: size === null ? file.sizeBytes : Number(size) };
    });
    if (typeof next === 'string') address = next;
    else if (/^[\w-]{1,128}$/.test(next.etag) && Number.isSafeInteger(next.sizeBytes)) return next;
    else break;
  }
  throw new OperatorError(`${http.endpoint} tells no usable ETag and size for ${what}. Check HF_ENDPOINT.`);
}

/** One at a time in this thread: a second caller waits and then finds the file. */
async function inTurn(blob: string, signal: AbortSignal | undefined, work: () => Promise<void>): Promise<void> {
  for (let before = fetching.get(blob); before; before = fetching.get(blob)) await unlessAborted(before, signal);
  const turn = work();
  const settled = turn.then(
    () => {},
    () => {},
  );
  fetching.set(blob, settled);
  try {
    await turn;
  } finally {
    fetching.delete(blob);
  }
}

async function unlessAborted(settling: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  let stop = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal?.reason);
    signal?.addEventListener('abort', stop, { once: true });
  });
  try {
    await Promise.race([settling, aborted]);
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

function encodePath(file: string): string {
  return file.split('/').map(encodeURIComponent).join('/');
}

function keyOf({ kind, id }: HubRepository): string {
  return `${kind}:${id}`;
}
