import { describe, expect, it } from 'vitest';
import { createAccess } from '../../src/web/access.ts';
import type { WebRequest } from '../../src/web/request.ts';
import { GUARDED, send, serve } from './serve.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const RIGHT = GUARDED.pageToken;

describe('on this machine only', () => {
  it.each(['127.0.0.1:3000', 'localhost', '[::1]:80'])('is served as %s', async (host) => {
    const { port } = await serve();
    expect((await send(port, '/', { headers: { host } })).status).toBe(200);
  });

  it.each(['attacker.example', '127.0.0.1.attacker.example:3000', '192.168.0.7', 'localhost.attacker.example'])(
    'is not served under a name that was pointed here: %s',
    async (host) => {
      const { port } = await serve();
      for (const path of ['/', '/api/ask?question=x', '/healthz']) {
        expect((await send(port, path, { headers: { host } })).status).toBe(421);
      }
    },
  );

  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://attacker.example' }],
    ['another port of this machine', { 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:1' }],
    ['another site, by an old browser', { origin: 'https://attacker.example' }],
    ['a sandboxed frame', { origin: 'null' }],
  ])('refuses what %s sends', async (_who, headers) => {
    const { port } = await serve();
    const form = { method: 'POST', headers: { ...FORM, ...headers }, body: 'question=x' };
    expect((await send(port, '/', form)).status).toBe(403);
    expect((await send(port, '/answer', form)).status).toBe(403);
    expect((await send(port, '/api/ask?question=x', { headers })).status).toBe(403);
  });

  it('takes its own forms, and programs that send neither header', async () => {
    const { port } = await serve();
    const own = [{ 'sec-fetch-site': 'same-origin' }, { origin: `http://127.0.0.1:${port}` }, {}];
    for (const headers of own) {
      const form = { method: 'POST', headers: { ...FORM, ...headers }, body: 'question=x' };
      expect((await send(port, '/answer', form)).status).toBe(200);
    }
  });

  it('can be linked to from elsewhere', async () => {
    const { port } = await serve();
    expect((await send(port, '/', { headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(200);
  });

  it('asks for no token', async () => {
    const { url } = await serve();
    expect((await fetch(`${url}/api/ask?question=x`)).status).toBe(200);
  });
});

describe('open to others', () => {
  const open = { config: { ...GUARDED, host: '0.0.0.0' } };

  it('names an address to go to, though it listens on all', async () => {
    const { page } = await serve(open);
    expect(page.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  });

  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
  const signIn = (port: number, token: string) =>
    send(port, '/login', { method: 'POST', headers: FORM, body: String(new URLSearchParams({ token })) });

  it('is refused without a token', () => {
    expect(() => createAccess({ host: '0.0.0.0', token: undefined })).toThrow('needs a PAGE_TOKEN');
  });

  it('asks page and API for the token, and /healthz not', async () => {
    const { url } = await serve(open);
    const page = await fetch(url);
    expect(page.status).toBe(401);
    expect(await page.text()).toContain('This page asks for a token');
    for (const path of ['/api/ask?question=x', '/api/status', '/sample/1', '/nothing']) {
      const reply = await fetch(`${url}${path}`);
      expect([path, reply.status]).toEqual([path, 401]);
      expect(reply.headers.get('www-authenticate')).toContain('Bearer');
    }
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('does not look at a question without the token', async () => {
    let asked = 0;
    const ask = async () => {
      asked++;
      throw new Error('asked');
    };
    const { port } = await serve({ ...open, ask });
    for (const path of ['/', '/answer']) {
      expect((await send(port, path, { method: 'POST', headers: FORM, body: 'question=x' })).status).toBe(401);
    }
    expect(asked).toBe(0);
  });

  it('takes the token as a bearer', async () => {
    const { url } = await serve(open);
    expect((await fetch(`${url}/api/ask?question=x`, bearer(RIGHT))).status).toBe(200);
    expect((await fetch(`${url}/api/ask?question=x`, bearer(`${RIGHT}x`))).status).toBe(401);
  });

  it('turns the token into a session that scripts and other sites cannot use', async () => {
    const { port } = await serve(open);
    const { status, headers } = await signIn(port, RIGHT);
    const cookie = headers['set-cookie']?.[0] ?? '';
    expect([status, headers.location]).toEqual([303, '/']);
    expect(cookie).toMatch(/; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain(RIGHT);
    const session = { headers: { cookie: cookie.split(';', 1)[0] ?? '' } };
    const page = await send(port, '/', session);
    expect(page.status).toBe(200);
    expect(page.body).toContain('Sign out');
    const out = await send(port, '/logout', { ...session, method: 'POST' });
    expect(out.headers['set-cookie']?.[0]).toContain('Max-Age=0');
  });

  it('keeps the session to https where a proxy speaks it', async () => {
    const { port } = await serve(open);
    const headers = { ...FORM, 'x-forwarded-proto': 'https' };
    const reply = await send(port, '/login', { method: 'POST', headers, body: `token=${RIGHT}` });
    expect(reply.headers['set-cookie']?.[0]).toContain('; Secure');
  });

  it('takes no session that it did not make', async () => {
    const { port } = await serve(open);
    const made = (await signIn(port, RIGHT)).headers['set-cookie']?.[0]?.split(';', 1)[0] ?? '';
    const later = made.replace(/=\d/, '=9');
    for (const cookie of [later, `${made}x`, 'precedent_session=', 'precedent_session=.']) {
      expect((await send(port, '/', { headers: { cookie } })).status).toBe(401);
    }
  });

  it('makes who guesses wait, without looking at further guesses, while sessions go on', async () => {
    const { port, url } = await serve(open);
    const cookie = (await signIn(port, RIGHT)).headers['set-cookie']?.[0]?.split(';', 1)[0] ?? '';
    for (let guess = 1; guess <= 5; guess++) expect((await signIn(port, `guess ${guess}`)).status).toBe(403);
    const locked = await signIn(port, RIGHT);
    expect(locked.status).toBe(429);
    expect(Number(locked.headers['retry-after'])).toBeGreaterThan(0);
    expect((await fetch(`${url}/api/status`, bearer(RIGHT))).status).toBe(429);
    expect((await send(port, '/', { headers: { cookie } })).status).toBe(200);
  });

  it('lets them try again after a minute, and ends a session after thirty days', () => {
    let time = 1_000_000;
    const access = createAccess({ host: '0.0.0.0', token: RIGHT, now: () => time });
    const request = (headers: WebRequest['headers'] = {}) => ({ address: '198.51.100.7', headers }) as WebRequest;
    for (let guess = 1; guess <= 5; guess++) expect(access.signIn('wrong', request())).toBeUndefined();
    expect(() => access.signIn(RIGHT, request())).toThrow('try again in 60 s');
    time += 60_000;
    const cookie = access.signIn(RIGHT, request())?.split(';', 1)[0] ?? '';
    expect(access.isSignedIn(request({ cookie: `other=1; ${cookie}` }))).toBe(true);
    time += 30 * 86_400_000;
    expect(access.isSignedIn(request({ cookie }))).toBe(false);
  });

  it('writes no token into the log', async () => {
    const { port, logged } = await serve(open);
    await signIn(port, RIGHT);
    await signIn(port, 'a-wrong-guess');
    expect(logged.join('\n')).not.toMatch(/a-token-of|a-wrong-guess/);
  });
});
