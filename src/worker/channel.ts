import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { MessageChannel, type MessagePort, type Transferable, Worker } from 'node:worker_threads';
import { BusyError, OperatorError, toError, UserError } from '../errors.ts';

/**
 * Calls across threads: a request with an id goes one way, its result or error comes back. Native libraries are
 * synchronous, so they live behind such a channel and the thread that answers chats never waits for them.
 */
export interface Remote {
  /**
   * Runs `method` on the other side and resolves with what it returned (structured clone; the buffers in `transfer`
   * move instead). Rejects with the handler's error, revived as the same class for the classes of `errors.ts`; with
   * the signal's reason once it aborts (the handler is told); and with an error when the other side is gone.
   */
  call<Result>(method: string, argument?: unknown, options?: CallOptions): Promise<Result>;
  close(): Promise<void>;
}

export type CallOptions = { readonly signal?: AbortSignal | undefined; readonly transfer?: readonly Transferable[] };
export type HandlerContext = { readonly signal: AbortSignal };
/** A handler may return `withTransfer(value, buffers)` to move buffers instead of copying them. */
export type Handlers = Readonly<Record<string, (argument: never, context: HandlerContext) => unknown>>;

type Port = Pick<MessagePort, 'postMessage' | 'on' | 'off'>;
type Request =
  | { readonly kind: 'call'; readonly id: number; readonly method: string; readonly argument: unknown }
  | { readonly kind: 'abort'; readonly id: number }
  | { readonly kind: 'stop' };
type Response =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: SerializedError };
type SerializedError = {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly cause: SerializedError | undefined;
  readonly retryAfterMs: number | undefined;
};

class Transferred {
  readonly value: unknown;
  readonly transfer: readonly Transferable[];
  constructor(value: unknown, transfer: readonly Transferable[]) {
    this.value = value;
    this.transfer = transfer;
  }
}

export function withTransfer(value: unknown, transfer: readonly Transferable[]): unknown {
  return new Transferred(value, transfer);
}

/**
 * Answers calls that arrive at `port` until it closes, which aborts those under way. A thread whose `Worker` is closed
 * ends.
 */
export function serve(port: Port, handlers: Handlers): void {
  const running = new Map<number, AbortController>();
  port.on('message', (message: Request) => {
    if (message.kind === 'stop') process.exit();
    else if (message.kind === 'abort') running.get(message.id)?.abort();
    else void answer(message.id, message.method, message.argument);
  });
  port.on('close', () => {
    for (const controller of running.values()) controller.abort();
  });

  async function answer(id: number, method: string, argument: unknown): Promise<void> {
    const controller = new AbortController();
    running.set(id, controller);
    try {
      const handler = handlers[method];
      if (!handler) throw new Error(`the worker has no method ${method}`);
      const result = await handler(argument as never, { signal: controller.signal });
      if (result instanceof Transferred) port.postMessage({ id, result: result.value }, [...result.transfer]);
      else port.postMessage({ id, result });
    } catch (error) {
      port.postMessage({ id, error: serializeError(error) });
    } finally {
      running.delete(id);
    }
  }
}

/** The calling side of a port that `serve` answers. */
export function connect(port: MessagePort | Worker): Remote {
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  let lastId = 0;
  let gone: Error | undefined;
  const exited = new Promise<void>((resolve) => port.on('exit', () => resolve()));

  const settle = (message: Response) => {
    const call = waiting.get(message.id);
    waiting.delete(message.id);
    if ('error' in message) call?.reject(reviveError(message.error));
    else call?.resolve(message.result as never);
  };
  const fail = (error: Error) => {
    gone ??= error;
    for (const call of waiting.values()) call.reject(gone);
    waiting.clear();
  };
  port.on('message', settle);
  port.on('messageerror', fail);
  port.on('close', () => fail(new Error('the worker was closed')));
  port.on('error', (error: Error) => fail(new Error('the worker failed', { cause: error })));
  port.on('exit', (code: number) => fail(new Error(`the worker stopped (exit code ${code})`)));

  return {
    async call(method, argument, { signal, transfer = [] } = {}) {
      signal?.throwIfAborted();
      if (gone) throw gone;
      const id = ++lastId;
      const abort = () => {
        port.postMessage({ kind: 'abort', id });
        waiting.get(id)?.reject(toError(signal?.reason));
        waiting.delete(id);
      };
      try {
        return await new Promise((resolve, reject) => {
          waiting.set(id, { resolve, reject });
          signal?.addEventListener('abort', abort, { once: true });
          port.postMessage({ kind: 'call', id, method, argument }, [...transfer]);
        });
      } finally {
        signal?.removeEventListener('abort', abort);
        waiting.delete(id);
      }
    },
    async close() {
      // First, so that whoever waits is not told of an exit code.
      fail(new Error('the worker was closed'));
      if ('terminate' in port) await stop(port, exited);
      else port.close();
    },
  };
}

const STOP_TIMEOUT_MS = 10_000;

/**
 * A thread that is terminated while native code runs in it takes the whole process along: ONNX Runtime's binding throws
 * where nobody can catch it. So the thread is asked to end, which it does between two pieces of work.
 */
async function stop(worker: Worker, exited: Promise<void>): Promise<void> {
  worker.postMessage({ kind: 'stop' } satisfies Request);
  const late = setTimeout(() => void worker.terminate(), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(late);
}

/** Starts the worker `name` that lies beside the caller: `startWorker('search-worker', import.meta.url)`. */
export function startWorker(
  name: string,
  besideUrl: string,
  workerData: unknown = {},
  transfer: Transferable[] = [],
): Worker {
  // FAISS and OpenBLAS both bring threads; together they make a search 8 to 10 times slower. The OpenMP runtime reads
  // this from the process's environment when the library loads: setting it inside a worker comes too late.
  process.env.OMP_NUM_THREADS ??= '1';
  const extension = path.extname(new URL(besideUrl).pathname);
  const file = compiled(new URL(`${name}${extension}`, besideUrl));
  return new Worker(file, { workerData, transferList: transfer });
}

/**
 * Where Node finds a module that it is to start: itself, and of TypeScript what was compiled of it. Tests and benchmarks
 * run from the sources, while a loader in every thread and process that they start would take most of their time.
 */
export function compiled(module: URL): URL {
  if (!module.pathname.endsWith('.ts')) return module;
  const root = new URL('../../', import.meta.url);
  const file = path.relative(fileURLToPath(root), fileURLToPath(module)).replace(/\.ts$/, '.js');
  return pathToFileURL(path.join(fileURLToPath(root), 'dist', file));
}

/** Two ends of a new channel; one travels to another thread. */
export function channel(): { readonly near: MessagePort; readonly far: MessagePort } {
  const { port1, port2 } = new MessageChannel();
  return { near: port1, far: port2 };
}

function serializeError(thrown: unknown): SerializedError {
  const error = toError(thrown);
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    cause: error.cause === undefined ? undefined : serializeError(error.cause),
    retryAfterMs: error instanceof BusyError ? error.retryAfterMs : undefined,
  };
}

function reviveError({ name, message, stack, cause, retryAfterMs }: SerializedError): Error {
  const options = cause === undefined ? {} : { cause: reviveError(cause) };
  const error = create();
  if (stack !== undefined) error.stack = stack;
  return error;

  function create(): Error {
    if (name === 'BusyError') return new BusyError(retryAfterMs ?? 1000);
    if (name === 'UserError') return new UserError(message, options);
    if (name === 'OperatorError' || name === 'ConfigError') return new OperatorError(message, options);
    return Object.assign(new Error(message, options), { name });
  }
}
