import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contentWords } from '../content-words.ts';
import { componentsOf, type FakeMessage, textsOf } from '../fakes/discord-state.ts';
import { anIssue, type IssueRow, issues, until } from '../fakes/issues.ts';
import { wordsOf } from '../fakes/slack-blocks.ts';
import type { Written } from '../fakes/slack-person.ts';
import { aDiscord, aSlack, askBoth, type BothChats, everywhere, SLACK_TOKENS } from './both-chats.ts';
import { aBot, isPrivate, settings } from './world.ts';

/** Words of other people for what a comment of the sample corpus says. */
const PARAPHRASED = [
  { question: 'How do I look up an exception from a stack trace?', issue: 45, comment: 1 },
  { question: 'What occurs on shutdown, are people kept hanging?', issue: 28, comment: 2 },
  { question: 'Does it understand languages besides British or American?', issue: 46, comment: 0 },
  { question: 'Our credential leaked and was replaced; what will the service do?', issue: 76, comment: 0 },
];

/** Without marks and spaces, which each platform sets in its own way. */
function plain(text: string): string {
  return text.replace(/[^\p{L}\p{N}]/gu, '');
}

/** The comment that is shown before all others. */
function firstOf(shown: string, rows: readonly IssueRow[]): string | undefined {
  const placeOf = (comment: string) => plain(shown).indexOf(plain(comment).slice(0, 40));
  const found = rows.flatMap(({ comments }) => comments).filter((comment) => placeOf(comment) >= 0);
  return found.sort((a, b) => placeOf(a) - placeOf(b))[0];
}

/** Whether the issues of all five comments that are shown are closed, as those of uneven numbers are. */
function showsClosed(shown: string): boolean {
  const numbers = [...shown.matchAll(/comment(\d+)x/g)].map(([, number]) => Number(number));
  return new Set(numbers).size === 5 && numbers.every((number) => number % 2 === 1);
}

/** On Discord and Slack, `How does caching work? state:closed` as a mention and as a direct message, and what follows it. */
async function narrowedByWords({ discord, slack, channel }: BothChats): Promise<readonly string[]> {
  const [question, next] = [isPrivate('How does caching work? state:closed'), 'And how do I clear it?'];
  const onDiscord = (text: string, more: Parameters<typeof discord.say>[2] = {}) =>
    discord.replyTo(discord.say(`<@${discord.botUser.id}> ${text}`, channel, more));
  const replyOnSlack = async ({ ts }: Written, threadTs = ts) => {
    const known = [...slack.messages];
    return slack.message((message) => message.threadTs === threadTs && !known.includes(message));
  };
  const words = { discord: (message: FakeMessage) => textsOf(message).join('\n'), slack: wordsOf };
  const mention = await onDiscord(question);
  const thread = slack.person().mention(question);
  const inThread = await replyOnSlack(thread);
  const shown = [
    words.discord(mention),
    words.discord(await discord.dm(question)),
    words.slack(inThread.blocks),
    words.slack((await replyOnSlack(slack.person().dm(question))).blocks),
  ];
  // An answer is followed once it is kept where it stands, which is a moment after it shows.
  const follow = async (ask: () => Promise<string>) => {
    let last = '';
    await until(async () => {
      last = await ask();
      return last.includes('Searched together');
    }, 'a follow-up');
    shown.push(last);
  };
  await follow(async () => words.discord(await onDiscord(next, { replyTo: mention, pings: true })));
  await follow(async () =>
    words.slack((await replyOnSlack(slack.person().mention(next, { threadTs: thread.ts }), thread.ts)).blocks),
  );
  return shown;
}

describe('one bot on Discord, Slack and the page', () => {
  it('answers /ask on both with the same five comments as the page, and takes filters from words wherever they are written', async () => {
    const rows = issues(12).map((row) => ({ ...row, state: row.number % 2 === 1 ? 'closed' : 'open' }));
    const world = await everywhere(rows);
    const { bot } = world;
    const question = isPrivate('How does caching work without a network?');
    const { onDiscord, onSlack } = await askBoth(world, question);
    const reply = await fetch(`${bot.pageUrl}api/ask?question=${encodeURIComponent(question)}`);
    const { hits, mode } = (await reply.json()) as { mode: string; hits: { title: string; score: number }[] };
    expect(mode).toBe('semantic');
    expect(hits).toHaveLength(5);
    for (const { title, score } of hits) {
      for (const shown of [onDiscord, onSlack]) {
        expect(shown).toContain(title);
        expect(shown).toContain(`score ${score.toFixed(1)}`);
      }
    }
    const health = await fetch(`${bot.pageUrl}healthz`);
    expect(health.status).toBe(200);
    expect(await (await fetch(`${bot.pageUrl}report`)).text()).toContain(
      'No question in a help channel was noted yet.',
    );
    expect(await health.json()).toMatchObject({ platforms: { Discord: { ok: true }, Slack: { ok: true } } });

    expect([onDiscord, onSlack].map(showsClosed)).toEqual([false, false]);
    const narrowed = await narrowedByWords(world);
    expect(narrowed.map(showsClosed)).toEqual(narrowed.map(() => true));
  });

  it('says what is wrong with a question that has no words, and takes the ones that are only unusual', async () => {
    const world = await everywhere([
      ...issues(12),
      anIssue(13, {
        comments: [
          '@everyone @here <!channel> <@U1> <@1> look at this comment, it has [a link](https://evil.example) and more than fifteen words in all of it.',
        ],
      }),
    ]);
    const empty = await askBoth(world, '🤔 🤔 🤔');
    for (const shown of Object.values(empty)) expect(shown).toContain('There are no words in that question.');

    const long = await askBoth(world, `How does caching ${'really '.repeat(600)}work?`);
    for (const shown of Object.values(long)) {
      expect(shown).toContain('The question is longer than the model reads: only its first 512 tokens counted.');
    }
    const chinese = await askBoth(world, '如何在没有网络的情况下加载数据集？');
    for (const shown of Object.values(chinese)) expect(shown).toContain('The model knows mainly English');

    // The fakes refuse whatever would ping, link or format; what is left is words.
    const loud = await askBoth(world, '@everyone <!channel> **now** look at this comment');
    expect(loud.onDiscord).not.toMatch(/(?<![\\\u200B])@everyone/);
    expect(loud.onSlack).toContain('@everyone');
  });

  it('finds with the model in the box the right comment first, for questions that share no word with it', async () => {
    const sample = readFileSync(new URL('../../src/corpus/sample.jsonl', import.meta.url), 'utf8')
      .trimEnd()
      .split('\n');
    const rows = sample.map((line) => JSON.parse(line) as IssueRow);
    // A model that nobody can reach: the one in the box stands in by itself.
    const world = await everywhere(rows, { MODEL: 'example/out-of-reach' });
    for (const { question, issue, comment } of PARAPHRASED) {
      const row = rows[issue - 1];
      const text = row?.comments[comment] ?? '';
      const shared = [...contentWords(question)].filter((word) => contentWords(text).has(word));
      expect(shared, question).toEqual([]);
      const { onDiscord, onSlack } = await askBoth(world, question);
      for (const shown of [onDiscord, onSlack]) {
        expect(firstOf(shown, rows)).toBe(text);
        expect(shown).toContain('box on cpu');
        expect(shown).toContain('The small model in the box answered: the model');
      }
    }
  });

  it('shows sample hits without a link in chat, and with one on the page', async () => {
    const base = await settings();
    const { discord } = await aDiscord();
    const bot = await aBot({ ...base, DISCORD_TOKEN: discord.token, DISCORD_API_URL: discord.apiUrl });
    await until(() => bot.retriever.status().sample && bot.retriever.status().mode === 'semantic', 'the sample corpus');
    const question = isPrivate('How can I load a dataset offline?');
    const answer = await discord.ask(question);
    expect(textsOf(answer).join('\n')).toContain('These are sample data: no real source could be read yet.');
    // Addresses that a comment writes out are words of its.
    expect(JSON.stringify(componentsOf(answer))).not.toMatch(/\]\(|"url"|sample:/);
    const reply = await fetch(`${bot.pageUrl}api/ask?question=${encodeURIComponent(question)}`);
    const { hits } = (await reply.json()) as { hits: { issueUrl: string; comment: string }[] };
    expect(hits).toHaveLength(5);
    for (const { issueUrl } of hits) {
      expect(issueUrl.startsWith(`${bot.pageUrl}sample/`)).toBe(true);
      expect((await fetch(issueUrl)).status).toBe(200);
    }
  });
});

describe('a bot that a platform does not take', () => {
  it('says that the Discord token is wrong, and closes what it had opened', async () => {
    const { discord } = await aDiscord();
    const environment = await settings({ DISCORD_TOKEN: 'MTIz.wrong.token', DISCORD_API_URL: discord.apiUrl });
    await expect(aBot(environment)).rejects.toThrow(/DISCORD_TOKEN/);
    discord.takeBroken();
    // The folder and the port are free again.
    const bot = await aBot({ ...environment, DISCORD_TOKEN: '' });
    expect(bot.pageUrl).toMatch(/^http/);
  });

  it('says that the Slack token is wrong', async () => {
    const base = await settings();
    const slack = await aSlack(base);
    const wrong = { SLACK_BOT_TOKEN: 'xoxb-wrong', SLACK_APP_TOKEN: SLACK_TOKENS.SLACK_APP_TOKEN };
    await expect(aBot({ ...base, ...wrong, SLACK_API_URL: slack.apiUrl })).rejects.toThrow(/SLACK_BOT_TOKEN/);
    const wrongApp = { SLACK_BOT_TOKEN: SLACK_TOKENS.SLACK_BOT_TOKEN, SLACK_APP_TOKEN: 'xapp-wrong' };
    await expect(aBot({ ...base, ...wrongApp, SLACK_API_URL: slack.apiUrl })).rejects.toThrow(/SLACK_APP_TOKEN/);
  });
});
