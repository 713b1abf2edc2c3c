import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { HttpError } from './http-error.ts';

/** What a handler sees of a request. */
export type WebRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** The client's, or its proxy's. */
  readonly address: string;
  /** Aborts when the client has gone, the page closes, or it has taken too long. */
  readonly signal: AbortSignal;
  /** @throws HttpError 413 for more than the page ever sends */
  body(): Promise<string>;
};

/** What a handler answers with. */
export type WebReply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

const MAX_BODY_BYTES = 262_144;

/** @throws HttpError 400 for an address that is none */
export function toWebRequest(request: IncomingMessage, signal: AbortSignal): WebRequest {
  const target = request.url ?? '';
  if (!target.startsWith('/') || !URL.canParse(`http://local${target}`)) {
    throw new HttpError(400, 'The address of the request cannot be read.');
  }
  const url = new URL(`http://local${target}`);
  return {
    method: request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET'),
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    address: request.socket.remoteAddress ?? '',
    signal,
    body: () => readBody(request),
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Ending the loop must not destroy the request: its socket still carries the reply.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Reading on would let the client fill the memory; the connection ends with the reply.
    if (bytes > MAX_BODY_BYTES) {
      throw new HttpError(413, `The request is larger than ${MAX_BODY_BYTES / 1024} kB.`, { connection: 'close' });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The fields of a form, as browsers send it. @throws HttpError 415 for another content type */
export async function readForm(request: WebRequest): Promise<URLSearchParams> {
  expectType(request, 'application/x-www-form-urlencoded');
  return new URLSearchParams(await request.body());
}

/** A JSON object. @throws HttpError 415 for another content type, 400 for anything else */
export async function readJson(request: WebRequest): Promise<Readonly<Record<string, unknown>>> {
  expectType(request, 'application/json');
  const value = parseJson(await request.body());
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new HttpError(400, 'Expected a JSON object: {"question": "…", "top": 5}.');
  }
  return value as Record<string, unknown>;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw Object.assign(new HttpError(400, 'The body is not JSON.'), { cause });
  }
}

function expectType({ headers }: WebRequest, expected: string): void {
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (type !== expected) throw new HttpError(415, `Expected the content type ${expected}.`);
}
