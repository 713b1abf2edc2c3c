import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WebConfig } from '../config.ts';
import { BusyError, UserError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Platform } from '../platform.ts';
import { failureText } from '../reply-text.ts';
import { newRequestId } from '../request-id.ts';
import { createAccess } from './access.ts';
import { HttpError } from './http-error.ts';
import { createHttpServer } from './http-server.ts';
import { renderFailure } from './reply.ts';
import { toWebRequest, type WebReply } from './request.ts';
import { createRoutes, type Failure, failureReply, type RouteOptions } from './routes.ts';

export type WebOptions = Omit<RouteOptions, 'access'> & {
  readonly config: WebConfig;
  readonly log: Logger;
  /** After this long a question is given up. */
  readonly replyTimeoutMs?: number;
};

/** The local page. It counts as connected while it listens. */
export interface WebPlatform extends Platform {
  /** Where it listens, with a slash at the end; empty before `start` and after `close`. */
  readonly url: string;
}

/** Page, API and `/healthz`, on one listener that only this machine reaches unless `HOST` says otherwise. */
export function createWebPlatform({ config, log, replyTimeoutMs = 60_000, ...rest }: WebOptions): WebPlatform {
  const access = createAccess({ host: config.host, token: config.pageToken });
  const routes = createRoutes({ ...rest, access });
  const server = createHttpServer({
    host: config.host,
    port: config.port,
    settings: { host: 'HOST', port: 'PORT' },
    handle: serve,
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const timeout = AbortSignal.timeout(replyTimeoutMs);
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    const reply = await Promise.resolve()
      .then(() => routes(toWebRequest(request, AbortSignal.any([gone.signal, timeout]))))
      .catch((error: unknown) => {
        const failure = gone.signal.aborted ? GONE : toFailure(error, timeout.aborted);
        return failureReply({ path }, failure, renderFailure);
      });
    if (!gone.signal.aborted) write(response, reply);
  }

  /** What the caller is told. The log gets the error and the path, never the question. */
  function toFailure(error: unknown, timedOut: boolean): Failure {
    if (error instanceof BusyError) {
      const seconds = Math.max(1, Math.ceil(error.retryAfterMs / 1000));
      return { status: 503, message: error.message, headers: { 'retry-after': String(seconds) } };
    }
    if (error instanceof UserError) return { status: 400, message: error.message, headers: {} };
    if (error instanceof HttpError) return error;
    const requestId = newRequestId();
    if (timedOut) log.warn('a question from the page took too long', { requestId, replyTimeoutMs });
    else log.error('a request to the page failed', { requestId, error });
    return { status: timedOut ? 504 : 500, message: failureText(requestId), headers: {}, requestId };
  }

  return {
    name: 'page',
    get url() {
      return server.url.replace(EVERY_ADDRESS, '//127.0.0.1:');
    },
    async start(signal) {
      signal.throwIfAborted();
      await server.listen();
      log.debug('the page is open', { token: access.guarded ? 'asked for' : 'not needed' });
    },
    health: () => (server.url ? { ok: true, detail: 'connected' } : { ok: false, detail: 'not listening' }),
    close: () => server.close(),
  };
}

/** Where it listens, but no address to go to. */
const EVERY_ADDRESS = /\/\/(?:0\.0\.0\.0|\[::\]):/;

const GONE: Failure = { status: 499, message: 'The client has gone.', headers: {} };

/**
 * The referrer policy keeps addresses from other sites, yet lets forms name their origin: under `no-referrer` browsers
 * send "null" there, and a form without scripts could not be told from a foreign one.
 */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

function write(response: ServerResponse, { status, headers, body }: WebReply): void {
  const length = { 'content-length': String(Buffer.byteLength(body)) };
  response.writeHead(status, { ...SECURITY_HEADERS, ...headers, ...length }).end(body);
}
