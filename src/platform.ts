import type { IncomingMessage, ServerResponse } from 'node:http';

/** A chat platform, or whatever else serves commands: what `main.ts` starts and stops and `/healthz` asks. */
export interface Platform {
  readonly name: string;
  /**
   * Connects and serves. Resolves once it is connected. Rejects with an `UnavailableError` when it cannot be reached,
   * and may be called again; with another `OperatorError` when only the operator can mend it (a wrong token). A
   * platform that loses its connection later mends that itself.
   */
  start(signal: AbortSignal): Promise<void>;
  health(): Health;
  /** Stops taking new requests, lets the running ones finish for a few seconds, disconnects. */
  close(): Promise<void>;
}

export type Health = {
  readonly ok: boolean;
  /** "connected", or what is missing, in one line without ids or secrets. */
  readonly detail: string;
};

/** The listener that the outside world reaches (`PUBLIC_PORT`). It serves what platforms register, and nothing else. */
export interface PublicListener {
  /**
   * Serves `method` at exactly `path` (the query aside). Reading the body, its size limit and its signature are the
   * handler's business; what it throws becomes a 500 without a word of why. Before or after the listener starts.
   */
  route(method: string, path: string, handle: RouteHandler): void;
}

export type RouteHandler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
