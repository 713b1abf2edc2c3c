import { afterEveryTest } from '../after-every-test.ts';
import { type SlackServer, type SlackServerOptions, startSlackServer } from './slack-server.ts';

const MANIFEST = {
  features: { slash_commands: [{ command: '/ask' }] },
  oauth_config: {
    scopes: { bot: ['commands', 'chat:write', 'app_mentions:read', 'im:history', 'channels:history'] },
  },
  settings: { event_subscriptions: { bot_events: ['app_mention', 'message.im', 'message.channels'] } },
};

const opened: SlackServer[] = [];
afterEveryTest(async () => {
  for (const server of opened.splice(0)) await server.close();
});

/** A workspace that a test talks to without a bot. */
export async function start(options: Partial<SlackServerOptions> = {}): Promise<SlackServer> {
  const server = await startSlackServer({ manifest: MANIFEST, ...options });
  opened.push(server);
  return server;
}

export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
};

/** A plain call of its API. */
export async function call(
  server: SlackServer,
  method: string,
  args: object = {},
  token = server.botToken,
): Promise<Answer> {
  const form = new URLSearchParams(
    Object.entries(args).map(([key, value]): [string, string] => [
      key,
      typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]),
  );
  const response = await fetch(`${server.apiUrl}/${method}`, {
    method: 'POST',
    headers: token ? { authorization: `Bearer ${token}` } : {},
    body: form,
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] };
}

export const POST = { channel: 'C1', text: 'hello', unfurl_links: false, unfurl_media: false };
