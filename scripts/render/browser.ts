import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { smallPng } from './small-png.ts';

/** The system's Chromium, with nothing that it would fetch by itself. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  if (!existsSync(executablePath)) {
    throw new Error(
      `There is no Chromium at ${executablePath}: install it (Debian: apt-get install chromium), or set CHROMIUM.`,
    );
  }
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  });
}

/** A page at twice the usual resolution. */
export async function openPage(browser: Browser, { width, height }: { width: number; height: number }): Promise<Page> {
  const context = await browser.newContext({ deviceScaleFactor: 2, viewport: { width, height }, colorScheme: 'light' });
  return context.newPage();
}

/** Photographs `#picture` of a page that is given as HTML. */
export async function photographHtml(browser: Browser, pageHtml: string, file: string): Promise<void> {
  const page = await openPage(browser, { width: 800, height: 600 });
  await page.setContent(pageHtml);
  await photograph(page.locator('#picture'), file);
  await page.context().close();
}

export async function photograph(what: Page | Locator, file: string): Promise<void> {
  await writeFile(file, smallPng(await what.screenshot({ type: 'png' })));
}
