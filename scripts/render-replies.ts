import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readConfig } from '../src/config.ts';
import { createLogger } from '../src/log.ts';
import { type Bot, startBot } from '../src/main.ts';
import { reachOf, slackManifest } from '../src/slack/manifest.ts';
import { describedCommands } from '../src/terminal/described-commands.ts';
import { FakeDiscord } from '../test/fakes/discord-server.ts';
import { startSlackServer } from '../test/fakes/slack-server.ts';
import { discordPicture, discordThreadPicture } from './render/ask-discord.ts';
import { pagePicture } from './render/ask-page.ts';
import { slackPicture, slackThreadPicture } from './render/ask-slack.ts';
import { openBrowser, photographHtml } from './render/browser.ts';

/**
 * `npm run docs:pictures`: the pictures of the README. The whole bot runs against the fake Discord and the fake Slack
 * of the tests, indexes a few example issues, is asked the same questions on each platform, and what it sent is drawn.
 * Settings such as MODEL and HF_ENDPOINT count as for the bot.
 */
const QUESTION = 'How can I load a dataset offline?';
const TALK = { question: QUESTION, followUp: 'And which files do I copy to the other machine?' };
const ISSUES = fileURLToPath(new URL('render/example-issues.jsonl', import.meta.url));
const PICTURES = fileURLToPath(new URL('../docs/images/', import.meta.url));

const directory = await mkdtemp(path.join(tmpdir(), 'precedent-pictures-'));
const discord = await FakeDiscord.start();
discord.addChannel(discord.addGuild());
discord.grantsContent = true;
const SOLVED_EMOJI = 'white_check_mark';
const reach = reachOf({ readsMessages: true, triggerEmoji: [] }, { solvedEmoji: SOLVED_EMOJI });
const slack = await startSlackServer({ manifest: slackManifest(undefined, { commands: describedCommands(), reach }) });
const log = createLogger({ level: 'warn' });
const bot = await startBot(settings(), { log, signal: new AbortController().signal });
const browser = await openBrowser();
try {
  await searchByMeaning(bot);
  await mkdir(PICTURES, { recursive: true });
  const draw = async (name: string, page: Promise<string>) =>
    photographHtml(browser, await page, path.join(PICTURES, name));
  await draw('discord-answer.png', discordPicture(discord, QUESTION));
  await draw('slack-answer.png', slackPicture(slack, QUESTION));
  await draw('discord-thread.png', discordThreadPicture(discord, TALK));
  await draw('slack-thread.png', slackThreadPicture(slack, TALK));
  await pagePicture(browser, { url: bot.pageUrl, question: QUESTION, file: path.join(PICTURES, 'page.png') });
} finally {
  await browser.close();
  await bot.close();
  await Promise.all([discord.close(), slack.close()]);
  await rm(directory, { recursive: true, force: true });
}

function settings() {
  return readConfig({
    // Needs no network; its answers are what anybody sees first.
    MODEL: 'box',
    ...process.env,
    DATA_DIR: directory,
    SOURCES: ISSUES,
    PORT: '0',
    LOG_LEVEL: 'warn',
    // Follow-ups without a mention, and the mark of what is solved.
    READ_MESSAGES: 'on',
    SLACK_SOLVED_EMOJI: SOLVED_EMOJI,
    DISCORD_TOKEN: discord.token,
    DISCORD_API_URL: discord.apiUrl,
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
    SLACK_API_URL: slack.apiUrl,
  });
}

/** Waits for the index; where no model can be had the pictures show keyword search, and say so. */
async function searchByMeaning({ retriever }: Bot): Promise<void> {
  for (;;) {
    const { mode, keywordReason = '' } = retriever.status();
    if (mode === 'semantic' || keywordReason.startsWith('the model could not be had')) return;
    await sleep(200);
  }
}
