import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { BusyError, OperatorError, UserError } from '../../src/errors.ts';
import { silentLogger } from '../../src/log.ts';
import type { Platform } from '../../src/platform.ts';
import { DEFINITIONS } from '../../src/report/outcome-kind.ts';
import { createWebPlatform } from '../../src/web/bot.ts';
import { anAnswer } from '../fakes/answers.ts';
import { anEvaluation } from '../fakes/evaluations.ts';
import { aCount, anOutcome, reportsOf, someRecords } from '../fakes/help-outcomes.ts';
import { GUARDED, LOCAL, SERVING, send, serve } from './serve.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const JSON_TYPE = { 'content-type': 'application/json' };
/** The body, of a shape that the test then looks at. */
const json = async (reply: Response) => (await reply.json()) as Record<string, unknown>;
const never = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

describe('the API', () => {
  it('answers GET with the object of --json', async () => {
    const { url } = await serve();
    const reply = await fetch(`${url}/api/ask?question=How%20offline%3F&top=2`);
    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const answer = await json(reply);
    expect(answer).toMatchObject({ question: 'How offline?', mode: 'semantic', device: 'cpu', metric: 'ip' });
    expect(answer.hits).toHaveLength(2);
  });

  it('answers POST with the same as JSON', async () => {
    const { url } = await serve();
    const body = JSON.stringify({ question: 'How offline?', top: 3 });
    const reply = await fetch(`${url}/api/ask`, { method: 'POST', headers: JSON_TYPE, body });
    expect(await reply.json()).toMatchObject({
      question: 'How offline?',
      hits: [{ rank: 1 }, { rank: 2 }, { rank: 3 }],
    });
  });

  it('gives five hits unless told', async () => {
    const { url } = await serve();
    expect((await json(await fetch(`${url}/api/ask?question=x`))).hits).toHaveLength(5);
  });

  it('takes 5,000 characters of Chinese in the address', async () => {
    const { url } = await serve();
    const question = '如'.repeat(5000);
    const answer = await json(await fetch(`${url}/api/ask?question=${encodeURIComponent(question)}`));
    expect(answer.question).toBe(question);
  });

  it.each(['0', '101', '-1', '1.5', 'five', ''])('refuses top=%s', async (top) => {
    const { url } = await serve();
    const reply = await fetch(`${url}/api/ask?question=x&top=${top}`);
    expect(reply.status).toBe(400);
    expect(await reply.json()).toEqual({ error: '"top" is to be a whole number from 1 to 100.' });
  });

  it.each([
    ['no JSON', '{', 400, 'The body is not JSON.'],
    ['a list', '[]', 400, 'Expected a JSON object: {"question": "…", "top": 5}.'],
    ['a question that is a number', '{"question": 1}', 400, '"question" is no text.'],
    ['top as a list', '{"question": "x", "top": [5]}', 400, '"top" is to be a whole number from 1 to 100.'],
    [
      'an endless question',
      JSON.stringify({ question: 'x'.repeat(20_001) }),
      400,
      'The question has 20001 characters; at most 20000 can be read.',
    ],
    ['a huge body', JSON.stringify({ question: 'x'.repeat(300_000) }), 413, 'The request is larger than 256 kB.'],
  ])('refuses %s', async (_what, body, status, error) => {
    const { port } = await serve();
    const reply = await send(port, '/api/ask', { method: 'POST', headers: JSON_TYPE, body });
    expect(reply.status).toBe(status);
    expect(JSON.parse(reply.body)).toEqual({ error });
  });

  it('refuses a form where JSON is expected', async () => {
    const { url } = await serve();
    expect((await fetch(`${url}/api/ask`, { method: 'POST', headers: FORM, body: 'question=x' })).status).toBe(415);
  });

  it('says what was wrong with the question', async () => {
    const { url } = await serve({ ask: async () => Promise.reject(new UserError('There is no question.')) });
    const reply = await fetch(`${url}/api/ask`);
    expect(reply.status).toBe(400);
    expect(await reply.json()).toEqual({ error: 'There is no question.' });
  });

  it('says when to come back while it is busy', async () => {
    const { url } = await serve({ ask: async () => Promise.reject(new BusyError(2300)) });
    const reply = await fetch(`${url}/api/ask?question=x`);
    expect(reply.status).toBe(503);
    expect(reply.headers.get('retry-after')).toBe('3');
    expect(await reply.json()).toEqual({ error: 'Busy right now, try again in 3 s.' });
  });

  it('gives a request id when something broke, and the log has the error under it', async () => {
    const { url, logged } = await serve({ ask: async () => Promise.reject(new Error('the index burnt down')) });
    const reply = await fetch(`${url}/api/ask?question=secret-plan`);
    expect(reply.status).toBe(500);
    const { error, requestId } = await json(reply);
    expect(error).toContain(requestId);
    expect(error).not.toContain('burnt');
    const log = logged.join('\n');
    expect(log).toContain('the index burnt down');
    expect(log).toContain(requestId);
    expect(log).not.toContain('secret-plan');
  });

  it('gives up on an answer that does not come', async () => {
    const { url } = await serve({ ask: (_question, _top, signal) => never(signal), replyTimeoutMs: 20 });
    const reply = await fetch(`${url}/api/ask?question=x`);
    expect(reply.status).toBe(504);
    expect(await reply.json()).toHaveProperty('requestId');
  });

  it('stops looking when the asker has gone', async () => {
    let aborted = false;
    let asked = false;
    const { url, logged } = await serve({
      ask: (_question, _top, signal) => {
        asked = true;
        signal.addEventListener('abort', () => {
          aborted = true;
        });
        return never(signal);
      },
    });
    const client = new AbortController();
    const reply = fetch(`${url}/api/ask?question=x`, { signal: client.signal });
    await expect.poll(() => asked).toBe(true);
    client.abort();
    await expect(reply).rejects.toThrow();
    await expect.poll(() => aborted).toBe(true);
    expect(logged.join('\n')).not.toContain('failed');
  });

  it('tells what is indexed and how far indexing is', async () => {
    const progress = { what: 'indexing', done: 34, total: 100, unit: 'comments' };
    const { url } = await serve({ status: () => ({ ...SERVING, mode: 'keyword', progress }) });
    expect(await (await fetch(`${url}/api/status`)).json()).toMatchObject({
      serving: true,
      comments: 2098,
      percent: 34,
      line: 'indexing, 34 % · 2,098 comments · keyword search',
    });
  });
});

describe('the page', () => {
  it('is one document that loads nothing else', async () => {
    const { url } = await serve();
    const reply = await fetch(url);
    const page = await reply.text();
    expect(reply.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page).toContain('2,098 comments · multi-qa-mpnet-base-dot-v1 on cpu · indexed on 20 November 2026');
    expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    expect(reply.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(reply.headers.get('cache-control')).toBe('no-store');
  });

  it('answers a plain form with the whole page, the question in its field', async () => {
    const { url } = await serve();
    const reply = await fetch(url, {
      method: 'POST',
      headers: FORM,
      body: new URLSearchParams({ question: 'a <b>?' }),
    });
    const page = await reply.text();
    expect(page).toContain('a &lt;b&gt;?</textarea>');
    expect(page.match(/<li class="hit"/g)).toHaveLength(5);
  });

  it('answers its script with the part below the question', async () => {
    const { url } = await serve();
    const reply = await fetch(`${url}/answer`, { method: 'POST', headers: FORM, body: 'question=x' });
    expect(await reply.text()).toMatch(/^<section class="answer"/);
  });

  it('shows in its own form what was wrong', async () => {
    const { url } = await serve({ ask: async () => Promise.reject(new UserError('There is no question.')) });
    const part = await fetch(`${url}/answer`, { method: 'POST', headers: FORM, body: 'question=' });
    expect(await part.text()).toContain('<p class="failure">There is no question.</p>');
    const whole = await fetch(url, { method: 'POST', headers: FORM, body: 'question=' });
    expect(whole.status).toBe(400);
    expect(await whole.text()).toMatch(/^<!doctype html>[\s\S]*There is no question\./);
  });

  it('shows on this machine what automatic replies did: a plot by channel and week, figures, links, definitions', async () => {
    const counts = [aCount({ judged: 'right', count: 3 }), aCount({ decision: 'weak', channel: '<2>' })];
    const outcomes = [
      anOutcome({ decision: 'weak', channel: '<2>' }),
      anOutcome({ decision: 'weak', channel: '<2>', link: 'javascript:alert(1)' }),
    ];
    const { url } = await serve({ report: reportsOf(someRecords(counts, outcomes)).of });
    const page = await (await fetch(`${url}/report`)).text();
    expect(page.match(/<svg class="plot"/g)).toHaveLength(2);
    expect(page).toContain('<title>week of 2026-11-16: right 3</title>');
    expect(page).toContain('Of 3 that would have been shown 3 are known: 3 right');
    expect(page).toContain('<a href="https://discord.com/channels/1/2/1">weak, 2026-11-18</a>');
    expect(page).toContain(`<dd>${DEFINITIONS.weak}</dd>`);
    expect(page).not.toMatch(/<2>|javascript:/);
    const elsewhere = await serve();
    expect((await fetch(`${elsewhere.url}/report`)).status).toBe(404);
    const guarded = await serve({ report: async () => [], config: GUARDED });
    expect((await fetch(`${guarded.url}/report`)).status).toBe(401);
  });

  it('shows on this machine how well answers are found: when, of what, and whether that still says something', async () => {
    const estimate = { mean: 0.414, low: 0.383, high: 0.441 };
    const kept = anEvaluation('<b>mine</b>', estimate);
    const { url } = await serve({ quality: async () => kept });
    const text = async (path: string) => (await fetch(`${url}${path}`)).text();
    const page = await text('/quality');
    expect(page).toContain('Measured on 20 November 2026 in 3 min on 1,915 issues of the corpus');
    expect(page).toContain('256 tokens; re-ranked by cross-encoder/ms-marco-MiniLM-L6-v2 in fp32.</p>');
    expect(page).toContain('<td>.414 (.383 to .441)</td>');
    expect(page).toContain(
      'Stale: questions are answered with sentence-transformers/multi-qa-mpnet-base-dot-v1 in fp32',
    );
    expect(page).not.toContain('<b>');
    const plot = await fetch(`${url}/quality.svg`);
    expect(plot.headers.get('content-type')).toBe('image/svg+xml');
    expect(await plot.text()).toMatch(/^<svg [\s\S]*>0\.414</);
    expect(await text('/')).toContain('<a href="/quality">');

    const unmeasured = await serve({ quality: async () => undefined });
    expect(await (await fetch(`${unmeasured.url}/quality`)).text()).toContain('Nothing was measured yet');
    const elsewhere = await serve();
    expect((await fetch(`${elsewhere.url}/quality.svg`)).status).toBe(404);
    expect(await (await fetch(elsewhere.url)).text()).not.toContain('/quality');
    const guarded = await serve({ quality: async () => kept, config: GUARDED });
    expect((await fetch(`${guarded.url}/quality`)).status).toBe(401);
  });

  it('shows the issues of the sample corpus', async () => {
    const issue = {
      title: 'Where <are> things?',
      body: 'In `data/`?',
      comments: [{ text: 'Yes.', author: 'maintainer' }],
    };
    const { url } = await serve({ sampleIssue: async (number) => (number === 7 ? issue : undefined) });
    const page = await (await fetch(`${url}/sample/7`)).text();
    expect(page).toContain('Where &lt;are&gt; things?');
    expect(page).toContain('<code>data/</code>');
    expect(page).toContain('id="comment-1"');
    expect((await fetch(`${url}/sample/8`)).status).toBe(404);
    expect((await fetch(`${url}/sample/x`)).status).toBe(404);
  });

  it('answers HEAD without a body, names the methods it takes, and knows what is not there', async () => {
    const { url } = await serve();
    const head = await fetch(url, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(await head.text()).toBe('');
    const put = await fetch(`${url}/api/ask`, { method: 'PUT' });
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
    expect((await fetch(`${url}/constructor`)).status).toBe(404);
    expect((await fetch(`${url}/api/nothing`)).headers.get('content-type')).toBe('application/json; charset=utf-8');
  });

  it('logs no questions', async () => {
    const { url, logged } = await serve();
    await fetch(`${url}/api/ask?question=secret-plan`);
    await fetch(`${url}/answer`, { method: 'POST', headers: FORM, body: 'question=secret-plan' });
    await fetch(`${url}/secret-plan`);
    expect(logged.join('\n')).not.toContain('secret-plan');
  });
});

describe('/healthz', () => {
  const platform = (name: string, ok: boolean): Platform => ({
    name,
    start: async () => {},
    health: () => ({ ok, detail: ok ? 'connected' : 'reconnecting' }),
    close: async () => {},
  });

  it('is 200 when the index serves and every platform is connected', async () => {
    const { url } = await serve({ platforms: [platform('discord', true)] });
    const reply = await fetch(`${url}/healthz`);
    expect(reply.status).toBe(200);
    expect(await reply.json()).toEqual({
      ok: true,
      index: { ok: true, detail: 'serving' },
      platforms: { discord: { ok: true, detail: 'connected' } },
      helpChannels: { ok: true, detail: 'none is in trouble' },
    });
  });

  it('says which platform is not connected', async () => {
    const { url } = await serve({ platforms: [platform('discord', true), platform('slack', false)] });
    const reply = await fetch(`${url}/healthz`);
    expect(reply.status).toBe(503);
    expect(await reply.json()).toMatchObject({
      ok: false,
      platforms: { slack: { ok: false, detail: 'reconnecting' } },
    });
  });

  it('says when the index does not serve yet', async () => {
    const progress = { what: 'fetching the corpus', done: 1, total: 4, unit: 'MB' };
    const { url } = await serve({ status: () => ({ ...SERVING, serving: false, rows: 0, progress }) });
    const reply = await fetch(`${url}/healthz`);
    expect(reply.status).toBe(503);
    expect(await reply.json()).toMatchObject({ index: { ok: false, detail: 'fetching the corpus, 25 %' } });
  });
});

describe('the listener', () => {
  it('says which port is in use, and what to do', async () => {
    const { port } = await serve();
    const second = createWebPlatform({
      config: { ...LOCAL, port },
      ask: async () => anAnswer(),
      status: () => SERVING,
      platforms: [],
      sampleIssue: () => undefined,
      log: silentLogger,
    });
    const start = second.start(new AbortController().signal);
    await expect(start).rejects.toThrow(OperatorError);
    await expect(start).rejects.toThrow(`Port ${port} on 127.0.0.1 is in use`);
    await expect(start).rejects.toThrow('set PORT to a free port');
    expect(second.health().ok).toBe(false);
    await second.close();
  });

  it('lets a running answer finish when it closes', async () => {
    let asked = false;
    const { url, page } = await serve({
      ask: async () => {
        asked = true;
        await sleep(300);
        return anAnswer();
      },
    });
    const reply = fetch(`${url}/api/ask?question=x`);
    await expect.poll(() => asked).toBe(true);
    await page.close();
    expect((await reply).status).toBe(200);
    expect(page.health()).toEqual({ ok: false, detail: 'not listening' });
    await expect(fetch(url)).rejects.toThrow();
  });
});
