import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { commandNames } from '../../src/command-name.ts';
import { bannerOf } from '../../src/help/how-sure.ts';
import { helpChannelsCheck } from '../../src/terminal/help-channels-check.ts';
import { INTENTS } from '../fakes/discord-gateway.ts';
import type { FakeChannel, FakeGuild } from '../fakes/discord-state.ts';
import { idOf, openTheatre, type Said, type Stage, type Theatre, type Who } from './help-stage.ts';
import { discordStage } from './help-stage-discord.ts';
import { slackStage } from './help-stage-slack.ts';

/** Help channels as people see them, on both platforms, with everything real but the model. */
let theatre: Theatre;
beforeAll(async () => {
  theatre = await openTheatre();
});
afterAll(() => theatre.close());
afterEach(() => {
  // What is looked for by its id may be gone, and who is told something may take no direct messages.
  const broken = theatre.discord.takeBroken().filter((rule) => !/^(?:10003|10008|50007) /.test(rule));
  expect(broken).toEqual([]);
  expect(theatre.slack.world.violations.splice(0)).toEqual([]);
});

const QUESTION = 'How can I load a dataset offline?';
const WEAK = 'How can I fold a paper crane?';
/** As soon as people had their 30 ms, as often as somebody asks. */
const EAGER = 'cooldown=0 user-cooldown=0';
const patience = { timeout: 25_000, interval: 20 };

const stages = { discord: () => discordStage(theatre), slack: () => slackStage(theatre) };

/** Waits until it is decided what becomes of a question, and gives that. */
async function decided({ ref }: Said): Promise<string | undefined> {
  await isDecided({ ref });
  const { helpOutcomes } = theatre.scene.memory;
  return helpOutcomes.list({ channel: ref.channel }).find(({ message }) => message.message === ref.message)?.decision;
}

const isDecided = ({ ref }: Pick<Said, 'ref'>) =>
  vi.waitFor(() => expect(theatre.scene.memory.helpOutcomes.has(ref)).toBe(true), patience);

/** Somebody asks, and it is decided what becomes of it. */
async function ask(stage: Stage, channel: string, by: Who = 'ann', text = QUESTION): Promise<Said> {
  const question = stage.say(text, { channel, by });
  await isDecided(question);
  return question;
}

/** A channel where people have time to answer, if less than `/help-channel` can say. */
async function patientChannel(stage: Stage, mode: 'auto' | 'suggest', waitMs = 400): Promise<string> {
  const channel = await stage.aChannel(`${mode} ${EAGER}`);
  theatre.scene.memory.channels.set(stage.spotOf(channel), { waitMs }, idOf('boss', stage.platform));
  return channel;
}

/** Looks after the channels, as the bot does every two seconds, until somebody was told of this one. */
const isToldOf = (stage: Stage, channel: string) =>
  vi.waitFor(async () => {
    const { conversations, memory } = theatre.scene;
    await conversations.patrol();
    expect(memory.helpTroubles.of(stage.spotOf(channel))?.told).toBe(true);
  }, patience);

const isHeard = ({ ref }: Said) =>
  vi.waitFor(() => {
    const pending = theatre.scene.memory.helpWaits.pending();
    expect(pending.some(({ message }) => message.message === ref.message)).toBe(true);
  }, patience);

describe.each(['discord', 'slack'] as const)('a help channel on %s', (platform) => {
  let stage: Stage;
  beforeAll(() => {
    stage = stages[platform]();
  });

  it('shows a strong answer in a thread on the question, under a line that says so, and nothing in the channel', async () => {
    const channel = await stage.aChannel(`auto ${EAGER}`);
    const question = stage.say(QUESTION, { channel });
    expect(await decided(question)).toBe('spoke');
    const [reply = '', ...others] = stage.repliesTo(question);
    expect(others).toEqual([]);
    expect(reply.split('\n')[0]).toBe(bannerOf({ band: 'strong', hits: [] }));
    const weak = await ask(stage, channel, 'ben', WEAK);
    expect(stage.repliesTo(weak)).toEqual([]);
    expect(stage.postsIn(channel)).toEqual([]);
  });

  it('speaks of fair hits as well where a manager says so, with what was measured of them', async () => {
    const channel = await stage.aChannel(`auto ${EAGER}`);
    const fair = 'Where do such proxies stand?';
    const before = await ask(stage, channel, 'ann', fair);
    expect(stage.repliesTo(before)).toEqual([]);
    expect(await stage.command('help-channel band=fair', channel, 'boss')).toContain('strong or fair');
    const after = await ask(stage, channel, 'ben', fair);
    expect(stage.repliesTo(after)[0]).toContain('How sure: fair: 6 of 10 such hits were right.');
    const weak = await ask(stage, channel, 'ann', WEAK);
    expect(stage.repliesTo(weak)).toEqual([]);
  });

  it('has a reply follow its question and the comments that it shows, and go with the question, be it while the bot is down', async () => {
    const channel = await stage.aChannel(`auto ${EAGER}`);
    const question = stage.say(QUESTION, { channel });
    expect(await decided(question)).toBe('spoke');
    const reply = () => stage.repliesTo(question)[0];
    const { gone, conversations, searched } = theatre.scene;
    gone.add('comment-1');
    await conversations.commentsChanged(['comment-1']);
    await vi.waitFor(() => expect(reply()).not.toContain('(1)'), patience);
    gone.clear();
    await stage.edit(question, 'How can I load it from disk?');
    await vi.waitFor(() => expect(reply()).toContain('(1)'), patience);
    expect(searched.at(-1)).toBe('How can I load it from disk?');
    await stage.erase(question);
    await vi.waitFor(() => expect(stage.repliesTo(question)).toEqual([]), patience);
    const goneMeanwhile = await ask(stage, channel, 'ben');
    expect(stage.repliesTo(goneMeanwhile)).toHaveLength(1);
    await theatre.restart(() => stage.vanish(goneMeanwhile));
    await vi.waitFor(() => expect(stage.repliesTo(goneMeanwhile)).toEqual([]), patience);
    expect(theatre.scene.memory.helpOutcomes.has(goneMeanwhile.ref)).toBe(false);
  });

  it('posts nothing under shadow, and records what would have been', async () => {
    const channel = await stage.aChannel(`shadow ${EAGER}`);
    const question = stage.say(QUESTION, { channel });
    expect(await decided(question)).toBe('spoke');
    expect(stage.repliesTo(question)).toEqual([]);
    expect(stage.postsIn(channel)).toEqual([]);
    expect(await stage.command('help-channel report', channel, 'boss')).toContain('shadow, version 1.2.3');
  });

  it('is off until a manager switches it on, and when it was switched off', async () => {
    const channel = await stage.aChannel();
    expect(await stage.command('help-channel auto', channel, 'ann')).toContain('Only managers');
    stage.say(QUESTION, { channel });
    await stage.command(`help-channel auto ${EAGER}`, channel, 'boss');
    await stage.command('help-channel off', channel, 'boss');
    stage.say('How do I do that offline?', { channel });
    await stage.command(`help-channel auto ${EAGER}`, channel, 'boss');
    const heard = stage.say('How do I do this offline?', { channel, by: 'ben' });
    await isDecided(heard);
    expect(theatre.scene.memory.helpOutcomes.counts().filter((count) => count.channel === channel)).toHaveLength(1);
  });

  it('tells who switches it on, and in /sources, where no hit is ever strong', async () => {
    const channel = await stage.aChannel();
    theatre.surest.current = 'fair';
    expect(await stage.command('help-channel auto', channel, 'boss')).toContain(
      'no hit in what is indexed is ever strong',
    );
    expect(await stage.command('sources', channel, 'boss')).toMatch(
      /Help channels? .*Silent but for what helpers taught/,
    );
    expect(await stage.command('help-channel band=fair', channel, 'boss')).not.toContain('Silent');
    theatre.surest.current = 'strong';
    expect(await stage.command('sources', channel, 'boss')).not.toContain('Silent');
  });

  it('answers once what is delivered again, and after it was told to come later', async () => {
    const channel = await stage.aChannel(`auto ${EAGER}`);
    const question = stage.say(QUESTION, { channel });
    stage.limitRate(question);
    stage.deliverAgain(question);
    await isDecided(question);
    stage.deliverAgain(question);
    await theatre.restart();
    stage.deliverAgain(question);
    await ask(stage, channel, 'ben', WEAK);
    expect(stage.repliesTo(question)).toHaveLength(1);
  });

  it('leaves people alone who answered first, in the channel or in the thread', async () => {
    const channel = await patientChannel(stage, 'auto');
    const below = stage.say(QUESTION, { channel });
    stage.say('Which version is it?', { channel, by: 'ben', below });
    expect(await decided(below)).toBe('answered');
    const other = await patientChannel(stage, 'auto');
    const beside = stage.say(QUESTION, { channel: other });
    stage.say('Set HF_HOME before you start it.', { channel: other, by: 'ben' });
    expect(await decided(beside)).toBe('answered');
    for (const question of [below, beside]) expect(stage.repliesTo(question)).toEqual([]);
  });

  it('is silent about a question that was deleted, or edited away, within the wait', async () => {
    const channel = await patientChannel(stage, 'auto');
    const [gone, solved, kept] = ['ann', 'ben', 'guest7'].map((by, index) =>
      stage.say(`${QUESTION} (${index})`, { channel, by: by as Who }),
    ) as [Said, Said, Said];
    await stage.erase(gone);
    await stage.edit(solved, 'never mind, found it');
    expect(await decided(kept)).toBe('spoke');
    for (const question of [gone, solved]) expect(stage.repliesTo(question)).toEqual([]);
    expect(stage.postsIn(channel)).toEqual([]);
  });

  it('leaves nothing in the channel when the message vanishes while it is answered', async () => {
    const channel = await stage.aChannel(`auto ${EAGER}`);
    const question = stage.say(QUESTION, { channel });
    stage.vanish(question);
    expect(await decided(question)).toBe('failed');
    expect(stage.postsIn(channel)).toEqual([]);
    expect(stage.repliesTo(question)).toEqual([]);
  });

  it.each(['forbid', 'archive'] as const)(
    'is silent where it may not post any more (%s), which is told once to who set the mode, and shown',
    async (close) => {
      const [channel, other] = [await patientChannel(stage, 'auto'), await stage.aChannel()];
      const before = stage.toldTo('boss').length;
      const question = stage.say(QUESTION, { channel });
      await isHeard(question);
      stage[close](channel);
      await theatre.hearsOfChange(channel);
      expect(await decided(question)).toBe('failed');
      expect(stage.repliesTo(question)).toEqual([]);
      await isToldOf(stage, channel);
      const told = () => stage.toldTo('boss').slice(before);
      expect(told()).toEqual([expect.stringContaining('I can no longer do what you set up in a help channel')]);
      expect(told()[0]).toContain(channel);
      expect(told()[0]).toMatch(/^(?:https:\/\/discord\.com\/channels\/|the channel\n)/);
      expect(await stage.command('sources', other, 'boss')).toContain(`Help channel ${channel}, since`);
      expect(await stage.command('sources', other)).not.toContain(channel);
      const check = helpChannelsCheck(path.dirname(theatre.scene.file), commandNames());
      const found = await check.run(AbortSignal.timeout(20_000));
      expect(found.map(({ message }) => message).join()).toContain(`channel ${channel}: `);
      if (close === 'archive') await theatre.restart();
      await theatre.scene.conversations.accessChanged(stage.spotOf(channel));
      expect(told()).toHaveLength(1);
      await stage.command(`help-channel off channel=${channel}`, other, 'boss');
      expect(theatre.scene.memory.helpTroubles.of(stage.spotOf(channel))).toBeUndefined();
    },
  );

  it('tells the helpers’ channel where who set the mode takes no direct messages', async () => {
    const [channel, helpers] = [await stage.aChannel(), await stage.aChannel()];
    await stage.command(`help-channel auto helpers-channel=${helpers}`, channel, 'chief');
    stage.forbid(channel);
    await isToldOf(stage, channel);
    expect(stage.postsIn(helpers)).toEqual([expect.stringContaining('I can no longer do what you set up')]);
    expect(stage.postsIn(helpers)[0]).toContain(channel);
    expect(stage.toldTo('chief')).toEqual([]);
    await theatre.scene.conversations.accessChanged(stage.spotOf(channel));
    expect(stage.postsIn(helpers)).toHaveLength(1);
    await stage.command(`help-channel off channel=${channel}`, helpers, 'boss');
  });

  it('goes on after a restart with what waited, but for what people answered meanwhile or is gone', async () => {
    const channels = [1, 2, 3, 4].map(() => patientChannel(stage, 'auto', 1_500));
    const [one, two, three, four] = (await Promise.all(channels)) as [string, string, string, string];
    const open = stage.say(QUESTION, { channel: one });
    const beside = stage.say(QUESTION, { channel: two });
    const below = stage.say(QUESTION, { channel: three });
    const gone = stage.say(QUESTION, { channel: four });
    for (const question of [open, beside, below, gone]) await isHeard(question);
    await theatre.restart(() => {
      stage.sayUnheard('How is the weather?', { channel: one, by: 'ben' });
      stage.sayUnheard('Set HF_HOME before you start it.', { channel: two, by: 'ben' });
      stage.sayUnheard('Which version is it?', { channel: three, by: 'ben', below });
      stage.vanish(gone);
    });
    expect(await decided(open)).toBe('spoke');
    expect(await decided(beside)).toBe('answered');
    expect(await decided(below)).toBe('answered');
    await vi.waitFor(() => expect(theatre.scene.memory.helpWaits.pending()).toEqual([]), patience);
    expect(stage.repliesTo(open)).toHaveLength(1);
    for (const question of [beside, below, gone]) expect(stage.repliesTo(question)).toEqual([]);
  });

  it('speaks once in a burst of 200 messages', async () => {
    const channel = await stage.aChannel('auto');
    const burst = Array.from({ length: 200 }, (_, index) =>
      stage.say(`${QUESTION} And what is number ${index}?`, { channel, by: `guest${index % 40}` }),
    );
    for (const question of burst) await isDecided(question);
    expect(burst.filter((question) => stage.repliesTo(question).length > 0)).toHaveLength(1);
    expect(stage.postsIn(channel)).toEqual([]);
  });

  it('answers two people who ask at once, each in a thread of their own', async () => {
    const channel = await stage.aChannel(`auto ${EAGER}`);
    const both = (['ann', 'ben'] as const).map((by) => stage.say(QUESTION, { channel, by }));
    for (const question of both) await isDecided(question);
    for (const question of both) expect(stage.repliesTo(question)).toHaveLength(1);
  });

  it('answers only the asker’s own follow-ups, strongly, and nobody once another person spoke', async () => {
    const channel = await stage.aChannel(`auto ${EAGER}`);
    const question = await ask(stage, channel);
    const replies = (count: number) =>
      vi.waitFor(() => expect(stage.repliesTo(question)).toHaveLength(count), patience);
    stage.say('And where does the offline copy lie?', { channel, below: question });
    await replies(2);
    stage.say('And how do I fold it?', { channel, below: question });
    stage.say('Is that offline copy large?', { channel, by: 'ben', below: question });
    const last = stage.say('Where can I delete the offline copy?', { channel, below: question });
    await ask(stage, channel, 'guest1');
    await theatre.hears(last);
    expect(stage.repliesTo(question)).toHaveLength(2);
  });

  it('is silent in a thread where a helper said that it is not wanted, and takes a reply away at once', async () => {
    const channel = await stage.aChannel(`auto ${EAGER}`);
    const [one, two] = (['ann', 'ben'] as const).map((by) => stage.say(QUESTION, { channel, by })) as [Said, Said];
    await isDecided(one);
    await isDecided(two);
    await stage.press('Not here', one, 'boss');
    await vi.waitFor(() => expect(theatre.scene.memory.helpWaits.isSilenced(stage.threadOf(one))).toBe(true), patience);
    await theatre.hears(stage.say('And how do I delete the offline copy?', { channel, below: one }));
    expect(stage.repliesTo(one)).toHaveLength(1);
    await stage.press('Not helpful', two, 'ann');
    expect(stage.repliesTo(two)).toHaveLength(1);
    await stage.press('Not helpful', two, 'ben');
    await vi.waitFor(() => expect(stage.repliesTo(two)).toEqual([]), patience);
  });

  it('answers what comes through a bridge of the settings, and only who is new, where that is set', async () => {
    const channel = await stage.aChannel(`auto newcomers=on ${EAGER}`);
    const bridged = stage.say(QUESTION, { channel, by: 'bridge' });
    expect(await decided(bridged)).toBe('spoke');
    const fresh = await ask(stage, channel, 'ben');
    for (const question of [bridged, fresh]) expect(stage.repliesTo(question)).toHaveLength(1);
  });

  it('gives whoever was shut out nothing, however they ask, until they are let in again', async () => {
    const channel = await stage.aChannel(`auto ${EAGER}`);
    const out = idOf('ben', platform);
    await stage.command('ask How did I work offline?', channel, 'ben');
    // A mention does as well as an id.
    await stage.command(`help-channel shut-out=${platform === 'discord' ? `<@${out}>` : out}`, channel, 'boss');
    expect(await stage.pressOwn('Share in this channel', channel, 'ben')).toContain('shut you out');
    expect(await stage.command('ask How do I work offline?', channel, 'ben')).toContain('shut you out');
    const mention = stage.mention('How do I work offline?', { channel, by: 'ben' });
    await vi.waitFor(() => expect(stage.toldTo('ben').join()).toContain('shut you out'), patience);
    const question = stage.say(QUESTION, { channel, by: 'ben' });
    await ask(stage, channel);
    expect([mention, question].flatMap((message) => stage.repliesTo(message))).toEqual([]);
    expect(stage.postsIn(channel)).toEqual([]);
    await stage.command(`help-channel let-in=${out}`, channel, 'boss');
    expect(await stage.command('ask How do I work offline?', channel, 'ben')).toContain('score');
  });
});

describe('on Discord', () => {
  let stage: Stage;
  beforeAll(() => {
    stage = discordStage(theatre);
  });

  function aForum() {
    const { discord } = theatre;
    const [guild] = [...discord.guilds.values()] as [FakeGuild];
    const forum = discord.addForum(guild);
    discord.announce(forum);
    /** A post, as the message that it begins with. */
    const post = (title: string): Said => {
      const { id } = discord.post(forum, { title, content: QUESTION }).thread;
      const ref = { platform: 'discord', server: guild.id, channel: forum.id, thread: id, message: id } as const;
      return { ref, by: 'ann', text: QUESTION };
    };
    return { forum: forum.id, post };
  }

  it('a post in a forum is answered in the post, as the settings of its forum say', async () => {
    const { forum, post } = aForum();
    await stage.command(`help-channel auto ${EAGER}`, post('Rules').ref.message, 'boss');
    expect(theatre.scene.memory.channels.of(stage.spotOf(forum))?.rules.mode).toBe('auto');
    const question = post('Loading');
    await isDecided(question);
    expect(stage.repliesTo(question)).toHaveLength(1);
    const later = stage.say('How else could I load it offline?', { channel: forum, by: 'ben', below: question });
    await theatre.hears(later);
    expect(stage.repliesTo(question)).toHaveLength(1);
  });

  it('a post that is archived within the wait is opened by its answer, and one that is locked gets none', async () => {
    const { forum, post } = aForum();
    const rules = { mode: 'auto', waitMs: 400, channelCooldownMs: 0, userCooldownMs: 0 } as const;
    theatre.scene.memory.channels.set(stage.spotOf(forum), rules, idOf('boss', 'discord'));
    const [archived, locked] = [post('Archived'), post('Locked')];
    for (const question of [archived, locked]) {
      await isHeard(question);
      const change = { archived: true, locked: question === locked };
      theatre.discord.changeThread(theatre.discord.channels.get(question.ref.message) as FakeChannel, change);
    }
    expect(await decided(archived)).toBe('spoke');
    expect(await decided(locked)).toBe('failed');
    expect(stage.repliesTo(archived)).toHaveLength(1);
    expect(stage.repliesTo(locked)).toEqual([]);
    expect(theatre.discord.channels.get(locked.ref.message)?.archived).toBe(true);
  });

  it('a thread is archived after the time that its channel says, and one that vanishes leaves nothing behind', async () => {
    const { discord } = theatre;
    const channel = await stage.aChannel(`auto archive=60 ${EAGER}`);
    const question = await ask(stage, channel);
    expect(discord.channels.get(question.ref.message)?.archiveMinutes).toBe(60);
    const lost = stage.say(QUESTION, { channel, by: 'ben' });
    const gone = { code: 10_003, message: 'Unknown Channel' };
    discord.fail(new RegExp(`^POST /channels/${lost.ref.message}/messages$`), { status: 404, body: gone });
    await isDecided(lost);
    expect([...stage.repliesTo(lost), ...stage.postsIn(channel)]).toEqual([]);
  });
});

describe('an intent that Discord takes away', () => {
  it('leaves all other ways of asking, and who set up help channels hears why they are silent', async () => {
    const stage = discordStage(theatre);
    const { discord } = theatre;
    const channel = await stage.aChannel(`auto ${EAGER}`);
    const before = stage.toldTo('boss').length;
    discord.grantsContent = false;
    discord.gateway.closeWith(4014);
    await discord.waitFor(() => discord.gateway.connected && !discord.gateway.has(INTENTS.content), 'it to be back');
    expect(await stage.command('ask How do I work offline?', channel)).toContain('score');
    await isToldOf(stage, channel);
    expect(stage.toldTo('boss').slice(before)).toEqual([expect.stringContaining('the message-content intent')]);
    discord.grantsContent = true;
    await theatre.restart();
    const question = await ask(stage, channel);
    expect(stage.repliesTo(question)).toHaveLength(1);
  });
});

describe('on Slack', () => {
  it('a question in a thread is answered there, where nobody else wrote', async () => {
    const stage = slackStage(theatre);
    const channel = await stage.aChannel(`auto ${EAGER}`);
    const [alone, shared] = (['ann', 'ben'] as const).map((by) => stage.say('Some notes of mine.', { channel, by }));
    if (!alone || !shared) throw new Error('nothing was said');
    stage.say('Good to know.', { channel, by: 'ann', below: shared });
    const own = stage.say(QUESTION, { channel, by: 'ann', below: alone });
    const others = stage.say(QUESTION, { channel, by: 'ben', below: shared });
    await isDecided(own);
    await isDecided(others);
    expect(stage.repliesTo(own)).toHaveLength(1);
    expect([...stage.repliesTo(others), ...stage.postsIn(channel)]).toEqual([]);
  });
});

describe('a suggestion', () => {
  it('is for the asker alone on Slack: in the channel, or in the thread where they went on', async () => {
    const stage = slackStage(theatre);
    const channel = await patientChannel(stage, 'suggest');
    const beside = stage.say(QUESTION, { channel });
    const below = stage.say(QUESTION, { channel, by: 'ben' });
    stage.say('It is version 3.', { channel, by: 'ben', below });
    await isDecided(beside);
    await isDecided(below);
    const shown = theatre.slack.messages.filter(
      (message) => message.channel === channel && message.via === 'chat.postEphemeral',
    );
    expect(new Map(shown.map(({ user, threadTs }) => [user, threadTs]))).toEqual(
      new Map([
        [idOf('ann', 'slack'), undefined],
        [idOf('ben', 'slack'), below.ref.message],
      ]),
    );
    expect(shown).toHaveLength(2);
    expect([...stage.postsIn(channel), ...stage.repliesTo(beside), ...stage.repliesTo(below)]).toEqual([]);
  });

  it('stands in the helpers’ channel on Discord, and is refused with the reason where there is none', async () => {
    const stage = discordStage(theatre);
    const helpers = await stage.aChannel();
    const channel = await stage.aChannel();
    expect(await stage.command('help-channel suggest', channel, 'boss')).toContain(
      'Suggestions need a channel for helpers',
    );
    await stage.command(`help-channel suggest helpers-channel=${helpers} ${EAGER}`, channel, 'boss');
    const question = stage.say(QUESTION, { channel });
    expect(await decided(question)).toBe('spoke');
    expect(stage.postsIn(helpers)).toHaveLength(1);
    expect([...stage.postsIn(channel), ...stage.repliesTo(question)]).toEqual([]);
  });
});
