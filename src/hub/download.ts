import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { threadId } from 'node:worker_threads';
import { OperatorError } from '../errors.ts';
import { isRunning, thisProcess } from '../process-identity.ts';
import { diskError, sizeOf } from './hub-cache.ts';
import { backOffMs, exchange, type HubHttp, pause, statusError, TemporaryError } from './hub-http.ts';

export type Download = {
  readonly url: string;
  /** For messages: `onnx/model.onnx of OWNER/NAME`. */
  readonly what: string;
  /** Where the complete, checked file goes. Its name is the ETag. */
  readonly target: string;
  readonly sizeBytes: number;
  /** 64 hex digits where the Hub tells; only the size is checked otherwise. */
  readonly sha256: string | undefined;
  readonly tries: number;
  readonly retryDelayMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: ((receivedBytes: number) => void) | undefined;
};

/** A try that brought this much starts the count of failed tries anew. */
const PROGRESS_BYTES = 1_000_000;
/** A partial file of another machine that nobody wrote to for so long has been left. */
const ABANDONED_MS = 5 * 60_000;

/**
 * Fetches a file beside its target, going on where an earlier try stopped, checks it and renames it into place.
 *
 * A process writes only its own partial file, so that two at work on the same file cost twice the traffic and no more;
 * the file of a process that is gone is taken over by renaming it, which only one can.
 *
 * @throws OperatorError when it cannot be had; what was received stays
 */
export async function download(http: HubHttp, file: Download): Promise<void> {
  const partial = await claimPartial(file.target);
  let failures = 0;
  let mismatches = 0;
  for (;;) {
    const before = (await sizeOf(partial)) ?? 0;
    try {
      await receive(http, file, partial);
      if (await isIntact(partial, file)) return await rename(partial, file.target);
      await rm(partial, { force: true });
      mismatches++;
      if (mismatches > 1) throw checksumError(file);
    } catch (thrown) {
      const error = diskError(thrown, partial);
      if (!(error instanceof TemporaryError)) throw error;
      const gained = ((await sizeOf(partial)) ?? 0) - before;
      failures = gained >= PROGRESS_BYTES ? 1 : failures + 1;
      if (failures >= file.tries) throw givenUp(file, failures, error);
      await pause(backOffMs(error, failures, file.retryDelayMs), file.signal);
    }
  }
}

async function receive(http: HubHttp, file: Download, partial: string): Promise<void> {
  const { sizeBytes, url, signal, onBytes } = file;
  const have = (await sizeOf(partial)) ?? 0;
  if (have === sizeBytes && have > 0) return;
  if (have > sizeBytes) await rm(partial, { force: true });
  const from = have > sizeBytes ? 0 : have;
  const handle = await open(partial, 'a');
  try {
    const headers: Record<string, string> = from > 0 ? { range: `bytes=${from}-` } : {};
    await exchange(http, url, { headers, signal }, async (response, alive) => {
      const start = await startOf(http, file, response, from, handle);
      let received = start;
      onBytes?.(received);
      for await (const chunk of response.body ?? []) {
        alive();
        received += chunk.length;
        if (received > sizeBytes) throw new TemporaryError(`${file.what} is longer than its ${sizeBytes} bytes.`);
        await handle.appendFile(chunk);
        onBytes?.(received);
      }
      if (received < sizeBytes) throw new TemporaryError(`The connection for ${file.what} ended early.`);
    });
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** At which byte the answer starts; what is there already goes when the server starts from the beginning. */
async function startOf(
  http: HubHttp,
  file: Download,
  response: Response,
  from: number,
  handle: FileHandle,
): Promise<number> {
  const continues = response.status === 206 && response.headers.get('content-range')?.startsWith(`bytes ${from}-`);
  if (continues) return from;
  await handle.truncate(0);
  if (response.status === 200) return 0;
  if (response.status === 206 || response.status === 416) {
    throw new TemporaryError(`The Hub (${http.endpoint}) sent another part of ${file.what} than asked for.`);
  }
  throw statusError(http, response, file.what);
}

async function isIntact(partial: string, { sizeBytes, sha256 }: Download): Promise<boolean> {
  if ((await sizeOf(partial)) !== sizeBytes) return false;
  return sha256 === undefined || (await sha256Of(partial)) === sha256;
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest('hex');
}

/** This thread's partial file, with what a process that is gone left of the same blob. */
async function claimPartial(target: string): Promise<string> {
  const { pid, start, host } = ownName();
  const mine = `${target}.${pid}-${start}-${host}-${threadId}.incomplete`;
  if ((await sizeOf(mine)) !== undefined) return mine;
  const dir = path.dirname(target);
  for (const name of await readdir(dir)) {
    if (!name.startsWith(`${path.basename(target)}.`) || !(await isAbandoned(path.join(dir, name)))) continue;
    // Whoever renames it first has it.
    const claimed = await rename(path.join(dir, name), mine).then(
      () => true,
      () => false,
    );
    if (claimed) break;
  }
  return mine;
}

async function isAbandoned(partial: string): Promise<boolean> {
  const [, pid, start = '', host] = /\.(\d+)-(\d*)-([0-9a-f]+)-\d+\.incomplete$/.exec(partial) ?? [];
  if (pid === undefined) return false;
  if (host === ownName().host) return !isRunning({ pid: Number(pid), start, host: hostname() });
  const found = await stat(partial).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > ABANDONED_MS;
}

function ownName(): { readonly pid: number; readonly start: string; readonly host: string } {
  const { pid, start, host } = thisProcess();
  return { pid, start, host: createHash('sha256').update(host).digest('hex').slice(0, 8) };
}

function checksumError({ what, sizeBytes, sha256 }: Download): OperatorError {
  return new OperatorError(
    `${what} arrived damaged twice: expected ${sizeBytes} bytes${sha256 ? ` with sha256 ${sha256}` : ''}. ` +
      'Something between here and the Hub changes it: try another network, or set HF_ENDPOINT.',
  );
}

function givenUp({ what }: Download, failures: number, cause: TemporaryError): OperatorError {
  return new OperatorError(
    `${what} could not be fetched in ${failures} tries. What arrived is kept: the next start goes on there.`,
    { cause },
  );
}
