import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import type { Hit } from '../../src/retrieval/answer.ts';
import { aHit, anAnswer } from '../fakes/answers.ts';
import { anEvaluation } from '../fakes/evaluations.ts';
import { GUARDED, SERVING, type Served, serve } from './serve.ts';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const required = process.env.REQUIRE_BROWSER === '1';
const missing = required || existsSync(executablePath) ? undefined : `no Chromium at ${executablePath}`;
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const EVIL = `"'></blockquote><script>window.hacked = 1</script><img src=x onerror="window.hacked = 2"><iframe src="https://attacker.example/"></iframe>`;
const LONG = Array.from(
  { length: 60 },
  (_, line) => `Line ${line} of a long comment with a fair number of words.`,
).join('\n');
const CODE = `Try this:\n\n\`\`\`python\nload("${'a-very-long-path/'.repeat(20)}")\n\`\`\`\n\nand set \`OFFLINE=1\`.`;

describe.skipIf(missing !== undefined)(`the page in a browser${missing ? ` (${missing})` : ''}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: FLAGS });
  });
  afterAll(() => browser?.close());

  const pages: Page[] = [];
  afterEach(async () => {
    await Promise.all(pages.splice(0).map((page) => page.context().close()));
  });

  /** The page, with every request that leaves the machine and every complaint of the browser written down. */
  async function open({ url }: Served, options: BrowserContextOptions = {}) {
    const context = await browser.newContext({ viewport: { width: 1100, height: 800 }, ...options });
    const page = await context.newPage();
    pages.push(page);
    const requested = new Set<string>();
    const complaints: string[] = [];
    page.on('request', (request) => requested.add(request.url()));
    // What the page's own policy stops is announced, but never leaves the browser.
    page.on('requestfailed', (request) => request.failure()?.errorText === 'csp' && requested.delete(request.url()));
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(url);
    // Nobody has to click first.
    await page.locator(':is(textarea, input):focus').waitFor();
    const outside = () => [...requested].filter((address) => !address.startsWith(`${url}/`));
    return { page, outside, complaints };
  }

  async function ask(page: Page, question = 'How can I load a dataset offline?') {
    await page.keyboard.type(question);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.answer');
  }

  const focused = (page: Page) => page.evaluate('document.activeElement.textContent || document.activeElement.id');

  it('asks, reads and asks again by the keyboard alone', async () => {
    const { page, complaints } = await open(await serve());
    await ask(page);
    expect(await page.locator('.hit').count()).toBe(5);
    expect(await page.locator('.engine').textContent()).toContain('42 ms');
    expect(await page.locator('#said').textContent()).toBe('5 comments in 42 milliseconds.');

    await page.keyboard.press('ArrowDown');
    expect(await focused(page)).toBe('Using datasets without a connection (1)');
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    expect(await focused(page)).toBe('Using datasets without a connection (3)');
    await page.keyboard.press('k');
    expect(await focused(page)).toBe('Using datasets without a connection (2)');
    await page.keyboard.press('/');
    expect(await page.evaluate('document.activeElement.id')).toBe('question');
    await page.keyboard.type('Another question with j and / in it');
    expect(await page.inputValue('#question')).toBe('Another question with j and / in it');
    expect(complaints).toEqual([]);
  });

  it('shows a line break with Shift and Enter, and asks nothing while the question is blank', async () => {
    let asked = 0;
    const served = await serve({
      ask: async () => {
        asked++;
        return anAnswer();
      },
    });
    const { page } = await open(served);
    await page.keyboard.press('Enter');
    await page.keyboard.type('one');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('two');
    expect(await page.inputValue('#question')).toBe('one\ntwo');
    expect(asked).toBe(0);
  });

  it('keeps hostile text inert, and asks nobody outside', async () => {
    const address = 'javascript:window.hacked=3';
    const urls = { issueUrl: address, commentUrl: address };
    const hits = [aHit({ title: EVIL, comment: EVIL, author: EVIL, state: EVIL, ...urls })];
    const served = await serve({
      ask: async (question) => anAnswer({ question, hits, notes: [EVIL] }),
      quality: async () => anEvaluation(EVIL),
    });
    const { page, outside } = await open(served);
    await ask(page, EVIL);
    expect(await page.locator('.comment').textContent()).toBe(EVIL);
    expect(await page.locator('.answer :is(script, img, iframe, a)').count()).toBe(0);
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    expect(outside()).toEqual([]);

    await page.getByText('How well answers are found').click();
    await page.waitForFunction("document.querySelector('.plot-picture')?.naturalWidth > 0");
    expect(await page.locator('tbody th').textContent()).toBe(EVIL);
    expect(await page.evaluate('window.hacked')).toBeUndefined();
  });

  it('would refuse a script, a style and an address of others, should they ever come in', async () => {
    const { page, outside } = await open(await serve());
    await page.evaluate(`document.body.insertAdjacentHTML('beforeend',
      '<img src="https://attacker.example/x.png" onerror="window.hacked = 1"><p id="styled" style="color: rgb(1, 2, 3)">x</p>');
      document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.hacked = 2' }));`);
    await expect(page.evaluate("fetch('https://attacker.example/')")).rejects.toThrow();
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    expect(await page.evaluate("getComputedStyle(document.getElementById('styled')).color")).not.toBe('rgb(1, 2, 3)');
    expect(outside()).toEqual([]);
  });

  it('folds a long comment and shows it whole by the keyboard', async () => {
    const { page } = await open(await serve({ ask: async () => anAnswer({ hits: [aHit({ comment: LONG })] }) }));
    await ask(page);
    const height = async () => (await page.locator('.comment').boundingBox())?.height ?? 0;
    const folded = await height();
    await page.locator('summary').focus();
    await page.keyboard.press('Enter');
    expect(await page.locator('summary').innerText()).toBe('Show less');
    expect(await height()).toBeGreaterThan(2 * folded);
  });

  it.each([320, 375])('has no horizontal scroll on a screen %d pixels wide', async (width) => {
    const comments = [CODE, LONG, 'x'.repeat(400), EVIL, 'short'];
    const hits = comments.map(
      (comment, index): Hit => aHit({ rank: index + 1, comment, title: `${'Wide'.repeat(30)}` }),
    );
    const phone = { viewport: { width, height: 640 }, isMobile: true, hasTouch: true };
    const { page } = await open(await serve({ ask: async () => anAnswer({ hits, notes: ['n'.repeat(200)] }) }), phone);
    const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await page.evaluate(overflow)).toBe(0);
    await ask(page);
    expect(await page.evaluate(overflow)).toBe(0);
    const button = await page.locator('.main').boundingBox();
    expect(button?.height).toBeGreaterThanOrEqual(44);
  });

  it.each(['light', 'dark'] as const)('has enough contrast in %s', async (colorScheme) => {
    const served = await serve({ ask: async () => anAnswer({ hits: [aHit({ comment: CODE })], notes: ['A note.'] }) });
    const { page } = await open(served, { colorScheme });
    const weakAtFirst = await page.evaluate(WEAK_TEXT);
    await ask(page);
    expect([...(weakAtFirst as string[]), ...((await page.evaluate(WEAK_TEXT)) as string[])]).toEqual([]);
    const paper = (await page.evaluate('getComputedStyle(document.documentElement).backgroundColor')) as string;
    const brightness = Number(/\d+/.exec(paper)?.[0]);
    expect(colorScheme === 'dark' ? brightness < 60 : brightness > 200).toBe(true);
  });

  it.each(['light', 'dark'] as const)('has enough contrast in %s where it refuses a token', async (colorScheme) => {
    const { page } = await open(await serve({ config: GUARDED }), { colorScheme });
    await page.keyboard.type('not the token');
    await page.keyboard.press('Enter');
    await page.getByText('That is not the token.').waitFor();
    expect(await page.evaluate(WEAK_TEXT)).toEqual([]);
    const color = (selector: string) => page.evaluate(`getComputedStyle(document.querySelector('${selector}')).color`);
    expect(await color('.failure')).not.toBe(await color('.lead p:not(.failure)'));
  });

  it('shows that it looks while an answer is slow, and drops an answer that is no longer wanted', async () => {
    const ended: string[] = [];
    const served = await serve({
      ask: async (question, _top, signal) => {
        if (question === 'slow') await sleep(20_000, undefined, { signal }).finally(() => ended.push('slow'));
        return anAnswer({ hits: [aHit({ comment: `Answer to ${question}` })] });
      },
    });
    const { page } = await open(served);
    await page.keyboard.type('slow');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#results[aria-busy=true]');
    await page.locator('#said', { hasText: 'Still looking.' }).waitFor();
    await page.fill('#question', 'fast');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.hit');
    expect(await page.locator('.comment').textContent()).toBe('Answer to fast');
    expect(await page.getAttribute('#results', 'aria-busy')).toBe('false');
    await expect.poll(() => ended).toEqual(['slow']);
  });

  it('says what was wrong, and that nobody replies', async () => {
    const served = await serve({ ask: async () => Promise.reject(new UserError('There are no words in it.')) });
    const { page } = await open(served);
    await ask(page, '!');
    expect(await page.locator('.failure').textContent()).toBe('There are no words in it.');
    await served.page.close();
    await page.keyboard.press('Enter');
    await page.getByText('Precedent does not reply. Is it still running?', { exact: true }).first().waitFor();
  });

  it('follows how far indexing is', async () => {
    let done = 34;
    const status = () => ({ ...SERVING, progress: { what: 'indexing', done, total: 100, unit: 'comments' } });
    const { page } = await open(await serve({ status }));
    expect(await page.locator('#status').textContent()).toContain('indexing, 34 %');
    done = 71;
    await page.getByText('indexing, 71 %').waitFor();
  });

  it('works without scripts, and keeps the question out of the address', async () => {
    const { page } = await open(await serve(), { javaScriptEnabled: false });
    await page.fill('#question', 'How offline?');
    await page.click('.main');
    expect(await page.locator('.hit').count()).toBe(5);
    expect(await page.inputValue('#question')).toBe('How offline?');
    expect(page.url()).not.toContain('offline');
  });

  it('asks its example with one press', async () => {
    const { page } = await open(await serve({ example: () => 'How can I load a dataset offline?' }));
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.hit');
    expect(await page.inputValue('#question')).toBe('How can I load a dataset offline?');
  });

  it('lets in whoever has the token, and out again', async () => {
    const { port } = await serve({ config: { ...GUARDED, host: '0.0.0.0' } });
    const { page } = await open({ url: `http://127.0.0.1:${port}` } as Served);
    await page.keyboard.type(GUARDED.pageToken);
    await page.keyboard.press('Enter');
    await page.waitForSelector('#question');
    await ask(page);
    expect(await page.locator('.hit').count()).toBe(5);
    await page.getByText('Sign out').click();
    await page.waitForSelector('#token');
  });
});

/** Every text whose colour is too near to what lies behind it (WCAG AA), with the ratio; runs in the page. */
const WEAK_TEXT = `(() => {
  const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
  const channel = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([red, green, blue]) => 0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = numbers(getComputedStyle(at).backgroundColor);
      if (color.length < 4 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const weak = [];
  for (const element of document.body.querySelectorAll('*')) {
    const text = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()).join('');
    if (!text && element.id !== 'question') continue;
    if (['SCRIPT', 'STYLE'].includes(element.tagName) || element.closest('.unseen')) continue;
    const style = getComputedStyle(element);
    const [light, dark] = [luminance(numbers(style.color)), luminance(behind(element))].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    if (ratio < 4.5) weak.push(element.tagName + ' ' + text.slice(0, 20) + ' ' + ratio.toFixed(2));
  }
  return weak;
})()`;
