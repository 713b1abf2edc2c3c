import { describeError, isAbort, OperatorError, toError, UnavailableError } from '../errors.ts';

export type HubHttp = {
  readonly endpoint: string;
  readonly token: string | undefined;
  /** For the connection and the first byte of the answer. */
  readonly answerTimeoutMs: number;
  /** Between two pieces of a body. */
  readonly stallTimeoutMs: number;
};

type Request = {
  readonly method?: 'GET' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  readonly redirect?: 'follow' | 'manual';
  readonly signal?: AbortSignal | undefined;
};

/** Worth another try: the network, an overloaded server, a connection that broke. */
export class TemporaryError extends UnavailableError {
  /** Nobody answered at all within the time limit. */
  readonly silent: boolean;
  /** What the server asked for. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: { cause?: unknown; silent?: boolean; retryAfterMs?: number | undefined } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.silent = options.silent ?? false;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/**
 * One request with its whole answer: `consume` reads the body and calls `alive` with each piece. The connection is
 * given up when nothing comes for too long, and when the signal aborts.
 *
 * @throws TemporaryError when nobody answers or the connection breaks; the signal's reason when it aborts
 */
export async function exchange<Result>(
  http: HubHttp,
  url: string,
  { method = 'GET', headers = {}, redirect = 'follow', signal }: Request,
  consume: (response: Response, alive: () => void) => Promise<Result>,
): Promise<Result> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const abort = () => controller.abort(signal?.reason);
  let answered = false;
  let timer: NodeJS.Timeout | undefined;
  const limit = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => controller.abort(silence(http, ms, answered)), ms);
  };

  signal?.addEventListener('abort', abort, { once: true });
  limit(http.answerTimeoutMs);
  try {
    const response = await fetch(url, {
      method,
      redirect,
      headers: {
        'user-agent': 'precedent',
        // A compressed body has another length than the file, and cannot be resumed.
        'accept-encoding': 'identity',
        ...(http.token && { authorization: `Bearer ${http.token}` }),
        ...headers,
      },
      signal: controller.signal,
    });
    answered = true;
    limit(http.stallTimeoutMs);
    return await consume(response, () => limit(http.stallTimeoutMs));
  } catch (error) {
    if (controller.signal.aborted) throw toError(controller.signal.reason);
    if (error instanceof OperatorError || isAbort(error) || !isNetworkError(error)) throw error;
    throw new TemporaryError(
      `The Hub (${http.endpoint}) cannot be reached. Check the network, or set HF_ENDPOINT to a mirror.`,
      { cause: error },
    );
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
    // Frees the connection when the body was not read to its end; without effect otherwise.
    controller.abort();
  }
}

/** What a refusal means, as an error that says what to do. */
export function statusError(http: HubHttp, response: Response, what: string): OperatorError {
  const { status } = response;
  const code = response.headers.get('x-error-code');
  if (status === 401 && !http.token) {
    return new OperatorError(
      `The Hub (${http.endpoint}) gives ${what} to nobody without a token: it does not exist, or it is private or gated. ` +
        'Check its name, or set HF_TOKEN to a token that may read it.',
    );
  }
  if (status === 401 || status === 403) {
    const gated = code === 'GatedRepo' ? 'accept its terms on its page with the account of HF_TOKEN' : undefined;
    return new OperatorError(
      `The Hub (${http.endpoint}) refuses ${what} (HTTP ${status}): ${gated ?? 'HF_TOKEN is not valid, or may not read it. Set HF_TOKEN to one that may'}.`,
    );
  }
  if (status === 404) {
    const missing = code === 'RevisionNotFound' ? 'has no such revision of' : 'does not know';
    return new OperatorError(
      `The Hub (${http.endpoint}) ${missing} ${what}. Check the name${http.token ? '' : '; if it is private, set HF_TOKEN'}.`,
    );
  }
  const message = `The Hub (${http.endpoint}) answered ${status} for ${what}`;
  if (status === 408 || status === 429 || status >= 500) {
    return new TemporaryError(`${message}. Try again later.`, { retryAfterMs: retryAfterMs(response) });
  }
  return new OperatorError(`${message}; expected the file. Check HF_ENDPOINT.`);
}

/** Runs `attempt` again after temporary failures; gives up at once when nobody answers at all. */
export async function withRetries<Result>(
  attempt: () => Promise<Result>,
  { tries, delayMs, signal }: { tries: number; delayMs: number; signal?: AbortSignal | undefined },
): Promise<Result> {
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof TemporaryError) || error.silent || failures >= tries) throw error;
      await pause(backOffMs(error, failures, delayMs), signal);
    }
  }
}

const LONGEST_PAUSE_MS = 30_000;

export function backOffMs(error: TemporaryError, failures: number, delayMs: number): number {
  return Math.min(LONGEST_PAUSE_MS, error.retryAfterMs ?? delayMs * 2 ** (failures - 1));
}

/** @throws the signal's reason when it aborts meanwhile */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(toError(signal?.reason));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

function silence({ endpoint }: HubHttp, ms: number, answered: boolean): TemporaryError {
  const what = answered ? 'stopped sending' : 'does not answer';
  return new TemporaryError(
    `The Hub (${endpoint}) ${what} (waited ${ms < 1000 ? `${ms} ms` : `${Math.round(ms / 1000)} s`}). Check the network, or set HF_ENDPOINT to a mirror.`,
    { silent: !answered },
  );
}

function retryAfterMs(response: Response): number | undefined {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

/** Node's `fetch` wraps every network failure in a TypeError with the true one as its cause. */
function isNetworkError(error: unknown): boolean {
  return error instanceof TypeError && /fetch failed|terminated|network/i.test(describeError(error));
}
