import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type FakeChannel,
  type FakeGuild,
  type FakeMessage,
  type FakeUser,
  MAY,
  textsOf,
} from '../fakes/discord-state.ts';
import { wordsOf } from '../fakes/slack-blocks.ts';
import type { ShownMessage } from '../fakes/slack-server.ts';
import { idOf, openTheatre, type Said, type Stage, type Theatre, type Who } from './help-stage.ts';
import { discordStage } from './help-stage-discord.ts';
import { slackStage } from './help-stage-slack.ts';

/** Answers that somebody asked for, on both platforms, with everything real but the model. */
let theatre: Theatre;
beforeAll(async () => {
  theatre = await openTheatre();
});
afterAll(() => theatre.close());
afterEach(() => {
  // A question that is looked up by its id may be gone.
  expect(theatre.discord.takeBroken().filter((rule) => rule !== '10008 Unknown Message')).toEqual([]);
  expect(theatre.slack.world.violations.splice(0)).toEqual([]);
});

const QUESTION = 'How can I load a dataset offline?';
const patience = { timeout: 25_000, interval: 20 };
const stages = { discord: () => discordStage(theatre), slack: () => slackStage(theatre) };

/** The ranks that comments have without votes, in the order shown. */
const order = (answer: string) =>
  [...answer.matchAll(/Using datasets without a connection \((\d+)\)/g)].map(([, rank]) => Number(rank));

describe.each(['discord', 'slack'] as const)('an answer on %s', (platform) => {
  let stage: Stage;
  beforeAll(() => {
    stage = stages[platform]();
  });

  it('follows its question through what happened to it while the bot was down', async () => {
    const channel = await stage.aChannel('auto cooldown=0 user-cooldown=0');
    const [edited, deleted, untouched] = (['ann', 'ben', 'guest7'] as const).map((by) =>
      stage.say(QUESTION, { channel, by }),
    ) as [Said, Said, Said];
    const replies = () => [edited, deleted, untouched].map((question) => stage.repliesTo(question).length);
    await vi.waitFor(() => expect(replies()).toEqual([1, 1, 1]), patience);
    const { posts } = theatre.scene.memory;
    const isKept = async ({ ref }: Said) => (await posts.ofQuestion(ref)).length > 0;
    await vi.waitFor(async () => expect(await isKept(untouched)).toBe(true), patience);
    await theatre.restart(() => {
      stage.editUnheard(edited, 'How can I load it from disk?');
      stage.vanish(deleted);
    });
    await vi.waitFor(() => expect(theatre.scene.searched).toEqual(['How can I load it from disk?']), patience);
    await vi.waitFor(() => expect(replies()).toEqual([1, 0, 1]), patience);
    expect(await theatre.scene.memory.posts.ofQuestion(deleted.ref)).toEqual([]);
  });
});

it('A server of Discord that the bot was removed from while it was down is forgotten, and no other', async () => {
  const { discord } = theatre;
  const [stays] = [...discord.guilds.values()] as [FakeGuild];
  const leaves = discord.addGuild({ name: 'Another' });
  discord.gateway.dispatch('GUILD_CREATE', discord.guildJson(leaves));
  const kept = () =>
    Promise.all([stays, leaves].map(({ id }) => theatre.scene.memory.hides.list(`discord:${id}`))).then((lists) =>
      lists.map(({ length }) => length),
    );
  for (const { id } of [stays, leaves]) {
    await theatre.scene.memory.hides.add({ scope: `discord:${id}`, what: 'author', value: 'someone' });
  }
  await theatre.restart();
  expect(await kept()).toEqual([1, 1]);
  await theatre.restart(() => discord.removeBot(leaves));
  await vi.waitFor(async () => expect(await kept()).toEqual([1, 0]), patience);
});

describe('what people teach', () => {
  const asDiscord = (who: Who): FakeUser => ({ id: idOf(who, 'discord'), username: who });
  const hear = async (who: Who, act: () => Promise<unknown>): Promise<ShownMessage> => {
    const { slack } = theatre;
    const known = new Set(slack.messages);
    await act();
    return slack.message((message) => !known.has(message) && message.user === idOf(who, 'slack'));
  };
  const ask = async (who: Who, channels: Channels) => {
    const { discord, slack } = theatre;
    const channel = discord.channels.get(channels.discord);
    const onDiscord = await discord.answerTo(
      discord.beginCommand('ask', { question: QUESTION }, { user: asDiscord(who), ...(channel && { channel }) }),
    );
    const person = slack.person(idOf(who, 'slack'));
    const onSlack = await hear(who, () => person.command('/ask', QUESTION, { channel: channels.slack }));
    return { onDiscord, onSlack };
  };
  const orders = async (channels: Channels) => {
    const { onDiscord, onSlack } = await ask('ann', channels);
    return [order(textsOf(onDiscord).join('\n')), order(wordsOf(onSlack.blocks))];
  };
  type Channels = { readonly discord: string; readonly slack: string };

  /** The thumb below a whole comment; the same again takes it back. */
  async function voteOnDiscord(answer: FakeMessage, who: Who, rank: number, label: string): Promise<void> {
    const user = asDiscord(who);
    const whole = await theatre.discord.select(answer, `${rank}.`, { user });
    await theatre.discord.press(whole, label, { user });
  }
  async function voteOnSlack(answer: ShownMessage, who: Who, rank: number, label: string): Promise<void> {
    const { slack } = theatre;
    const { views } = slack.world;
    const before = views.length;
    await slack.person(idOf(who, 'slack')).select(answer, rank - 1);
    await slack.until('the comment', () => views.length > before);
    const view = views[before];
    if (!view) throw new Error('no comment was shown');
    await slack.person(idOf(who, 'slack')).pressIn(view, label);
    // Laid upon the comment, or in its place.
    const isSaid = () =>
      views.slice(before).some(({ view: shown }) => /[Yy]our vote/.test(wordsOf(shown.blocks as unknown[])));
    await slack.until('the word', isSaid);
  }

  it('by votes moves comments where they were given, and everywhere where MANAGERS gave them', async () => {
    const channels = { discord: await stages.discord().aChannel(), slack: await stages.slack().aChannel() };
    const asRanked = [1, 2, 3, 4, 5];
    const moved = [2, 1, 3, 4, 5];
    expect(await orders(channels)).toEqual([asRanked, asRanked]);
    const votes = [
      [2, 'Helpful'],
      [1, 'Not helpful'],
    ] as const;
    const onDiscord = async (who: Who) => {
      const { onDiscord: answer } = await ask(who, channels);
      const ranks = order(textsOf(answer).join('\n'));
      for (const [comment, label] of votes) await voteOnDiscord(answer, who, ranks.indexOf(comment) + 1, label);
    };
    const onSlack = async (who: Who) => {
      const { onSlack: answer } = await ask(who, channels);
      const ranks = order(wordsOf(answer.blocks));
      for (const [comment, label] of votes) await voteOnSlack(answer, who, ranks.indexOf(comment) + 1, label);
    };
    await onDiscord('ben');
    expect(await orders(channels)).toEqual([moved, asRanked]);
    await onDiscord('ben');
    await onSlack('ben');
    expect(await orders(channels)).toEqual([asRanked, moved]);
    await onSlack('ben');
    await onDiscord('boss');
    expect(await orders(channels)).toEqual([moved, moved]);
    await onDiscord('boss');
    await onSlack('boss');
    expect(await orders(channels)).toEqual([moved, moved]);
    await onSlack('boss');
    expect(await orders(channels)).toEqual([asRanked, asRanked]);
  });

  it('by hiding keeps a comment or author from answers there, and from all where MANAGERS hid it', async () => {
    const { discord, slack } = theatre;
    const channels = { discord: await stages.discord().aChannel(), slack: await stages.slack().aChannel() };
    const local: Who = 'guest9';
    const [guild] = [...discord.guilds.values()] as [FakeGuild];
    discord.users.push(asDiscord(local));
    discord.addRole(guild, { name: 'managers', permissions: MAY.manageChannels }, [asDiscord(local)]);
    discord.gateway.dispatch('GUILD_UPDATE', discord.guildJson(guild));
    slack.world.people.set(idOf(local, 'slack'), { admin: true });

    const hideOnDiscord = async (who: Who, what: string, place: number) => {
      const user = asDiscord(who);
      const answer = await discord.mention(QUESTION, discord.channels.get(channels.discord) as FakeChannel);
      const which = await discord.select(answer, `Hide ${what}`, { user });
      const done = await discord.select(which, `${place}.`, { user });
      expect(textsOf(done).join()).toContain('not shown here again');
    };
    const hideOnSlack = async (who: Who, what: string, place: number) => {
      const { ref } = stages.slack().mention(QUESTION, { channel: channels.slack });
      const answer = await slack.message(({ threadTs }) => threadTs === ref.message);
      const person = slack.person(idOf(who, 'slack'));
      const which = await hear(who, () => person.select(answer, `Hide ${what} …`));
      await person.select(which, place - 1);
      await slack.until('the word', () => wordsOf(which.blocks).includes('not shown here again'));
    };
    const usual = [1, 2, 3, 4, 5];
    expect(await orders(channels)).toEqual([usual, usual]);
    await hideOnDiscord(local, 'a comment', 2);
    await hideOnDiscord(local, 'an author', 1);
    expect(await orders(channels)).toEqual([[3, 4, 5, 6, 7], usual]);
    await hideOnSlack(local, 'an author', 4);
    await hideOnSlack(local, 'a comment', 1);
    expect(await orders(channels)).toEqual([
      [3, 4, 5, 6, 7],
      [2, 3, 5, 6, 7],
    ]);
    await hideOnDiscord('boss', 'a comment', 1);
    await hideOnSlack('boss', 'an author', 2);
    expect(await orders(channels)).toEqual([
      [4, 6, 7, 8, 9],
      [2, 6, 7, 8, 9],
    ]);
  });
});
