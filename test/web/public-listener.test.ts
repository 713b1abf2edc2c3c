import { afterEach, describe, expect, it } from 'vitest';
import { createLogger, silentLogger } from '../../src/log.ts';
import { type OpenPublicListener, openPublicListener } from '../../src/web/public-listener.ts';

const open: OpenPublicListener[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((listener) => listener.close()));
});

async function listen(logged: string[] = []) {
  const log = createLogger({ write: (line) => logged.push(line) });
  const listener = await openPublicListener({ host: '127.0.0.1', port: 0, log });
  open.push(listener);
  return { listener, url: listener.url };
}

describe('the public listener', () => {
  it('serves a registered route, with or without a query', async () => {
    const { listener, url } = await listen();
    listener.route('POST', '/slack/events', async (request, response) => {
      const chunks: string[] = [];
      for await (const chunk of request) chunks.push(String(chunk));
      response.end(`got ${chunks.join('')}`);
    });
    for (const path of ['slack/events', 'slack/events?x=1']) {
      expect(await (await fetch(url + path, { method: 'POST', body: 'a body' })).text()).toBe('got a body');
    }
  });

  it('serves nothing else: no page, no health, no API', async () => {
    const { listener, url } = await listen();
    listener.route('POST', '/slack/events', (_request, response) => void response.end());
    for (const path of ['', 'healthz', 'api/ask?question=x', 'slack/events/', 'Slack/events', '__proto__']) {
      expect([path, (await fetch(url + path)).status]).toEqual([path, 404]);
    }
    const wrong = await fetch(`${url}slack/events`);
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('says no word of why a handler failed, and logs it', async () => {
    const logged: string[] = [];
    const { listener, url } = await listen(logged);
    listener.route('GET', '/late', async () => Promise.reject(new Error('inner workings')));
    listener.route('GET', '/early', () => {
      throw new Error('inner workings');
    });
    for (const path of ['late', 'early']) {
      const reply = await fetch(url + path);
      expect([reply.status, await reply.text()]).toEqual([500, '']);
    }
    expect(logged.filter((line) => line.includes('inner workings'))).not.toHaveLength(0);
  });

  it('refuses to register a route twice', async () => {
    const { listener } = await listen();
    listener.route('GET', '/x', () => {});
    expect(() => listener.route('GET', '/x', () => {})).toThrow('registered twice');
  });

  it('names PUBLIC_PORT when its port is in use', async () => {
    const { url } = await listen();
    const port = Number(new URL(url).port);
    const second = openPublicListener({ host: '127.0.0.1', port, log: silentLogger });
    await expect(second).rejects.toThrow('set PUBLIC_PORT to a free port');
  });

  it('names PUBLIC_HOST when the address is not of this machine', async () => {
    const listener = openPublicListener({ host: '192.0.2.1', port: 0, log: silentLogger });
    await expect(listener).rejects.toThrow('PUBLIC_HOST=192.0.2.1');
  });
});
