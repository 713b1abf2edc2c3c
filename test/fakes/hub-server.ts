import { createHash } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';

export type HubContent = string | Uint8Array | { readonly localFile: string };

export type HubServerRepository = {
  readonly kind: 'model' | 'dataset';
  /** `OWNER/NAME` */
  readonly id: string;
  /** By path in the repository. */
  readonly files: Readonly<Record<string, HubContent>>;
  /** 40 hex digits; made from the paths and contents when absent. */
  readonly commit?: string;
  /** Only the server's `token` may see that it exists. */
  readonly private?: boolean;
  /** Everybody may list it, only the server's `token` may read its files. */
  readonly gated?: boolean;
};

/** Something that goes wrong with a file (its path in the repository), `times` times, by default once. */
export type HubFault = { readonly file: string; readonly times?: number } & (
  | { readonly kind: 'cut' | 'stall' | 'flip'; readonly atByte: number }
  | { readonly kind: 'status'; readonly status: number }
);

export type HubRequest = {
  readonly method: string;
  /** Without host and query. */
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
  /** Whether it went to the storage host that large files redirect to. */
  readonly storage: boolean;
};

export interface HubServer {
  /** For `HF_ENDPOINT`. */
  readonly url: string;
  readonly requests: readonly HubRequest[];
  /** Adds a repository, or gives an existing one a new commit; returns the commit. Old commits stay readable. */
  publish(repository: HubServerRepository): Promise<string>;
  fault(fault: HubFault): void;
  /** While true, connections are accepted and nothing is ever answered: a network that swallows packets. */
  swallow(on: boolean): void;
  /** Requests whose path contains the text. */
  count(pathPart: string, method?: string): number;
  close(): Promise<void>;
}

type StoredFile = {
  readonly blob: Blob;
  readonly sha256: string;
  /** Of the Git object, what an ordinary file's ETag is. */
  readonly gitSha1: string;
  readonly large: boolean;
};
type StoredRepository = {
  latest: string;
  readonly options: HubServerRepository;
  readonly commits: Map<string, ReadonlyMap<string, StoredFile>>;
};

const LARGE_FILE = /\.(onnx|bin|safetensors|parquet|h5|gz|zip)$/;
const LARGE_BYTES = 10_000_000;

/**
 * A Hugging Face Hub on 127.0.0.1 that keeps the real one's rules: revision listings with sizes, Git or LFS ETags,
 * large files by redirect to a storage host of another origin (which refuses an `Authorization` header, as the real
 * one's signed addresses do), ordinary files by relative redirect, byte ranges, 401/403/404 with `x-error-code`.
 */
export async function startHubServer({
  repositories = [],
  token,
}: {
  repositories?: readonly HubServerRepository[];
  /** What opens private and gated repositories. */
  token?: string;
} = {}): Promise<HubServer> {
  const stored = new Map<string, StoredRepository>();
  const blobs = new Map<string, { readonly file: StoredFile; readonly path: string }>();
  const requests: HubRequest[] = [];
  const faults: { -readonly [Key in keyof HubFault]: HubFault[Key] }[] = [];
  let swallowing = false;

  const record = (request: IncomingMessage, storage: boolean) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://hub').pathname);
    const { authorization, range } = request.headers;
    requests.push({ method: request.method ?? '', path, range, authorization, storage });
    return path;
  };
  const takeFault = (file: string, kinds: readonly HubFault['kind'][]): HubFault | undefined => {
    const index = faults.findIndex((fault) => fault.file === file && kinds.includes(fault.kind));
    const fault = faults[index];
    if (!fault) return undefined;
    const left = (fault.times ?? 1) - 1;
    if (left > 0) fault.times = left;
    else faults.splice(index, 1);
    return { ...fault } as HubFault;
  };

  const hub = createServer((request, response) => {
    const path = record(request, false);
    if (swallowing) return;
    void handleHub(request, response, path);
  });
  const storage = createServer((request, response) => {
    const path = record(request, true);
    if (swallowing) return;
    const blob = blobs.get(path.slice('/blobs/'.length));
    if (request.headers.authorization) return refuse(response, 400, 'OnlyOneAuthMechanism');
    if (!blob) return refuse(response, 403, 'AccessDenied');
    void sendFile(request, response, blob.file, blob.path);
  });
  const url = await listen(hub);
  const storageUrl = await listen(storage);

  async function handleHub(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, 'MethodNotAllowed');
    const listing = /^\/api\/(models|datasets)\/([^/]+\/[^/]+)\/revision\/(.+)$/.exec(path);
    const cached = /^\/api\/resolve-cache\/(models|datasets)\/([^/]+\/[^/]+)\/([^/]+)\/(.+)$/.exec(path);
    const resolve = /^\/(?:(datasets)\/)?([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(path);
    const [, kind = 'models', id = '', revision = '', file] = listing ?? cached ?? resolve ?? [];
    const repository = stored.get(`${kind}/${id}`);
    const allowed = token !== undefined && request.headers.authorization === `Bearer ${token}`;
    // Who may not see a repository cannot tell it from one that does not exist.
    if (!repository || (repository.options.private && !allowed))
      return refuse(response, allowed ? 404 : 401, 'RepoNotFound');
    if (!listing && repository.options.gated && !allowed)
      return refuse(response, request.headers.authorization ? 403 : 401, 'GatedRepo');
    const commit = revision === 'main' ? repository.latest : revision;
    const files = repository.commits.get(commit);
    if (!files) return refuse(response, 404, 'RevisionNotFound');
    if (listing) return sendListing(request, response, commit, files, repository.options.private ?? false);
    const found = files.get(file ?? '');
    if (!found || file === undefined) return refuse(response, 404, 'EntryNotFound');
    const status = takeFault(file, ['status']);
    if (status?.kind === 'status') return refuse(response, status.status, 'Fault');
    response.setHeader('x-repo-commit', commit);
    if (cached) return sendFile(request, response, found, file);
    if (found.large) {
      response.setHeader('x-linked-etag', `"${found.sha256}"`);
      response.setHeader('x-linked-size', found.blob.size);
    }
    const location = found.large
      ? `${storageUrl}/blobs/${found.sha256}`
      : `/api/resolve-cache/${kind}/${id}/${commit}/${encodeURIComponent(file)}`;
    response.writeHead(found.large ? 302 : 307, { location }).end();
  }

  function sendListing(
    request: IncomingMessage,
    response: ServerResponse,
    commit: string,
    files: ReadonlyMap<string, StoredFile>,
    isPrivate: boolean,
  ): void {
    const withSizes = new URL(request.url ?? '/', url).searchParams.get('blobs') === 'true';
    const siblings = [...files].map(([rfilename, { blob, sha256, gitSha1, large }]) => ({
      rfilename,
      ...(withSizes && { size: blob.size, blobId: gitSha1 }),
      ...(withSizes && large && { lfs: { sha256, size: blob.size, pointerSize: 134 } }),
    }));
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ sha: commit, private: isPrivate, siblings }));
  }

  async function sendFile(
    request: IncomingMessage,
    response: ServerResponse,
    { blob, sha256, gitSha1, large }: StoredFile,
    path: string,
  ): Promise<void> {
    response.setHeader('etag', large ? `"${sha256}"` : `"${gitSha1}"`);
    response.setHeader('accept-ranges', 'bytes');
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    const from = range ? Number(range[1]) : 0;
    const until = range?.[2] ? Math.min(Number(range[2]) + 1, blob.size) : blob.size;
    if (range && from >= blob.size) {
      response.setHeader('content-range', `bytes */${blob.size}`);
      return refuse(response, 416, 'InvalidRange');
    }
    if (range) response.setHeader('content-range', `bytes ${from}-${until - 1}/${blob.size}`);
    response.writeHead(range ? 206 : 200, { 'content-length': until - from });
    if (request.method === 'HEAD') return void response.end();
    const fault = takeFault(path, ['cut', 'stall', 'flip']);
    const source = blob.slice(from, until).stream();
    await send(response, source, from, fault);
  }

  const server: HubServer = {
    url,
    requests,
    async publish(repository) {
      const files = new Map<string, StoredFile>();
      for (const [path, content] of Object.entries(repository.files)) {
        const file = await store(path, content);
        files.set(path, file);
        if (file.large) blobs.set(file.sha256, { file, path });
      }
      const key = `${repository.kind}s/${repository.id}`;
      const commit = repository.commit ?? sha1([...files].map(([path, file]) => `${path} ${file.sha256}`).join('\n'));
      const commits = stored.get(key)?.commits ?? new Map();
      commits.set(commit, files);
      stored.set(key, { latest: commit, options: repository, commits });
      return commit;
    },
    fault: (fault) => void faults.push({ ...fault }),
    swallow: (on) => {
      swallowing = on;
    },
    count: (pathPart, method) =>
      requests.filter((request) => request.path.includes(pathPart) && (!method || request.method === method)).length,
    async close() {
      await Promise.all([hub, storage].map(stop));
    },
  };
  for (const repository of repositories) await server.publish(repository);
  return server;
}

async function send(
  response: ServerResponse,
  body: Awaited<ReturnType<Blob['stream']>>,
  from: number,
  fault: HubFault | undefined,
): Promise<void> {
  const faultAt = fault && 'atByte' in fault ? fault.atByte : Number.POSITIVE_INFINITY;
  let position = from;
  for await (const chunk of Readable.fromWeb(body as never) as AsyncIterable<Uint8Array>) {
    const bytes = Buffer.from(chunk);
    const offset = faultAt - position;
    const hit = offset < bytes.length;
    if (hit && fault?.kind === 'flip' && offset >= 0) bytes[offset] = (bytes[offset] as number) ^ 1;
    if (hit && fault?.kind !== 'flip') {
      const rest = bytes.subarray(0, Math.max(0, offset));
      if (fault?.kind === 'stall') return void response.write(rest);
      // What was written must be on its way before the connection goes, or the client sees less than it was sent.
      return void response.write(rest, () => setTimeout(() => response.destroy(), 20));
    }
    position += bytes.length;
    if (response.destroyed) return;
    if (!response.write(bytes)) {
      await new Promise<void>((resolve) => {
        response.once('drain', resolve);
        response.once('close', resolve);
      });
    }
  }
  response.end();
}

async function store(path: string, content: HubContent): Promise<StoredFile> {
  const local = typeof content === 'object' && 'localFile' in content ? content.localFile : undefined;
  const blob = local ? await openAsBlob(local) : new Blob([content as string | Uint8Array<ArrayBuffer>]);
  const size = local ? (await stat(local)).size : blob.size;
  const sha256 = createHash('sha256');
  const gitSha1 = createHash('sha1').update(`blob ${size}\0`);
  for await (const chunk of Readable.fromWeb(blob.stream() as never) as AsyncIterable<Uint8Array>) {
    sha256.update(chunk);
    gitSha1.update(chunk);
  }
  const large = LARGE_FILE.test(path) || size > LARGE_BYTES;
  return { blob, sha256: sha256.digest('hex'), gitSha1: gitSha1.digest('hex'), large };
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response
    .writeHead(status, { 'x-error-code': code, 'content-type': 'application/json' })
    .end(JSON.stringify({ error: code }));
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}
