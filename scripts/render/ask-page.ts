import type { Browser } from 'playwright-core';
import { openPage, photograph } from './browser.ts';

/** Asks on the local page and photographs its upper part. */
export async function pagePicture(
  browser: Browser,
  { url, question, file }: { url: string; question: string; file: string },
): Promise<void> {
  const page = await openPage(browser, { width: 960, height: 820 });
  await page.goto(url);
  await page.getByRole('textbox').fill(question);
  await page.keyboard.press('Enter');
  await page.locator('[data-hit]').first().waitFor();
  await photograph(page, file);
  await page.context().close();
}
