import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Check } from '../../src/check.ts';
import { readConfig } from '../../src/config.ts';
import { addressCheck, clockCheck, outsideAddresses, runningBotCheck } from '../../src/doctor/network-checks.ts';

const look = (check: Check) => check.run(AbortSignal.timeout(20_000));
const servers: Server[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

/** A server that gives everybody the same answer. */
async function answering(status: number, { date, body = '' }: { date?: Date; body?: string } = {}): Promise<string> {
  const server = createServer((_request, response) => {
    response.sendDate = date === undefined;
    response.writeHead(status, { connection: 'close', ...(date ? { date: date.toUTCString() } : {}) }).end(body);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An address at which nobody listens. */
async function silent(): Promise<string> {
  const url = await answering(200);
  await new Promise((resolve) => servers.pop()?.close(resolve));
  return url;
}

describe('outside addresses', () => {
  it('are only those that the settings use', () => {
    const names = (settings: Record<string, string>) =>
      outsideAddresses(readConfig(settings)).map(({ setting, url }) => `${setting} ${url}`);
    expect(names({})).toEqual(['HF_ENDPOINT https://huggingface.co']);
    expect(
      names({
        SOURCES: 'github:example/project',
        GITHUB_API_URL: 'https://github.example/api/v3',
        DISCORD_TOKEN: 'a.b.c',
        SLACK_BOT_TOKEN: 'xoxb-1',
        SLACK_APP_TOKEN: 'xapp-1',
      }),
    ).toEqual([
      'HF_ENDPOINT https://huggingface.co',
      'GITHUB_API_URL https://github.example/api/v3',
      'DISCORD_API_URL https://discord.com/api',
      'SLACK_API_URL https://slack.com/api',
    ]);
  });

  const check = (url: string, dispensable = false) =>
    look(addressCheck({ name: 'Hub', url, setting: 'HF_ENDPOINT', without: 'nothing is fetched', dispensable }));

  it.each([200, 302, 401, 404])('answer when they answer %d: what it means is for others to judge', async (status) => {
    const url = await answering(status);
    expect(await check(url)).toEqual([{ level: 'ok', message: `${url} answers` }]);
  });

  it('are broken when they answer 503', async () => {
    const url = await answering(503);
    expect(await check(url)).toMatchObject([{ level: 'fault', message: `${url} answers with status 503` }]);
  });

  it('say what is lost when they do not answer: a fault, or a warning where the bot can do without', async () => {
    const url = await silent();
    expect(await check(url)).toEqual([
      {
        level: 'fault',
        message: expect.stringMatching(/does not answer: .*ECONNREFUSED/),
        mend: 'Check the network, the proxy, or HF_ENDPOINT; until then nothing is fetched.',
      },
    ]);
    expect(await check(url, true)).toMatchObject([{ level: 'warning' }]);
  });
});

describe('the clock', () => {
  const NOW = Date.UTC(2026, 10, 20, 12);
  const offBy = async (seconds: number) => {
    const url = await answering(200, { date: new Date(NOW + seconds * 1000) });
    return look(clockCheck([url], () => NOW));
  };

  it.each([
    [0, 'ok', 'right within a minute'],
    [-59, 'ok', 'right within a minute'],
    [90, 'warning', '90 s behind'],
    [-90, 'warning', '90 s ahead'],
    [600, 'fault', '600 s behind'],
  ])('off by %d s is %s', async (seconds, level, message) => {
    expect(await offBy(seconds)).toMatchObject([{ level, message }]);
  });

  it('believes the address that agrees with it most', async () => {
    const wrong = await answering(200, { date: new Date(NOW + 9e6) });
    const right = await answering(200, { date: new Date(NOW) });
    expect(await look(clockCheck([wrong, right], () => NOW))).toMatchObject([{ level: 'ok' }]);
  });

  it('is not judged without an answer', async () => {
    expect(await look(clockCheck([await silent()]))).toEqual([
      { level: 'ok', message: 'not compared: no address outside answered' },
    ]);
  });
});

describe('a running bot', () => {
  const running = async () => ({ pid: 4711, host: 'box' });

  it('may be none', async () => {
    const check = runningBotCheck({ running: async () => undefined, pageUrl: await silent() });
    expect(await look(check)).toEqual([{ level: 'ok', message: 'none on this data folder' }]);
  });

  it('is asked how it is', async () => {
    const body = JSON.stringify({ index: { ok: true, detail: 'serving' }, platforms: {} });
    const check = runningBotCheck({ running, pageUrl: await answering(200, { body }) });
    expect(await look(check)).toEqual([{ level: 'ok', message: 'process 4711 on box is healthy' }]);
  });

  it('says what it lacks', async () => {
    const body = JSON.stringify({
      index: { ok: false, detail: 'indexing, 34 %' },
      platforms: { discord: { ok: true, detail: 'connected' }, slack: { ok: false, detail: 'reconnecting' } },
    });
    const check = runningBotCheck({ running, pageUrl: await answering(503, { body }) });
    expect(await look(check)).toMatchObject([
      { level: 'warning', message: 'process 4711 on box is not healthy: index: indexing, 34 %, slack: reconnecting' },
    ]);
  });

  it('may not answer', async () => {
    const check = runningBotCheck({ running, pageUrl: await silent() });
    expect(await look(check)).toMatchObject([
      { level: 'warning', message: expect.stringContaining('does not answer') },
    ]);
  });
});
