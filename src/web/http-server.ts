import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OperatorError } from '../errors.ts';

export type HttpServerOptions = {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** The settings that the operator changes when the address cannot be had. */
  readonly settings: { readonly host: string; readonly port: string };
  /** Must answer every request; what it throws ends the connection. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** How long `close` lets running requests go on. */
  readonly graceMs?: number;
};

export interface HttpServer {
  /** @returns the address it listens on. @throws OperatorError when it is in use or not to be had */
  listen(): Promise<string>;
  /** The address, with a slash at its end; empty while it does not listen. */
  readonly url: string;
  close(): Promise<void>;
}

/** A listener that no slow or endless client can hold open, and that closes in time. */
export function createHttpServer({ host, port, settings, handle, graceMs = 3_000 }: HttpServerOptions): HttpServer {
  const server = createServer(
    {
      // A question may stand in the address: 5,000 characters of Chinese are 45 kB there.
      maxHeaderSize: 65_536,
      headersTimeout: 10_000,
      requestTimeout: 20_000,
      keepAliveTimeout: 5_000,
      connectionsCheckingInterval: 2_000,
    },
    (request, response) => {
      handle(request, response).catch(() => response.destroy());
    },
  );
  server.maxConnections = 1_000;
  let url = '';

  return {
    get url() {
      return url;
    },
    async listen() {
      await listening(server, host, port).catch((error: NodeJS.ErrnoException) => {
        throw new OperatorError(listenFault(error, host, port, settings), { cause: error });
      });
      url = urlOf(server.address() as AddressInfo);
      return url;
    },
    async close() {
      if (!url) return;
      url = '';
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function listenFault(
  error: NodeJS.ErrnoException,
  host: string,
  port: number,
  settings: HttpServerOptions['settings'],
): string {
  if (error.code === 'EADDRINUSE') {
    return `Port ${port} on ${host} is in use by another program, perhaps by another Precedent: stop it, or set ${settings.port} to a free port.`;
  }
  if (error.code === 'EACCES') {
    return `Port ${port} needs more rights than this user has: set ${settings.port} to a port from 1024 on.`;
  }
  return `${settings.host}=${host} is no address of this machine (${error.code ?? error.message}): set it to one of its own, or to 127.0.0.1.`;
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}/`;
}
