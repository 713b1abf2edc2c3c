import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { BusyError, UserError } from '../../src/errors.ts';
import { aHit, anAnswer } from '../fakes/answers.ts';
import { FLAGS, toObject } from '../fakes/discord-rules.ts';
import { buttonsOf, componentsOf, optionsOf, textsOf } from '../fakes/discord-state.ts';
import { aConnectedBot, anAskCommand } from './harness.ts';

const callbacks = (requests: readonly { readonly path: string; readonly body: unknown }[]) =>
  requests.filter(({ path }) => path.endsWith('/callback')).map(({ body }) => body);

describe('/ask on Discord', () => {
  it('answers privately by default, with five quoted, scored and linked comments', async () => {
    const { discord } = await aConnectedBot();
    const answer = await discord.ask('How can I load a dataset offline?');
    expect(answer.visibleTo).toBe(discord.person.id);
    const text = textsOf(answer).join('\n');
    const titles = /^### \d\\\. \[Using datasets without a connection \(\d\)\]\(https:\/\/github\.com\/\S+\)$/gm;
    expect(text.match(titles)).toHaveLength(5);
    expect(text).toContain('score 24.5 · closed · by person-1 · 5 years ago · example/project#1');
    expect(text).toContain('> Comment 1: save the **dataset** on the machine that is online');
    expect(text).toMatch(/-# multi-qa-mpnet-base-dot-v1 on cpu · 42 ms · not calibrated$/);
  });

  it('is deferred at once with nothing but who will see it, and the answer edits the deferral', async () => {
    const { discord } = await aConnectedBot();
    await discord.ask('How?');
    await discord.ask('How?', { visibility: 'everyone' });
    expect(callbacks(discord.requests)).toEqual([
      { type: 5, data: { flags: FLAGS.ephemeral } },
      { type: 5, data: { flags: 0 } },
    ]);
    expect(discord.messages.map(({ edits, visibleTo }) => [edits, visibleTo])).toEqual([
      [0, discord.person.id],
      [0, 'everyone'],
    ]);
  });

  it('has at most five buttons and one select, each with a label that says what it does', async () => {
    const { discord, answers } = await aConnectedBot();
    const first = await discord.ask('How?');
    expect(buttonsOf(first)).toEqual(['Share in this channel', 'Open a thread with it', 'Next five']);
    expect(componentsOf(first).filter(({ type }) => type === 3)).toHaveLength(1);
    expect(optionsOf(first).map(({ label }) => label)).toEqual(
      [1, 2, 3, 4, 5].map((rank) => `${rank}. Using datasets without a connection (${rank})`),
    );
    expect(answers.kept.size).toBe(1);
    const shared = await discord.ask('How?', { visibility: 'everyone' });
    expect(buttonsOf(shared)).toEqual(['Next five']);
  });

  it('begins with the question as a heading and each comment a level below', async () => {
    const { discord } = await aConnectedBot();
    const answer = await discord.ask('How do I use *this* offline?');
    const headings = textsOf(answer).flatMap((text) => text.match(/^#{1,3} (?:\S+ ){0,3}/gm) ?? []);
    expect(headings[0]).toBe('## How do I ');
    expect(headings.slice(1).every((heading) => heading.startsWith('### '))).toBe(true);
    expect(textsOf(answer)[0]).toBe('## How do I use \\*this\\* offline?');
  });

  it('shows what the asker should know above everything else', async () => {
    const command = anAskCommand({
      run: async () => anAnswer({ notes: ['Indexing, 34 %.', 'Keyword search: no model yet.'] }),
    });
    const { discord } = await aConnectedBot({ commands: [command] });
    expect(textsOf(await discord.ask('How?'))[0]).toBe('Indexing, 34 %.\nKeyword search: no model yet.');
  });

  it('never links to sample data', async () => {
    const hits = [aHit({ sample: true, issueUrl: '/sample/1', commentUrl: undefined })];
    const { discord } = await aConnectedBot({
      commands: [anAskCommand({ run: async () => anAnswer({ hits, more: false }) })],
    });
    const text = textsOf(await discord.ask('How?')).join('\n');
    expect(text).not.toContain('](');
    expect(text).toContain('sample data');
  });

  it('says so when nothing was found', async () => {
    const command = anAskCommand({ run: async () => anAnswer({ hits: [], ranking: [], more: false }) });
    const { discord } = await aConnectedBot({ commands: [command] });
    const answer = await discord.ask('How?');
    expect(textsOf(answer).join('\n')).toContain('No comments found: nothing is indexed yet.');
    expect(componentsOf(answer).filter(({ type }) => type === 1)).toEqual([]);
  });

  it('shows a notice with its facts as a list', async () => {
    const notice = { kind: 'notice' as const, text: '2 sources', lines: ['hub:a/b: 2,098 comments', 'model_x on cpu'] };
    const { discord } = await aConnectedBot({ commands: [anAskCommand({ run: async () => notice })] });
    expect(textsOf(await discord.ask('How?'))).toEqual([
      '**2 sources**\n- hub:a/b: 2,098 comments\n- model\\_x on cpu',
    ]);
  });

  it('gives the command the asker, the server, the channel and the question without markup', async () => {
    const seen: unknown[] = [];
    const run: Parameters<typeof anAskCommand>[0] = {
      run: async (values, { requestId, ...context }) => {
        seen.push(values, context, requestId.length);
        return anAnswer();
      },
    };
    const { discord, guild, channel } = await aConnectedBot({ commands: [anAskCommand(run)] });
    await discord.ask('<@123456789> how <:wave:42> does it work?');
    expect(seen).toEqual([
      { question: 'how does it work?', visibility: undefined },
      {
        platform: 'discord',
        user: discord.person.id,
        server: guild.id,
        channel: channel.id,
        place: { platform: 'discord', kind: 'channel', server: guild.id, channel: channel.id, parent: undefined },
      },
      8,
    ]);
  });

  it('works in direct messages, where there is nobody to share with', async () => {
    const { discord } = await aConnectedBot();
    const answer = await discord.ask('How?', { channel: discord.addDirectMessages() });
    expect(answer.visibleTo).toBe(discord.person.id);
    expect(buttonsOf(answer)).toEqual(['Next five']);
    expect(textsOf(answer).join('\n')).not.toContain('invite');
  });

  it('works for somebody who installed it for themselves, in a server without the bot, and says how to invite it', async () => {
    const { discord } = await aConnectedBot();
    const channel = discord.addChannel(discord.addGuild({ hasBot: false }));
    const answer = await discord.ask('How?', { channel, install: 'user' });
    expect(buttonsOf(answer)).toEqual(['Share in this channel', 'Next five']);
    expect(textsOf(answer).at(-1)).toMatch(
      /^-# To open threads here, \[add the bot to this server\]\(https:\/\/discord\.com\/oauth2\/authorize\?client_id=900000000000000001&scope=bot\+applications\.commands&permissions=\d+\)\.$/,
    );
  });

  it('names the permissions that a thread would need where the bot lacks them', async () => {
    const { discord, guild } = await aConnectedBot();
    const channel = discord.addChannel(guild, { permissions: 1n << 10n });
    discord.gateway.dispatch('CHANNEL_CREATE', {
      id: channel.id,
      type: 0,
      guild_id: guild.id,
      name: 'quiet',
      permission_overwrites: [],
    });
    const answer = await discord.ask('How?', { channel });
    expect(buttonsOf(answer)).toEqual(['Share in this channel', 'Next five']);
    expect(textsOf(answer).at(-1)).toContain('needs Send Messages, Send Messages in Threads, Create Public Threads');
  });
});

describe('a question that cannot be answered', () => {
  it('is told the reason that is meant for the asker, privately', async () => {
    const { discord, log } = await aConnectedBot({
      commands: [
        anAskCommand({ run: async () => Promise.reject(new UserError('There are no words in that question.')) }),
      ],
    });
    const answer = await discord.ask('?');
    expect(answer.visibleTo).toBe(discord.person.id);
    expect(textsOf(answer)).toEqual(['There are no words in that question.']);
    expect(log.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('is told to come back when the bot is busy', async () => {
    const command = anAskCommand({ run: async () => Promise.reject(new BusyError(4_200)) });
    const { discord } = await aConnectedBot({ commands: [command] });
    expect(textsOf(await discord.ask('How?'))).toEqual(['Busy right now, try again in 5 s.']);
  });

  it('gets one calm sentence with an id under which the log has the whole error, without the question', async () => {
    const failure = new Error('the index is gone');
    const { discord, log } = await aConnectedBot({
      commands: [anAskCommand({ run: async () => Promise.reject(failure) })],
    });
    const text = textsOf(await discord.ask('my secret question')).join('');
    expect(text).toMatch(/^Something went wrong .* id: [a-z0-9]{8}$/);
    const line = log.lines.find(({ level }) => level === 'error');
    expect(line?.fields).toMatchObject({ error: failure, requestId: text.slice(-8) });
    expect(JSON.stringify(log.lines)).not.toContain('secret');
  });

  it('is stopped after its time and told so', async () => {
    const command = anAskCommand({ run: () => new Promise(() => {}) });
    const { discord, log } = await aConnectedBot({ commands: [command], runTimeoutMs: 80 });
    expect(textsOf(await discord.ask('How?')).join('')).toMatch(/^This took longer than 1 s and was stopped/);
    expect(log.lines.some(({ message }) => message.includes('took too long'))).toBe(true);
  });

  it('is answered without buttons when the answer cannot be kept', async () => {
    const { discord, answers, log } = await aConnectedBot();
    answers.keep = async () => Promise.reject(new Error('disk full'));
    const answer = await discord.ask('How?');
    expect(textsOf(answer).join('\n')).toContain('Comment 1');
    expect(componentsOf(answer).filter(({ type }) => type === 1)).toEqual([]);
    expect(log.lines.some(({ message }) => message.includes('could not be kept'))).toBe(true);
  });

  it('hears that the command is gone when Discord still lists an old one', async () => {
    const { discord } = await aConnectedBot();
    expect(textsOf(await discord.ask('How?', { command: 'old' })).join('')).toContain('no longer served');
  });

  it('stays private when the command cannot say who sees its answer', async () => {
    const command = anAskCommand({
      audience: () => {
        throw new Error('a bug');
      },
    });
    const { discord } = await aConnectedBot({ commands: [command] });
    expect((await discord.ask('How?')).visibleTo).toBe(discord.person.id);
  });
});

describe('a delivery that goes wrong', () => {
  it('is handled once when Discord delivers it twice', async () => {
    let runs = 0;
    const command = anAskCommand({
      run: async () => {
        runs++;
        return anAnswer();
      },
    });
    const { discord } = await aConnectedBot({ commands: [command] });
    const interaction = discord.beginAsk('How?');
    discord.deliver(interaction);
    await discord.answerTo(interaction);
    discord.deliver(interaction);
    await delay(50);
    expect([runs, interaction.answers]).toEqual([1, 1]);
  });

  it('is answered by a second delivery when the first could not be acknowledged', async () => {
    const { discord, log } = await aConnectedBot();
    discord.fail(/callback$/, { status: 400, body: { code: 50_000, message: 'not now' } });
    const interaction = discord.beginAsk('How?');
    await discord.waitFor(() => log.lines.some(({ message }) => message.includes('could not be answered')));
    discord.deliver(interaction);
    expect(textsOf(await discord.answerTo(interaction)).join('\n')).toContain('Comment 1');
  });

  it('is given up quietly when Discord says that it is too late', async () => {
    const { discord, log } = await aConnectedBot();
    discord.advance(-10_000);
    const interaction = discord.beginAsk('How?');
    discord.advance(10_000);
    await discord.waitFor(() => log.lines.some(({ level }) => level === 'warn'));
    expect(interaction.answers).toBe(0);
    expect(discord.takeBroken().join()).toContain('10062');
  });

  it('is acknowledged in time though Discord errs, limits or drops the first attempts', async () => {
    const { discord } = await aConnectedBot();
    const callback = /callback$/;
    discord.fail(callback, { status: 503, times: 3 });
    expect(textsOf(await discord.ask('How?')).length).toBeGreaterThan(5);
    const limit = { 'retry-after': '0.3', 'x-ratelimit-scope': 'shared' };
    discord.fail(callback, { status: 429, headers: limit, body: { message: 'slow', retry_after: 0.3, global: false } });
    expect(textsOf(await discord.ask('How?')).length).toBeGreaterThan(5);
    discord.fail(callback, { drop: true, times: 2 });
    expect(textsOf(await discord.ask('How?')).length).toBeGreaterThan(5);
  });

  it('goes on when the acknowledgement arrived and its answer got lost', async () => {
    const { discord } = await aConnectedBot();
    discord.fail(/callback$/, { dropAfter: true });
    const interaction = discord.beginAsk('How?');
    expect(textsOf(await discord.answerTo(interaction)).length).toBeGreaterThan(5);
    expect(discord.takeBroken().join()).toContain('40060');
  });

  it('shows its answer though Discord errs or limits the edit', async () => {
    const { discord } = await aConnectedBot();
    const edit = /^PATCH .*@original$/;
    discord.fail(edit, { status: 502, times: 3 });
    expect(textsOf(await discord.ask('How?')).length).toBeGreaterThan(5);
    discord.fail(edit, {
      status: 429,
      headers: { 'retry-after': '0.2' },
      body: { message: 'slow', retry_after: 0.2, global: false },
    });
    expect(textsOf(await discord.ask('How?')).length).toBeGreaterThan(5);
  });

  it('still ends in a sentence when Discord refuses the answer itself', async () => {
    const { discord, log } = await aConnectedBot();
    discord.fail(/^PATCH .*@original$/, { status: 400, body: { code: 50_035, message: 'Invalid Form Body' } });
    expect(textsOf(await discord.ask('How?')).join('')).toMatch(/^Something went wrong/);
    expect(log.lines.find(({ level }) => level === 'error')?.message).toBe('An answer could not be shown');
  });

  it('takes an interaction that is over for what it is, not for a refused token', async () => {
    const command = anAskCommand({
      run: async () => {
        discord.advance(16 * 60_000);
        return anAnswer();
      },
    });
    const { discord, bot, log } = await aConnectedBot({ commands: [command] });
    discord.beginAsk('How?');
    await discord.waitFor(() => log.lines.some(({ message }) => message === 'An interaction could not be answered'));
    expect(bot.health().ok).toBe(true);
    expect(discord.takeBroken().join()).toContain('50027');
  });

  it('keeps no interaction token and no question in the log', async () => {
    const { discord, log } = await aConnectedBot();
    discord.fail(/^PATCH .*@original$/, { status: 400, body: { code: 50_035, message: 'Invalid Form Body' } });
    await discord.ask('my secret question');
    const shown = log.lines.map(
      ({ message, fields }) => message + Object.values(fields).map((value) => toObject(value).message ?? String(value)),
    );
    expect(shown.join()).not.toMatch(/token-|secret/);
  });
});
