import { describe, expect, it } from 'vitest';
import { discordChecks } from '../../src/discord/doctor.ts';
import { FakeDiscord } from '../fakes/discord-server.ts';
import { MAY } from '../fakes/discord-state.ts';
import { aBot, aDiscord, aFindAction, anAskCommand } from './harness.ts';

const QUIET = { readsMessages: false, triggerEmoji: [] as readonly string[] };

async function examine(config: { token: string; apiUrl: string }, chat = QUIET) {
  const checks = discordChecks({ config, chat, commands: [anAskCommand()], actions: [aFindAction()] });
  const findings = await Promise.all(
    checks.map(async (check) => [check.name, await check.run(AbortSignal.timeout(10_000))] as const),
  );
  return Object.fromEntries(findings);
}

describe('the doctor on Discord', () => {
  it('finds nothing where all is well', async () => {
    const { discord } = await aDiscord();
    await aBot(discord).bot.start(AbortSignal.timeout(10_000));
    const found = await examine({ token: discord.token, apiUrl: discord.apiUrl });
    expect(Object.keys(found)).toEqual([
      'Discord token',
      'Discord login',
      'Discord application',
      'Discord intents',
      'Discord permissions',
      'Discord commands',
    ]);
    expect(
      Object.values(found)
        .flat()
        .map(({ level }) => level),
    ).toEqual(Array(6).fill('ok'));
  });

  it('names a refused token and what mends it', async () => {
    const { discord } = await aDiscord();
    const found = await examine({ token: 'a.b.c', apiUrl: discord.apiUrl });
    expect(found['Discord login']).toEqual([
      { level: 'fault', message: 'Discord refuses the token', mend: expect.stringContaining('DISCORD_TOKEN') },
    ]);
    // Said once: it is one fault.
    expect(Object.values(found).flat()).toHaveLength(2);
    discord.takeBroken();
  });

  it('sees without asking anybody that something else was pasted', async () => {
    const [check] = discordChecks({
      config: { token: 'abcdef', apiUrl: 'http://127.0.0.1:9' },
      chat: QUIET,
      commands: [],
      actions: [],
    });
    expect(check?.fast).toBe(true);
    expect(await check?.run(AbortSignal.timeout(1_000))).toMatchObject([{ level: 'warning' }]);
  });

  it('names permissions and commands that are missing, and an endpoint that takes the interactions away', async () => {
    const { discord, channel } = await aDiscord();
    channel.permissions = MAY.view | MAY.send;
    discord.application = {
      ...discord.application,
      interactions_endpoint_url: 'https://example.com',
      integration_types_config: { 0: {} },
    };
    const found = await examine({ token: discord.token, apiUrl: discord.apiUrl });
    expect(found['Discord application']).toMatchObject([
      { level: 'fault', message: expect.stringContaining('Interactions Endpoint URL') },
      { level: 'warning', message: expect.stringContaining('install the bot for themselves') },
    ]);
    expect(found['Discord permissions']).toMatchObject([
      {
        level: 'warning',
        message: expect.stringContaining('Create Public Threads (to open'),
        mend: expect.stringContaining('oauth2/authorize'),
      },
    ]);
    expect(found['Discord commands']).toMatchObject([
      { level: 'warning', message: 'Discord has other commands than /ask, Find answers' },
    ]);
  });

  it('says whether messages can be read, where they are to be', async () => {
    const { discord } = await aDiscord();
    const config = { token: discord.token, apiUrl: discord.apiUrl };
    const intents = async (readsMessages: boolean) =>
      (await examine(config, { readsMessages, triggerEmoji: [] }))['Discord intents']?.[0];
    expect(await intents(true)).toMatchObject({ level: 'warning', mend: expect.stringContaining('10,000 people') });
    discord.grantsContent = true;
    expect(await intents(true)).toMatchObject({ level: 'ok' });
    expect(await intents(false)).toMatchObject({ level: 'ok', message: expect.stringContaining('not used') });
  });

  it('says when the bot is in no server', async () => {
    const discord = await FakeDiscord.start();
    const found = await examine({ token: discord.token, apiUrl: discord.apiUrl });
    await discord.close();
    expect(found['Discord permissions']).toMatchObject([{ level: 'warning', message: 'the bot is in no server' }]);
  });

  it('says when Discord cannot be reached', async () => {
    const found = await examine({ token: 'a.b.c', apiUrl: 'http://127.0.0.1:9/api' });
    expect(found['Discord login']).toMatchObject([
      { level: 'fault', message: expect.stringContaining('does not answer at http://127.0.0.1:9/api') },
    ]);
  });
});
