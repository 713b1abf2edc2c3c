import { describe, expect, it } from 'vitest';
import { readApplicationId } from '../../src/discord/application.ts';
import { INTENTS, inviteUrl, PERMISSIONS } from '../../src/discord/invite.ts';
import { toRegistration } from '../../src/discord/registration.ts';
import { checkCommands } from '../fakes/discord-command-rules.ts';
import { INVITED } from '../fakes/discord-state.ts';
import { aBot, aConnectedBot, aDiscord, anAskCommand } from './harness.ts';

const puts = (requests: readonly { readonly method: string }[]) =>
  requests.filter(({ method }) => method === 'PUT').length;

describe('the commands on Discord', () => {
  it('are registered from the objects that run, for servers, direct messages and user installs', async () => {
    const { discord } = await aConnectedBot();
    expect(discord.commands).toMatchObject([
      {
        name: 'ask',
        integration_types: [0, 1],
        contexts: [0, 1, 2],
        options: [
          { type: 3, name: 'question', required: true, max_length: 6_000 },
          {
            type: 3,
            name: 'visibility',
            choices: [
              { name: 'only me', value: 'asker' },
              { name: 'everyone', value: 'everyone' },
            ],
          },
        ],
      },
      { type: 3, name: 'Find answers', integration_types: [0, 1], contexts: [0, 1, 2] },
    ]);
  });

  it('are left alone when Discord has them already', async () => {
    const { discord, bot } = await aConnectedBot();
    await bot.close();
    await aBot(discord).bot.start(AbortSignal.timeout(10_000));
    expect(puts(discord.requests)).toBe(1);
  });

  it('are registered again when one has changed', async () => {
    const { discord, bot } = await aConnectedBot();
    await bot.close();
    const changed = aBot(discord, { commands: [anAskCommand({ description: 'Ask something' })] });
    await changed.bot.start(AbortSignal.timeout(10_000));
    expect(puts(discord.requests)).toBe(2);
    expect(discord.commands[0]?.description).toBe('Ask something');
  });

  it('are tried again when Discord fails, while the bot already serves', async () => {
    const { discord } = await aDiscord();
    discord.fail(/^PUT/, { status: 500, times: 3 });
    const { bot, log } = aBot(discord, { retryEveryMs: 100 });
    await bot.start(AbortSignal.timeout(10_000));
    expect(bot.health()).toEqual({ ok: true, detail: 'connected; the commands could not be registered yet' });
    expect(
      log.lines.some(({ level, message }) => level === 'error' && message.includes('could not be registered')),
    ).toBe(true);
    await discord.waitFor(() => bot.health().detail === 'connected');
    expect(discord.commands).toHaveLength(2);
  });

  it('never ask for a longer text than Discord takes', () => {
    const command = anAskCommand({
      inputs: [{ kind: 'text', name: 'q', description: 'Q', required: true, maxLength: 50_000 }],
    });
    expect(checkCommands([toRegistration(command)])).toEqual([]);
  });
});

describe('the invite link', () => {
  it('asks for the bot, its commands, and no more permissions than are explained', () => {
    const url = new URL(inviteUrl('42'));
    expect(url.origin + url.pathname).toBe('https://discord.com/oauth2/authorize');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: '42',
      scope: 'bot applications.commands',
      permissions: String(INVITED),
    });
    for (const { reason } of [...PERMISSIONS, ...INTENTS]) expect(reason.length).toBeGreaterThan(10);
  });

  it('is made of the id in the token where Discord cannot be reached, and says so', async () => {
    const apiUrl = 'http://127.0.0.1:9/api';
    const warnings: string[] = [];
    const idOf = (token: string) => readApplicationId({ apiUrl, token }, (text) => warnings.push(text));
    const first = Buffer.from('80351110224678912').toString('base64url');
    expect(await idOf(`${first}.second.third`)).toBe('80351110224678912');
    expect(warnings).toEqual([expect.stringContaining('which was not checked')]);
    await expect(idOf('no-token')).rejects.toThrow(
      'Discord does not answer at http://127.0.0.1:9/api, and DISCORD_TOKEN does not look like a bot token',
    );
    await expect(idOf('three.parts.here')).rejects.toThrow(/^Discord does not answer at [^,]* Check the network/);
  });
});
