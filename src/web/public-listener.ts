import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../log.ts';
import type { PublicListener, RouteHandler } from '../platform.ts';
import { createHttpServer } from './http-server.ts';

export type PublicListenerOptions = {
  readonly host: string;
  readonly port: number;
  readonly log: Logger;
};

export interface OpenPublicListener extends PublicListener {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Opens the listener that the outside world reaches: 404 for all but the registered routes, 405 for their other
 * methods.
 *
 * @throws OperatorError when the address is in use or not to be had
 */
export async function openPublicListener({ host, port, log }: PublicListenerOptions): Promise<OpenPublicListener> {
  const routes = new Map<string, Map<string, RouteHandler>>();
  const server = createHttpServer({
    host,
    port,
    settings: { host: 'PUBLIC_HOST', port: 'PUBLIC_PORT' },
    handle: serve,
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const methods = routes.get((request.url ?? '').split('?', 1)[0] ?? '');
    const handle = methods?.get(request.method ?? '');
    if (!methods) return refuse(response, 404);
    if (!handle) return refuse(response, 405, { allow: [...methods.keys()].join(', ') });
    try {
      await handle(request, response);
    } catch (error) {
      log.error('a request to the public listener failed', { error });
      if (response.headersSent) response.destroy();
      else refuse(response, 500);
    }
  }

  const url = await server.listen();
  log.info('the public listener is open', { url });
  return {
    url,
    route(method, path, handle) {
      const methods = routes.get(path) ?? new Map<string, RouteHandler>();
      if (methods.has(method)) throw new Error(`${method} ${path} is registered twice`);
      routes.set(path, methods.set(method, handle));
    },
    close: () => server.close(),
  };
}

/** Without reading what was sent: the connection ends, so that nobody can feed it. */
function refuse(response: ServerResponse, status: number, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-length': '0', connection: 'close', ...headers }).end();
}
