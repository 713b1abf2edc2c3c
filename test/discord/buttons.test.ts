import { describe, expect, it } from 'vitest';
import { aHit, anAnswer } from '../fakes/answers.ts';
import { buttonsOf, MAY, optionsOf, PUBLIC_THREAD, textsOf } from '../fakes/discord-state.ts';
import { aBot, aConnectedBot, anAskCommand } from './harness.ts';

const MENTIONS_NOBODY = { allowed_mentions: { parse: [] } };
const stranger = { id: '700000000000000002', username: 'kim' };
const headings = (message: Parameters<typeof textsOf>[0]) =>
  textsOf(message).flatMap((text) => /^### (\d+)/.exec(text)?.[1] ?? []);

describe('the buttons of a private answer', () => {
  it('turn its pages in place', async () => {
    const { discord } = await aConnectedBot();
    const answer = await discord.ask('How?');
    const next = await discord.press(answer, 'Next five');
    expect(next).toBe(answer);
    expect(headings(next)).toEqual(['6', '7', '8', '9', '10']);
    expect(buttonsOf(next)).toEqual(['Share in this channel', 'Open a thread with it', 'Previous five', 'Next five']);
    const last = await discord.press(next, 'Next five');
    expect(headings(last)).toEqual(['11', '12']);
    expect(buttonsOf(last)).not.toContain('Next five');
    expect(headings(await discord.press(last, 'Previous five'))).toEqual(['6', '7', '8', '9', '10']);
    expect(discord.messages).toHaveLength(1);
  });

  it('share it as a message of the bot with buttons of its own', async () => {
    const { discord, channel } = await aConnectedBot();
    const answer = await discord.ask('How can I load it?');
    const confirmation = await discord.press(answer, 'Share in this channel');
    expect(textsOf(confirmation)).toEqual(['Shared in this channel.']);
    expect(confirmation.visibleTo).toBe(discord.person.id);
    const shared = discord.messages.find(({ interactionId }) => interactionId === undefined);
    expect(shared).toMatchObject({ channelId: channel.id, visibleTo: 'everyone', payload: MENTIONS_NOBODY });
    expect(headings(shared ?? answer)).toEqual(['1', '2', '3', '4', '5']);
    expect(textsOf(shared ?? answer)[0]).toBe('Shared by robin.');
    expect(buttonsOf(shared ?? answer)).toEqual(['Next five']);
    expect(optionsOf(shared ?? answer)).toHaveLength(5);
  });

  it('share the page that is shown', async () => {
    const { discord } = await aConnectedBot();
    const page = await discord.press(await discord.ask('How?'), 'Next five');
    await discord.press(page, 'Share in this channel');
    expect(headings(discord.messages.find(({ visibleTo }) => visibleTo === 'everyone') ?? page)[0]).toBe('6');
  });

  it('share one message when the client repeats a slow post', async () => {
    const { discord } = await aConnectedBot();
    const answer = await discord.ask('How?');
    discord.fail(/^POST \/channels\/\d+\/messages$/, { delayMs: 5_400, accept: true });
    const press = discord.beginPress(answer, 'Share in this channel');
    await discord.waitFor(() => press.answers > 0, 'the confirmation', 15_000);
    expect(discord.requests.filter(({ path }) => /^\/channels\/\d+\/messages$/.test(path))).toHaveLength(2);
    expect(discord.messages.filter(({ visibleTo }) => visibleTo === 'everyone')).toHaveLength(1);
  });

  it('share and open a thread once, however often they are pressed', async () => {
    const { discord } = await aConnectedBot();
    const answer = await discord.ask('How?');
    for (const label of ['Share in this channel', 'Open a thread with it']) {
      const posted = discord.messages.filter(({ visibleTo }) => visibleTo === 'everyone').length;
      const presses = [discord.beginPress(answer, label), discord.beginPress(answer, label)];
      await discord.waitFor(() => presses.every((press) => press.answers > 0));
      const again = await discord.press(answer, label);
      expect(textsOf(again)).toEqual(['This was posted here already.']);
      const perPress = label === 'Share in this channel' ? 1 : 2;
      expect(discord.messages.filter(({ visibleTo }) => visibleTo === 'everyone')).toHaveLength(posted + perPress);
    }
  });

  it('may be pressed again after a share that failed', async () => {
    const { discord } = await aConnectedBot();
    const answer = await discord.ask('How?');
    discord.fail(/^POST \/channels/, { status: 403, body: { code: 50_013, message: 'Missing Permissions' } });
    await discord.press(answer, 'Share in this channel');
    expect(textsOf(await discord.press(answer, 'Share in this channel'))).toEqual(['Shared in this channel.']);
  });

  it('share through the interaction once when Discord took it and answers with an error', async () => {
    const { discord } = await aConnectedBot();
    const channel = discord.addChannel(discord.addGuild({ hasBot: false }));
    const where = { channel, install: 'user' as const };
    const answer = await discord.ask('How?', where);
    discord.fail(/^POST \/webhooks/, { status: 502, accept: true });
    const press = discord.beginPress(answer, 'Share in this channel', where);
    await discord.waitFor(() => press.followUps.length === 2);
    expect(discord.messages.filter(({ visibleTo }) => visibleTo === 'everyone')).toHaveLength(1);
    expect(textsOf(press.followUps[1] ?? { payload: {} }).join('')).toMatch(/^Something went wrong/);
  });

  it('share through the interaction where the bot itself is not', async () => {
    const { discord } = await aConnectedBot();
    const channel = discord.addChannel(discord.addGuild({ hasBot: false }));
    const where = { channel, install: 'user' as const };
    const shared = await discord.press(await discord.ask('How?', where), 'Share in this channel', where);
    expect(shared).toMatchObject({ visibleTo: 'everyone', channelId: channel.id });
    expect(headings(shared)).toHaveLength(5);
    expect(discord.requests.some(({ path }) => path === `/channels/${channel.id}/messages`)).toBe(false);
  });

  it('say so where a server keeps answers of such apps private', async () => {
    const { discord } = await aConnectedBot();
    const channel = discord.addChannel(discord.addGuild({ hasBot: false, allowsExternalApps: false }));
    const where = { channel, install: 'user' as const };
    const press = discord.beginPress(await discord.ask('How?', where), 'Share in this channel', where);
    await discord.waitFor(() => press.followUps.length === 2);
    expect(press.followUps.every(({ visibleTo }) => visibleTo === discord.person.id)).toBe(true);
    expect(textsOf(press.followUps[1] ?? { payload: {} }).join('')).toContain('nobody else sees it');
  });

  it('share through the interaction where the bot may not post', async () => {
    const { discord, channel } = await aConnectedBot();
    channel.permissions = MAY.view;
    const shared = await discord.press(await discord.ask('How?'), 'Share in this channel');
    expect(shared.visibleTo).toBe('everyone');
    expect(shared.interactionId).toBeDefined();
  });

  it('tell when a permission is gone by the time it is needed', async () => {
    const { discord } = await aConnectedBot();
    const answer = await discord.ask('How?');
    discord.fail(/^POST \/channels/, { status: 403, body: { code: 50_013, message: 'Missing Permissions' } });
    expect(textsOf(await discord.press(answer, 'Share in this channel')).join('')).toContain(
      'may not post here any more',
    );
  });

  it('open a thread named after the question, with the answer in it', async () => {
    const { discord, channel } = await aConnectedBot();
    const answer = await discord.ask('How can I load a dataset offline?');
    expect(textsOf(await discord.press(answer, 'Open a thread with it'))).toEqual(['The thread is open.']);
    const thread = [...discord.channels.values()].find(({ type }) => type === PUBLIC_THREAD);
    expect(thread).toMatchObject({ name: 'How can I load a dataset offline?', parentId: channel.id });
    const starter = discord.messages.find(({ id }) => id === thread?.id);
    expect(textsOf(starter ?? answer)).toEqual([
      'robin opened a thread with an answer: How can I load a dataset offline?',
    ]);
    expect(headings(discord.messages.find(({ channelId }) => channelId === thread?.id) ?? answer)).toHaveLength(5);
  });

  it('name the thread after the best comment when the question is forgotten, within 100 characters', async () => {
    const hits = [aHit({ title: `Broken\u202E ${'x'.repeat(300)}` })];
    const { discord, answers } = await aConnectedBot();
    const answer = await discord.ask('How?');
    answers.page = async () => anAnswer({ question: undefined, hits });
    await discord.press(answer, 'Open a thread with it');
    const thread = [...discord.channels.values()].find(({ type }) => type === PUBLIC_THREAD);
    expect(thread?.name).toMatch(/^Broken x+…$/);
    expect(thread?.name.length).toBeLessThanOrEqual(100);
  });

  it('open one thread when Discord fails in between and is asked again', async () => {
    const { discord } = await aConnectedBot();
    const answer = await discord.ask('How?');
    discord.fail(/^POST \/channels\/\d+\/messages\/\d+\/threads$/, { dropAfter: true });
    expect(textsOf(await discord.press(answer, 'Open a thread with it'))).toEqual(['The thread is open.']);
    expect([...discord.channels.values()].filter(({ type }) => type === PUBLIC_THREAD)).toHaveLength(1);
    expect(discord.takeBroken().join()).toContain('160004');
  });

  it('take back the first line of a thread that could not be opened', async () => {
    const { discord } = await aConnectedBot();
    const answer = await discord.ask('How?');
    discord.fail(/threads$/, { status: 403, body: { code: 50_013, message: 'Missing Permissions' } });
    expect(textsOf(await discord.press(answer, 'Open a thread with it')).join('')).toContain('may not post here');
    expect(discord.messages.find(({ visibleTo }) => visibleTo === 'everyone')?.deleted).toBe(true);
  });

  it('offer no thread inside a thread, where the answer can still be shared', async () => {
    const { discord, channel } = await aConnectedBot();
    await discord.press(await discord.ask('How?'), 'Open a thread with it');
    const thread = [...discord.channels.values()].find(({ type }) => type === PUBLIC_THREAD);
    const inside = await discord.ask('How?', { channel: thread ?? channel });
    expect(buttonsOf(inside)).toEqual(['Share in this channel', 'Next five']);
    expect(textsOf(await discord.press(inside, 'Share in this channel', { channel: thread ?? channel }))).toEqual([
      'Shared in this channel.',
    ]);
  });

  it('show a whole comment, page by page, with its code blocks closed on each', async () => {
    const comment = `Start\n\`\`\`python\n${Array.from({ length: 400 }, (_, line) => `print(${line})  # a line of code`).join('\n')}\n\`\`\`\nThe end.`;
    const { discord, answers } = await aConnectedBot();
    const answer = await discord.ask('How?');
    answers.hit = async (_id, rank) => aHit({ rank, comment });
    const whole = await discord.select(answer, '2.');
    expect(whole.visibleTo).toBe(discord.person.id);
    const pages: string[] = [];
    for (let page = whole; ; page = await discord.press(page, 'Next part')) {
      const [, body = ''] = textsOf(page);
      expect(body.match(/^```/gm)?.length ?? 0).toSatisfy((fences: number) => fences % 2 === 0);
      pages.push(body);
      if (!buttonsOf(page).includes('Next part')) break;
    }
    expect(pages.length).toBeGreaterThan(3);
    const lines = pages.join('\n').match(/print\(\d+\)/g);
    expect(lines).toHaveLength(400);
    expect(pages.at(-1)).toMatch(/The end\.$/);
    expect(discord.messages).toHaveLength(2);
  });
});

describe('the button for the next five', () => {
  it('goes on after the last comment that is shown, where some before it are gone', async () => {
    const { discord, answers } = await aConnectedBot();
    const answer = await discord.ask('How?');
    const { page } = answers;
    answers.page = async (id, offset, place) =>
      offset === 5
        ? anAnswer({ id, offset, hits: [6, 8, 9, 10, 11].map((rank) => aHit({ rank })) })
        : page(id, offset, place);
    const second = await discord.press(answer, 'Next five');
    expect(headings(second)).toEqual(['6', '8', '9', '10', '11']);
    expect(headings(await discord.press(second, 'Next five'))).toEqual(['12']);
  });
});

describe('the buttons of a public answer', () => {
  it('answer only who pressed them, privately', async () => {
    const { discord } = await aConnectedBot();
    const answer = await discord.ask('How?', { visibility: 'everyone' });
    const page = await discord.press(answer, 'Next five', { user: stranger });
    expect(page.visibleTo).toBe(stranger.id);
    expect(headings(page)[0]).toBe('6');
    expect(headings(answer)[0]).toBe('1');
    const whole = await discord.select(answer, '1.', { user: stranger });
    expect(whole.visibleTo).toBe(stranger.id);
    expect(textsOf(whole).join('\n')).toContain('Comment 1: save the dataset');
    expect(buttonsOf(page)).toContain('Share in this channel');
  });
});

describe('buttons of the past', () => {
  it('work after a restart', async () => {
    const { discord, bot, answers } = await aConnectedBot();
    const answer = await discord.ask('How?');
    await bot.close();
    const restarted = aBot(discord, { answers });
    await restarted.bot.start(AbortSignal.timeout(10_000));
    expect(headings(await discord.press(answer, 'Next five'))[0]).toBe('6');
  });

  it('say that the answer is too old, beside it, and leave it as it is', async () => {
    const { discord, answers } = await aConnectedBot();
    const answer = await discord.ask('How?');
    for (const id of answers.kept.keys()) await answers.forget(id);
    const reason = await discord.press(answer, 'Next five');
    expect(reason).not.toBe(answer);
    expect(reason.visibleTo).toBe(discord.person.id);
    expect(textsOf(reason).join('')).toContain('too old');
    for (const label of ['Share in this channel', 'Open a thread with it']) {
      expect(textsOf(await discord.press(answer, label)).join('')).toContain('too old');
    }
    expect(textsOf(await discord.select(answer, '1.')).join('')).toContain('too old');
    expect(headings(answer)[0]).toBe('1');
  });

  it('of another version ask to ask again', async () => {
    const { discord } = await aConnectedBot();
    const answer = await discord.ask('How?');
    for (const custom_id of ['precedent|page|abc|5', 'p2|page|abc|x', 'something-else', 'p2|vote|abc|1|maybe@42']) {
      const press = discord.interact('component', { component_type: 2, custom_id }, {}, answer);
      expect(textsOf(await discord.answerTo(press)).join('')).toContain('older version');
    }
  });

  it('end in a sentence when looking them up fails', async () => {
    const { discord, answers, log } = await aConnectedBot();
    const answer = await discord.ask('How?');
    answers.page = async () => Promise.reject(new Error('the database is locked'));
    expect(textsOf(await discord.press(answer, 'Next five')).join('')).toMatch(/^Something went wrong/);
    expect(textsOf(await discord.press(answer, 'Share in this channel')).join('')).toMatch(/^Something went wrong/);
    expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(2);
  });

  it('show no empty page when the comments behind it are gone', async () => {
    const { discord, answers } = await aConnectedBot({ commands: [anAskCommand()] });
    const answer = await discord.ask('How?');
    answers.page = async () => anAnswer({ hits: [], more: false });
    expect(textsOf(await discord.press(answer, 'Share in this channel')).join('')).toContain('no longer there');
    expect(discord.messages.filter(({ visibleTo }) => visibleTo === 'everyone')).toEqual([]);
  });
});
