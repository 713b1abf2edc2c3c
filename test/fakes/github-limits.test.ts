import { describe, expect, it } from 'vitest';
import { call, startGitHub } from './github-calls.ts';

describe('the local GitHub counts', () => {
  it('every request against the hour, refuses when it is spent, and starts anew at the reset', async () => {
    let now = Date.parse('2026-01-01T00:00:00Z');
    const github = await startGitHub({ now: () => now });
    github.repo('acme', 'widgets');
    const { headers } = await call(github, '/repos/acme/widgets');
    expect(headers.get('x-ratelimit-limit')).toBe('5000');
    expect(headers.get('x-ratelimit-remaining')).toBe('4999');
    expect(headers.get('x-ratelimit-reset')).toBe(String(now / 1000 + 3600));
    github.budget.remaining = 1;
    expect((await call(github, '/repos/acme/widgets')).status).toBe(200);
    const spent = await call(github, '/repos/acme/widgets');
    expect(spent.status).toBe(403);
    expect(spent.json.message).toContain('API rate limit exceeded');
    expect(spent.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(spent.headers.get('retry-after')).toBeNull();
    const told = await call(github, '/rate_limit');
    expect(told.json.resources.core).toMatchObject({ limit: 5000, remaining: 0 });
    now += 3_600_000;
    expect((await call(github, '/repos/acme/widgets')).status).toBe(200);
    expect(github.limits.spent).toBe(1);
  });

  it('sixty requests an hour for who names no token, which sees only what is public', async () => {
    const github = await startGitHub();
    github.repo('acme', 'widgets');
    github.repo('acme', 'secrets', { private: true });
    const { headers } = await call(github, '/repos/acme/widgets', { token: null });
    expect(headers.get('x-ratelimit-limit')).toBe('60');
    expect((await call(github, '/repos/acme/secrets', { token: null })).status).toBe(404);
    expect(github.limits.budget('').used).toBe(2);
    expect(github.budget.used).toBe(0);
    expect((await call(github, '/user', { token: null })).status).toBe(401);
  });

  it('nothing for an answer that did not change, asked for with its quotes', async () => {
    const github = await startGitHub();
    const repo = github.repo('acme', 'widgets');
    const first = await call(github, '/repos/acme/widgets/issues');
    const etag = first.headers.get('etag') as string;
    expect(etag).toMatch(/^W\/"[0-9a-f]+"$/);
    const ask = (text: string, token?: string | null) =>
      call(github, '/repos/acme/widgets/issues', {
        headers: { 'if-none-match': text },
        ...(token !== undefined && { token }),
      });
    const same = await ask(etag);
    expect(same).toMatchObject({ status: 304, json: undefined });
    expect(same.headers.get('x-ratelimit-used')).toBe('1');
    expect((await ask(etag.slice(2))).status).toBe(304);
    expect(github.budget.used).toBe(1);
    expect((await ask(etag.replace(/^W\/|"/g, '').replaceAll('"', ''))).status).toBe(200);
    // Another's answer is another answer.
    expect((await ask(etag, null)).status).toBe(200);
    repo.createIssue({ title: 'New' });
    expect((await ask(etag)).status).toBe(200);
  });

  it('points a minute, and tells how long to wait when there were too many', async () => {
    let now = Date.parse('2026-01-01T00:00:00Z');
    const github = await startGitHub({ now: () => now, limits: { pointsPerMinute: 3, retryAfterSeconds: 7 } });
    github.repo('acme', 'widgets');
    const ask = () => call(github, '/repos/acme/widgets');
    for (let at = 0; at < 3; at += 1) expect((await ask()).status).toBe(200);
    const tooFast = await ask();
    expect(tooFast).toMatchObject({ status: 403, json: { message: expect.stringContaining('secondary rate limit') } });
    expect(tooFast.headers.get('retry-after')).toBe('7');
    expect(tooFast.headers.get('x-ratelimit-remaining')).toBe('4997');
    now += 61_000;
    expect((await ask()).status).toBe(200);
    expect(github.limits.secondary).toBe(1);
  });

  it('requests under way, and refuses one more than may be at once', async () => {
    const github = await startGitHub({ limits: { concurrent: 2, secondaryStatus: 429 } });
    github.repo('acme', 'widgets');
    github.fail({ delayMs: 200, times: 2 });
    const slow = [call(github, '/repos/acme/widgets'), call(github, '/repos/acme/widgets')];
    while (github.limits.underWay < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    const third = await call(github, '/repos/acme/widgets');
    expect(third.status).toBe(429);
    expect(third.headers.get('retry-after')).toBe('60');
    expect((await Promise.all(slow)).map(({ status }) => status)).toEqual([200, 200]);
    expect(github.limits.mostUnderWay).toBe(3);
  });
});
