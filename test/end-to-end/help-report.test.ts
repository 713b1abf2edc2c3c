import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { queriesOfFile } from '../../src/evaluation/read-inputs.ts';
import type { FakeChannel, FakeMessage, FakeUser } from '../fakes/discord-state.ts';
import { textsOf } from '../fakes/discord-state.ts';
import { wordsOf } from '../fakes/slack-blocks.ts';
import type { ShownMessage } from '../fakes/slack-server.ts';
import { idOf, openTheatre, type Said, type Stage, type Theatre, type Who } from './help-stage.ts';
import { discordStage } from './help-stage-discord.ts';
import { slackStage } from './help-stage-slack.ts';
import { settings, terminal } from './world.ts';

/** What comes of questions in help channels, and who is told of it, with everything real but the model. */
let theatre: Theatre;
beforeAll(async () => {
  theatre = await openTheatre();
});
afterAll(() => theatre.close());
afterEach(() => {
  // A message that is read again may be gone, or not to be read any more.
  expect(theatre.discord.takeBroken().filter((rule) => !/^(?:10008|50001) /.test(rule))).toEqual([]);
  expect(theatre.slack.world.violations.splice(0)).toEqual([]);
});

const QUESTION = 'How can I load a dataset offline?';
const SHOWN = 'https://github.com/example/project/issues/1';
const ELSEWHERE = 'https://github.com/example/project/issues/99';
const EAGER = 'cooldown=0 user-cooldown=0';
const patience = { timeout: 20_000, interval: 10 };

const stages = { discord: () => discordStage(theatre), slack: () => slackStage(theatre) };

async function decided(question: Said): Promise<Said> {
  await vi.waitFor(() => expect(theatre.scene.memory.helpOutcomes.has(question.ref)).toBe(true), patience);
  return question;
}

/** Somebody presses something that only they see: below the report, or below the reply on a question. */
const privately = {
  discord: {
    async inReport(label: string, channel: string, by: Who) {
      const { discord } = theatre;
      const where = {
        user: { id: idOf(by, 'discord'), username: by },
        channel: discord.channels.get(channel) as FakeChannel,
      };
      const report = await discord.answerTo(discord.beginCommand('help-channel', { settings: 'report' }, where));
      return JSON.stringify(textsOf(await discord.press(report, label, where)));
    },
    async solve({ ref, by }: Said) {
      const { discord } = theatre;
      const user: FakeUser = { id: idOf(by, 'discord'), username: by };
      const [post] = discord.postsIn({ id: ref.message });
      const pick = await discord.press(post as FakeMessage, 'This solved it', { user });
      await discord.select(pick, '1.', { user });
    },
  },
  slack: {
    async inReport(label: string, channel: string, by: Who) {
      const { slack } = theatre;
      const count = slack.messages.length;
      await slack.person(idOf(by, 'slack')).command('/help-channel', 'report', { channel });
      await slack.until('a report', () => slack.messages.length > count);
      const report = slack.messages.at(-1) as ShownMessage;
      await slack.person(idOf(by, 'slack')).press(report, label);
      await slack.until('what became of it', () => report.edited === true);
      return wordsOf(report.blocks);
    },
    async solve({ ref, by }: Said) {
      const { slack } = theatre;
      const reply = slack.messages.find(({ threadTs }) => threadTs === ref.message) as ShownMessage;
      const count = slack.messages.length;
      await slack.person(idOf(by, 'slack')).press(reply, 'This solved it');
      await slack.until('a word', () => slack.messages.length > count);
      await slack.person(idOf(by, 'slack')).select(slack.messages.at(-1) as ShownMessage, 0);
    },
  },
};

describe.each(['discord', 'slack'] as const)('what comes of questions on %s', (platform) => {
  let stage: Stage;
  beforeAll(() => {
    stage = stages[platform]();
  });
  const outcomes = (channel: string) => theatre.scene.memory.helpOutcomes.list({ channel });

  it('is counted by exact definitions, listed as links, and exported with texts that are read again', async () => {
    const channel = await stage.aChannel(`auto ${EAGER}`);
    const ask = (by: Who, text = QUESTION) => decided(stage.say(text, { channel, by }));
    const solved = await ask('ann');
    await privately[platform].solve(solved);
    await stage.press('Not helpful', solved, 'ben');
    const disliked = await ask('ben', `${QUESTION} I am new.`);
    await stage.press('Not helpful', disliked, 'ben');
    const answered = await ask('guest1');
    await theatre.hears(stage.say('You set HF_HOME for that.', { channel, by: 'guest2', below: answered }));
    const missed = await ask('guest3', 'How can I fold a paper crane?');
    await theatre.hears(stage.say(`That is in ${ELSEWHERE} already.`, { channel, by: 'guest2', below: missed }));
    const said = () => outcomes(channel).map(({ verdict, thumbs }) => [verdict, thumbs]);
    await vi.waitFor(() => expect(said()).toContainEqual(['solved', -1]), patience);
    // The platform tells of every removal, the bot's own as well.
    const refused = expect.stringMatching(/^(?:not-helpful|removed)$/);
    await vi.waitFor(() => expect(said()).toContainEqual([refused, 0]), patience);

    const report = await stage.command('help-channel report', channel, 'boss');
    expect(report).toContain('auto, version 1.2.3: success 1, noise 2, missed 1');
    expect(report).toContain('missed: not shown because');

    stage.vanish(answered);
    const folder = path.dirname(theatre.scene.file);
    const environment = await settings({
      DATA_DIR: folder,
      DISCORD_TOKEN: theatre.discord.token,
      DISCORD_API_URL: theatre.discord.apiUrl,
      SLACK_BOT_TOKEN: 'xoxb-theatre',
      SLACK_APP_TOKEN: 'xapp-theatre',
      SLACK_API_URL: theatre.slack.apiUrl,
      READ_MESSAGES: 'on',
    });
    const file = path.join(folder, `${channel}.jsonl`);
    const { stdout, stderr } = await terminal('report', ['--channel', channel, '--export', file], environment);
    const links = outcomes(channel).map(({ link }) => link);
    expect(links.filter((link) => stdout.includes(link))).toHaveLength(3);
    expect(stderr).toContain(`2 questions with their text are in ${file}. 1 left out`);
    expect((await stat(file)).mode & 0o077).toBe(0);
    const lines = (await readFile(file, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines).toEqual([
      { question: missed.text, issues: [ELSEWHERE], kind: 'missed', message: expect.stringContaining(channel) },
      { question: disliked.text, issues: [], kind: 'noise', message: expect.stringContaining(channel) },
    ]);
    stage.forbid(channel);
    const second = await terminal('report', ['--channel', channel, '--export', `${file}-2`], environment);
    expect(second.stderr).toContain(`0 questions with their text are in ${file}-2. 3 left out`);
    expect((await queriesOfFile(file, [])).map(({ text }) => text)).toEqual([missed.text]);
  });

  it('under shadow is what people link later, and what managers judge from links to the messages', async () => {
    const channel = await stage.aChannel(`shadow ${EAGER}`);
    await decided(stage.say(QUESTION, { channel }));
    await theatre.hears(stage.say(`Look at ${SHOWN} for it.`, { channel, by: 'ben' }));
    const open = await decided(stage.say(QUESTION, { channel, by: 'ben' }));
    const report = await stage.command('help-channel report', channel, 'boss');
    expect(report).toContain('shadow, version 1.2.3: linked 1, unknown 1');
    expect(report).toContain('2 to judge');
    const after = await privately[platform].inReport('Right', channel, 'boss');
    expect(after).toContain('right 1, linked 1');
    expect(after).toContain('Of 2 that would have been shown 2 are known: 2 right (judged or linked)');
    expect(outcomes(channel).map(({ message, judged }) => [message.message, judged])[0]).toEqual([
      open.ref.message,
      'right',
    ]);
    expect([...stage.postsIn(channel), ...stage.repliesTo(open)]).toEqual([]);
  });
});

it('A bot with 5,000 help channels asks the platforms for no more at its start than one with five', async () => {
  const { discord, slack } = theatre;
  // Of answers that it remembers a bot reads the questions again.
  for (const { spotOf } of [stages.discord(), stages.slack()]) {
    const { platform, server = '' } = spotOf('C');
    await theatre.scene.memory.purge({ platform, server });
  }
  const callsAtStart = async () => {
    const [before, beforeToo] = [discord.requests.length, slack.calls.length];
    await theatre.restart();
    const requests = discord.requests.slice(before).map(({ method, path: asked }) => `${method} ${asked}`);
    const calls = slack.calls.slice(beforeToo).map(({ method }) => method);
    // How many connections there are is not waited for.
    return [...requests, ...calls.filter((method) => method !== 'apps.connections.open')].sort();
  };
  const few = await callsAtStart();
  const { channels } = theatre.scene.memory;
  for (const { platform, spotOf } of [stages.discord(), stages.slack()]) {
    for (let number = 0; number < 2_500; number++) {
      channels.set(spotOf(`C${number}`), { mode: 'auto' }, idOf('boss', platform));
    }
  }
  expect(await callsAtStart()).toEqual(few);
  expect(few.length).toBeGreaterThan(0);
});
