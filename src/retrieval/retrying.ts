import { setTimeout as sleep } from 'node:timers/promises';
import { describeError, isAbort, OperatorError, UnavailableError } from '../errors.ts';
import type { Logger } from '../log.ts';

/** Work in the background that must not end because something failed once. */
export interface Persistence {
  /**
   * Tries until it works; undefined when the signal aborts first.
   */
  retrying<Result>(
    what: string,
    work: () => Promise<Result>,
    options?: RetryOptions<Result>,
  ): Promise<Result | undefined>;
  /** False when the signal aborted meanwhile. */
  waited(milliseconds: number): Promise<boolean>;
  /** To the log, unless it failed only because the signal aborted. What repeats itself is said every ten minutes. */
  report(message: string, error: unknown): void;
}

export type RetryOptions<Result> = {
  readonly onFailure?: (error: unknown) => void;
  /** Called now and then between two tries: ends them by what it gives, if that is not undefined. */
  readonly look?: () => Promise<Result | undefined>;
  /** Whether a failure may pass soon; another one is tried again only at the longest interval, and said once. */
  readonly mayPass?: (error: unknown) => boolean;
};

export type PersistenceOptions = {
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Waits between tries; the last one repeats. */
  readonly retryMs: readonly number[];
  readonly now?: () => number;
};

const REPEAT_MS = 10 * 60_000;
const LOOK_MS = 5_000;

export function createPersistence({
  log,
  signal,
  retryMs,
  now = () => performance.now(),
}: PersistenceOptions): Persistence {
  /** By message, what was last said and when. */
  const reported = new Map<string, { readonly line: string; readonly at: number }>();

  async function waited(milliseconds: number): Promise<boolean> {
    await sleep(milliseconds, undefined, { signal, ref: false }).catch(() => {});
    return !signal.aborted;
  }

  function report(message: string, error: unknown): void {
    if (signal.aborted || isAbort(error)) return;
    const line = `${message}: ${describeError(error)}`;
    const last = reported.get(message);
    if (last?.line === line && now() - last.at < REPEAT_MS) return;
    reported.set(message, { line, at: now() });
    log.warn(line);
    log.debug(message, { error });
  }

  return {
    async retrying(what, work, { onFailure = () => {}, look = async () => undefined, mayPass = () => true } = {}) {
      let lasting: string | undefined;
      for (let attempt = 0; ; attempt++) {
        try {
          return await work();
        } catch (error) {
          if (signal.aborted) return undefined;
          const step = mayPass(error) ? attempt : retryMs.length;
          const waitMs = retryMs[Math.min(step, retryMs.length - 1)] ?? 60_000;
          const reason = mayPass(error) ? undefined : describeError(error);
          if (reason === undefined || reason !== lasting) {
            report(`${what}; trying again in ${Math.round(waitMs / 1000)} s`, error);
          }
          lasting = reason;
          onFailure(error);
          for (let leftMs = waitMs; leftMs > 0; leftMs -= LOOK_MS) {
            if (!(await waited(Math.min(leftMs, LOOK_MS)))) return undefined;
            const found = await look();
            if (found !== undefined) return found;
          }
        }
      }
    },
    waited,
    report,
  };
}

/** False for what only the operator can mend: an `OperatorError` that no outage is behind. */
export function isTemporary(error: unknown): boolean {
  if (!(error instanceof OperatorError)) return true;
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof UnavailableError) return true;
  }
  return false;
}
