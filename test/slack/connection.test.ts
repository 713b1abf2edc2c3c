import { describe, expect, it, vi } from 'vitest';
import { OperatorError } from '../../src/errors.ts';
import { sign } from '../fakes/slack-delivery.ts';
import { type Bench, openBench } from './setup.ts';

const never = () => new AbortController().signal;

async function refusal({ platform }: Bench): Promise<Error> {
  const error = await platform.start(never()).then(
    () => new Error('it started'),
    (reason: Error) => reason,
  );
  expect(error).toBeInstanceOf(OperatorError);
  expect(platform.health().ok).toBe(false);
  return error;
}

describe('the start', () => {
  it.each(['socket', 'http'] as const)(
    'over %s refuses a bot token that Slack does not know or that was revoked, and says what is kept of who left',
    async (mode) => {
      for (const [error, words] of [
        ['invalid_auth', /does not know it(?!.*is kept)/],
        ['token_revoked', /was revoked.*what is kept of that workspace/],
        ['account_inactive', /was removed from the workspace.*what is kept of that workspace/],
      ] as const) {
        const bench = await openBench({ mode, start: false });
        bench.server.tokenError = error;
        const { message } = await refusal(bench);
        expect(message).toMatch(words);
        expect(message).toMatch(/^SLACK_BOT_TOKEN .* Copy it again/);
      }
    },
  );

  it('refuses a token without the scopes that it needs, naming them and what to do', async () => {
    const bench = await openBench({ start: false });
    bench.server.world.scopes = ['commands', 'chat:write', 'channels:read', 'groups:read', 'users:read'];
    const { message } = await refusal(bench);
    expect(message).toContain('app_mentions:read, im:history are missing');
    expect(message).toContain('npm run slack:manifest');
  });

  it('refuses an app token that is wrong, may not connect, or belongs to an app without Socket Mode', async () => {
    for (const [error, words] of [
      ['invalid_auth', /^SLACK_APP_TOKEN is not accepted/],
      ['missing_scope', /connections:write/],
      ['socket_mode_disabled', /Check that Socket Mode is switched on/],
    ] as const) {
      const bench = await openBench({ start: false });
      bench.server.appTokenError = error;
      expect((await refusal(bench)).message).toMatch(words);
    }
  });

  it('waits for a Slack that cannot be reached, and says so meanwhile', async () => {
    const bench = await openBench({ start: false });
    await bench.server.down();
    const started = bench.platform.start(never());
    await bench.server.until('a failed try', () => /cannot be reached/.test(bench.platform.health().detail));
    await bench.server.up();
    await started;
    expect(bench.platform.health()).toEqual({ ok: true, detail: 'connected' });
  });

  it('does not hang on a connection that never says hello', async () => {
    const bench = await openBench({ start: false, timing: { helloTimeoutMs: 300 } });
    bench.server.sockets.helloDelays.push(Number.POSITIVE_INFINITY);
    await bench.platform.start(never());
    expect(bench.platform.health().ok).toBe(true);
    expect(bench.logged.some((line) => line.includes('could not connect, trying again'))).toBe(true);
  });

  it('waits for a hello that comes late', async () => {
    const bench = await openBench({ start: false });
    bench.server.sockets.helloDelays.push(150);
    await bench.platform.start(never());
    expect(await bench.server.person().command('/sources')).toMatchObject({ acked: true });
  });

  it('ends when it is told to, with nothing left open', async () => {
    const bench = await openBench({ start: false });
    bench.server.sockets.helloDelays.push(Number.POSITIVE_INFINITY);
    const stop = new AbortController();
    const started = bench.platform.start(stop.signal);
    await bench.server.until('the call', () =>
      bench.server.calls.some(({ method }) => method === 'apps.connections.open'),
    );
    stop.abort(new Error('enough'));
    await expect(started).rejects.toThrow('enough');
    await bench.platform.close();
    await bench.server.until('no connection', () => bench.server.sockets.open === 0);
  });
});

describe('a connection', () => {
  /** Both of the bot's connections are up. */
  const both = ({ server }: Bench) => server.until('two connections', () => server.sockets.connections === 2);

  it('that Slack renews leaves no gap: what is sent meanwhile is served at once', async () => {
    const bench = await openBench();
    await both(bench);
    bench.server.sockets.disconnect('refresh_requested', { most: 1 });
    const deliveries = await Promise.all(
      [1, 2, 3].map((n) => bench.server.person(`U${n}`).command('/ask', `Question ${n}`)),
    );
    for (const delivery of deliveries) expect(delivery).toMatchObject({ acked: true, attempts: 1 });
    await both(bench);
    expect(bench.platform.health().ok).toBe(true);
  });

  it('comes back by itself when all are renewed at once, long before five seconds', async () => {
    const bench = await openBench();
    await both(bench);
    bench.server.sockets.disconnect('refresh_requested');
    await bench.server.until('a connection', () => bench.server.sockets.connections > 0, 4_000);
    expect(await bench.server.person().command('/sources')).toMatchObject({ acked: true });
  });

  it('that breaks is made anew, and an event that was lost with it is answered when Slack sends it again', async () => {
    const bench = await openBench({ minuteMs: 300 });
    await both(bench);
    bench.server.sockets.drop();
    const { ts, deliveries } = bench.server.person().dm('How do I cache?');
    await bench.server.message(({ threadTs }) => threadTs === ts);
    expect((await deliveries)[0]?.acked).toBe(true);
    expect(bench.ask.asked).toHaveLength(1);
  });

  it('that falls silent is dropped and replaced', async () => {
    const bench = await openBench({ timing: { pingTimeoutMs: 500 } });
    await both(bench);
    bench.server.sockets.freeze();
    expect(bench.server.sockets.connections).toBe(0);
    await both(bench);
    expect(await bench.server.person().command('/sources')).toMatchObject({ acked: true });
  });

  it('survives a Slack that is away for a while, without an unhandled rejection', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    const bench = await openBench({ timing: { missedAfterMs: 200 } });
    await both(bench);
    const connected = vi.spyOn(bench.conversations, 'connected');
    await bench.server.down();
    await bench.server.until('the news', () => !bench.platform.health().ok);
    await new Promise((resolve) => setTimeout(resolve, 400));
    await bench.server.up();
    await both(bench);
    expect(bench.platform.health()).toEqual({ ok: true, detail: 'connected' });
    // Slack gave up telling of what happened meanwhile, so that has to be looked for.
    expect(connected).toHaveBeenCalledOnce();
    expect(await bench.server.person().command('/sources')).toMatchObject({ acked: true });
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  it('goes on trying when the app token is revoked later, and health says it', async () => {
    const bench = await openBench();
    await both(bench);
    bench.server.appTokenError = 'token_revoked';
    bench.server.sockets.drop();
    await bench.server.until('the news', () => bench.platform.health().detail.includes('SLACK_APP_TOKEN'));
    bench.server.appTokenError = undefined;
    await both(bench);
    expect(bench.platform.health().ok).toBe(true);
  });

  it('says when Socket Mode was switched off', async () => {
    const bench = await openBench();
    await both(bench);
    bench.server.sockets.disconnect('link_disabled');
    await bench.server.until('the line', () =>
      bench.logged.some((line) => line.includes('Socket Mode was switched off')),
    );
  });

  it('waits as long as Slack asks for when it opens too many', async () => {
    const bench = await openBench({ start: false });
    bench.server.fail('apps.connections.open', { status: 429, retryAfterSeconds: 1 });
    const startedAt = Date.now();
    await bench.platform.start(never());
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(950);
  });

  it('is really closed when the platform closes', async () => {
    const bench = await openBench();
    await both(bench);
    await bench.platform.close();
    expect(bench.server.sockets.connections).toBe(0);
    await bench.server.until('every socket to be gone', () => bench.server.sockets.open === 0);
    expect(await bench.server.person().command('/sources')).toMatchObject({ acked: false, problem: 'no_connection' });
  });
});

describe('the bot token', () => {
  it('that is revoked while the bot runs turns its health, which says what to do, until it is accepted again', async () => {
    const bench = await openBench();
    bench.server.tokenError = 'token_revoked';
    const { deliveries } = bench.server.person().mention('How do I cache?');
    expect(await deliveries).toMatchObject([{ acked: true }]);
    await bench.server.until('the news', () => !bench.platform.health().ok);
    expect(bench.platform.health().detail).toContain('SLACK_BOT_TOKEN is not accepted: Slack says that it was revoked');
    bench.server.tokenError = undefined;
    await bench.server.until('better news', () => bench.platform.health().ok);
  });
});

describe('signed HTTP', () => {
  async function push(url: string, body: string, headers: Record<string, string>) {
    const all = { 'content-type': 'application/json', ...headers };
    return (await fetch(url, { method: 'POST', headers: all, body })).status;
  }

  it('takes what Slack signed and refuses what is unsigned, forged, old or of tomorrow', async () => {
    const bench = await openBench({ mode: 'http' });
    const body = JSON.stringify({ type: 'url_verification', challenge: 'abc' });
    const secret = bench.server.signingSecret;
    const now = Math.floor(Date.now() / 1000);
    const url = bench.server.pushUrl ?? '';
    expect(await push(url, body, sign(body, secret))).toBe(200);
    expect(await push(url, body, {})).toBe(401);
    expect(await push(url, body, sign(body, 'another secret'))).toBe(401);
    expect(await push(url, body, sign(`${body} `, secret))).toBe(401);
    expect(await push(url, body, sign(body, secret, now - 600))).toBe(401);
    expect(await push(url, body, sign(body, secret, now + 3_600))).toBe(401);
  });

  it('tells Slack to come again before the bot is ready and after it closed', async () => {
    const bench = await openBench({ mode: 'http', start: false, minuteMs: 100 });
    const { ts, deliveries } = bench.server.person().dm('How do I cache?');
    await bench.platform.start(never());
    await bench.server.message(({ threadTs }) => threadTs === ts);
    expect((await deliveries)[0]).toMatchObject({ acked: true });
    await bench.platform.close();
    expect(await bench.server.person().command('/sources')).toMatchObject({ acked: false, response: 503 });
  });
});

describe('the settings', () => {
  it('must name a way in for Slack', async () => {
    await expect(
      openBench({
        configure: (config) => ({ ...config, appToken: undefined, signingSecret: undefined }),
        start: false,
      }),
    ).rejects.toThrow('SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET');
    await expect(
      openBench({ configure: (config) => ({ ...config, appToken: undefined }), start: false }),
    ).rejects.toThrow('PUBLIC_PORT is missing');
  });
});
