import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { createLogger } from '../../src/log.ts';
import { createWebPlatform, type WebOptions, type WebPlatform } from '../../src/web/bot.ts';
import type { WebStatus } from '../../src/web/status.ts';
import { afterEveryTest } from '../after-every-test.ts';
import { anAnswer } from '../fakes/answers.ts';

export const SERVING: WebStatus = {
  serving: true,
  mode: 'semantic',
  keywordReason: undefined,
  rows: 2098,
  sample: false,
  model: 'sentence-transformers/multi-qa-mpnet-base-dot-v1',
  precision: 'fp32',
  recipe: 'precedent',
  device: 'cpu',
  indexedAt: '2026-11-20T10:00:00Z',
  progress: undefined,
};

export type Served = {
  readonly url: string;
  readonly port: number;
  readonly logged: string[];
  readonly page: WebPlatform;
};

const open: WebPlatform[] = [];

afterEveryTest(async () => {
  await Promise.all(open.splice(0).map((page) => page.close()));
});

/** The real page on a free port, closed after the test. */
export async function serve(options: Partial<WebOptions> = {}): Promise<Served> {
  const logged: string[] = [];
  const page = createWebPlatform({
    ask: async (question, top) => {
      const answer = anAnswer({ question });
      return { ...answer, hits: answer.hits.slice(0, top) };
    },
    status: () => SERVING,
    platforms: [],
    sampleIssue: () => undefined,
    log: createLogger({ level: 'debug', write: (line) => logged.push(line) }),
    ...options,
    config: { ...LOCAL, ...options.config },
  });
  open.push(page);
  await page.start(new AbortController().signal);
  const port = Number(new URL(page.url).port);
  return { url: `http://127.0.0.1:${port}`, port, logged, page };
}

export const LOCAL = {
  host: '127.0.0.1',
  port: 0,
  pageToken: undefined,
  publicHost: '127.0.0.1',
  publicPort: undefined,
};

export const GUARDED = { ...LOCAL, pageToken: 'a-token-of-some-length' };

export type RawReply = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string };

/** A request with headers that `fetch` does not let one choose. */
export function send(
  port: number,
  path: string,
  {
    method = 'GET',
    headers = {},
    body = '',
  }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ host: '127.0.0.1', port, path, method, headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
