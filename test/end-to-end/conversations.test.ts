import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { MEMORY_FILE } from '../../src/data-files.ts';
import { MIGRATIONS } from '../../src/memory/sqlite-migrations.ts';
import { openDatabase } from '../../src/sqlite.ts';
import { type FakeMessage, MAY, textsOf } from '../fakes/discord-state.ts';
import { issues, until } from '../fakes/issues.ts';
import { wordsOf } from '../fakes/slack-blocks.ts';
import type { Person } from '../fakes/slack-person.ts';
import type { ShownMessage } from '../fakes/slack-world.ts';
import { askBoth, type BothChats, everywhere } from './both-chats.ts';
import { isPrivate } from './world.ts';

/** Comments with the ids that GitHub gave them: 3000 is the first of issue 3, 3001 the second. */
const ROWS = issues(12).map((row) => ({
  ...row,
  comment_meta: row.comments.map((_, index) => {
    const id = row.number * 1000 + index;
    return { id, html_url: `${row.html_url}#issuecomment-${id}`, author: `Writer${row.number}` };
  }),
}));
const linkTo = (issue: number) => `https://github.com/example/project/issues/${issue}#issuecomment-${issue * 1000}`;
const QUESTION = 'How does caching work without a network?';

/** The comment that is shown first. */
const firstIn = (shown: string) => /comment\d+x\d/.exec(shown)?.[0];
const said = (message: FakeMessage) => textsOf(message).join('\n');

function peopleOf({ discord, slack, channel }: BothChats) {
  const manager = discord.otherBot;
  slack.world.people.set('U9', { admin: true });
  const next = async (act: () => Promise<unknown>): Promise<ShownMessage> => {
    const known = [...slack.messages];
    await act();
    return slack.message((message) => !known.includes(message));
  };
  return {
    next,
    onDiscord: async (command: string, values: Readonly<Record<string, string>>, user = manager) =>
      said(await discord.answerTo(discord.beginCommand(command, values, { channel, user }))),
    onSlack: async (command: string, text: string, person: Person = slack.person('U9')) =>
      wordsOf((await next(() => person.command(command, text))).blocks),
  };
}

/** Opts out with the form that `/ask-privacy` opens. */
async function optOut({ slack }: BothChats, person: Person): Promise<void> {
  await person.command('/ask-privacy');
  await slack.until('the form', () => slack.world.views.length > 0);
  const form = slack.world.views.at(-1);
  if (form) await person.submit(form, { choice: 'out' });
  const isSaid = () => slack.messages.some(({ blocks }) => wordsOf(blocks).includes('You opted out'));
  await slack.until('the word', isSaid);
}

it('what people teach and vote counts where they did, is taken back, and outlasts a restart; questions do not, nor who is not to be quoted', async () => {
  const world = await everywhere(ROWS, { READ_MESSAGES: 'on' }, ({ discord, guild }) => {
    discord.grantsContent = true;
    discord.addRole(guild, { name: 'managers', permissions: MAY.manageChannels }, [discord.otherBot]);
  });
  const { discord, slack, guild, channel, folder } = world;
  const { onDiscord, onSlack, next } = peopleOf(world);
  const before = await askBoth(world, QUESTION);
  const other = firstIn(before.onDiscord) === 'comment7x0' ? 8 : 7;

  expect(await onDiscord('ask-teach', { link: linkTo(other), question: QUESTION })).toContain('Learned.');
  const taught = await askBoth(world, QUESTION);
  expect(firstIn(taught.onDiscord)).toBe(`comment${other}x0`);
  expect(taught.onDiscord).toContain('taught by helpers');
  expect(firstIn(taught.onSlack)).toBe(firstIn(before.onSlack));
  expect(await onSlack('/ask-teach', `${linkTo(5)} ${QUESTION}`)).toContain('Learned.');
  expect(await onSlack('/ask-teach', `${linkTo(5)} ${QUESTION}`, slack.person('U2'))).toContain('Only helpers');
  expect(firstIn(await onSlack('/ask', QUESTION))).toBe('comment5x0');

  expect(await onDiscord('ask-votes', { whose: 'all' })).toContain('t1 · taught');
  expect(await onDiscord('ask-votes', { undo: 't1' })).toContain('Taken back: 1.');
  expect(await onSlack('/ask-votes', 'all')).toContain('t2 · taught');
  expect(await onSlack('/ask-votes', 't2')).toContain('Taken back: 1.');
  const after = await askBoth(world, QUESTION);
  expect([firstIn(after.onDiscord), firstIn(after.onSlack)]).toEqual([
    firstIn(before.onDiscord),
    firstIn(before.onSlack),
  ]);

  // Somebody who opted out is answered in public; where that stands is known, and nothing of who asked.
  expect(await onDiscord('ask-privacy', { choice: 'out' }, discord.stranger)).toContain('You opted out');
  await optOut(world, slack.person('U2'));
  const theirs = discord.say(`<@${discord.botUser.id}> ${QUESTION}`, channel, { author: discord.stranger });
  const answer = await discord.replyTo(theirs);
  const asked = slack.person('U2').mention(QUESTION);
  const reply = await slack.message(({ threadTs }) => threadTs === asked.ts);
  const thread = slack.person('U3').mention(QUESTION);
  await slack.message(({ threadTs }) => threadTs === thread.ts);
  await discord.press(await discord.ask(QUESTION), 'Open a thread with it');
  const start = discord.postsIn(channel).find((post) => said(post).includes('opened a thread')) as FakeMessage;
  const place = await discord.threadOn(start);
  await discord.waitFor(() => discord.postsIn(place).length > 0);
  await world.bot.close();
  for (const file of [MEMORY_FILE, `${MEMORY_FILE}-wal`]) {
    const bytes = await readFile(path.join(folder, file), 'latin1').catch(() => '');
    expect(bytes).not.toContain('without a network?');
  }

  // Who does not want to be quoted is found no more, and goes from the answers that are posted.
  const first = said(answer).match(/comment(\d+)x/);
  await world.again({ EXCLUDE_AUTHORS: `writer${first?.[1]}` });
  await discord.waitFor(() => !said(answer).includes(String(first?.[0])), 'the comment to go');
  expect(said(answer)).toContain('comment');
  expect((await askBoth(world, QUESTION)).onSlack).not.toContain(String(first?.[0]));
  discord.deleteMessage(theirs);
  await slack.person('U2').erase(asked);
  await discord.waitFor(() => answer.deleted, 'the answer to go');
  await slack.until('the answer to go', () => reply.deleted);
  const followUp = isPrivate('And how do I clear it?');
  expect(said(await discord.replyTo(discord.say(followUp, place)))).toContain('Searched alone');
  const alone = await next(async () => slack.person('U3').write(followUp, { threadTs: thread.ts }).deliveries);
  expect(wordsOf(alone.blocks)).toContain('Searched alone');

  const db = await openDatabase(path.join(folder, MEMORY_FILE), { what: 'the memory', migrations: MIGRATIONS });
  const count = (platform: string) =>
    (db.prepare('SELECT count(*) AS n FROM answers WHERE platform = ?').get(platform) as { n: number }).n;
  expect(count('discord') * count('slack')).toBeGreaterThan(0);
  discord.removeBot(guild);
  await until(() => count('discord') === 0, 'the server to be forgotten');
  expect(count('slack')).toBeGreaterThan(0);
  await slack.uninstall();
  await until(() => count('slack') === 0, 'the workspace to be forgotten');
  db.close();
});
