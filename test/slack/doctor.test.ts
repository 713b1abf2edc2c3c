import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/check.ts';
import { slackChecks } from '../../src/slack/doctor.ts';
import { type Bench, openBench } from './setup.ts';

async function findings({ config, ask }: Bench, name: string, settings = config): Promise<readonly Finding[]> {
  const check = slackChecks({ ...NOTHING_SPECIAL, config: settings, commands: [ask] }).find(
    (candidate) => candidate.name === name,
  );
  if (!check) throw new Error(`no check ${name}`);
  return check.run(AbortSignal.timeout(10_000));
}

const NOTHING_SPECIAL = {
  reach: { readsMessages: false, triggerEmoji: [], solvedEmoji: undefined },
  privateSources: new Map(),
};
const GRANTED = ['commands', 'chat:write', 'channels:read', 'groups:read', 'users:read', 'app_mentions:read'];

describe('doctor on Slack', () => {
  it('finds a good set-up good', async () => {
    const bench = await openBench({ start: false });
    bench.server.world.scopes = [...GRANTED, 'im:history'];
    expect(await findings(bench, 'Slack token')).toEqual([
      { level: 'ok', message: '@precedent in Example' },
      { level: 'ok', message: `scopes: ${[...GRANTED, 'im:history'].join(', ')}` },
    ]);
    expect(await findings(bench, 'Slack app token')).toEqual([{ level: 'ok', message: 'Socket Mode can be opened' }]);
    expect(await findings(bench, 'Slack commands')).toMatchObject([{ level: 'ok' }]);
  });

  it('names the scopes that are missing, and those that are not needed', async () => {
    const bench = await openBench({ start: false });
    bench.server.world.scopes = GRANTED;
    expect((await findings(bench, 'Slack token'))[1]).toMatchObject({
      level: 'fault',
      message: 'missing scopes: im:history',
      mend: expect.stringContaining('npm run slack:manifest'),
    });
    bench.server.world.scopes = [...GRANTED, 'im:history', 'files:read'];
    expect((await findings(bench, 'Slack token'))[1]).toMatchObject({
      level: 'warning',
      message: 'scopes that are not needed: files:read',
    });
  });

  it('warns where a private source may answer in a channel that is shared with others', async () => {
    const bench = await openBench({ start: false, configure: (config) => ({ ...config, sharedChannels: ['C9'] }) });
    const grants = ['C1', 'C9'].map((channel) => ({ platform: 'slack', server: 'T1', channel }) as const);
    const of = (...there: typeof grants) => {
      const privateSources = new Map([['github:acme/secret', there]]);
      const checks = slackChecks({ ...NOTHING_SPECIAL, privateSources, config: bench.config, commands: [bench.ask] });
      const check = checks.find(({ name }) => name === 'Slack shared channels');
      return check?.run(AbortSignal.timeout(1000));
    };
    expect(await of(...grants.slice(0, 1))).toEqual([]);
    expect(await of(...grants)).toMatchObject([
      {
        level: 'warning',
        message: expect.stringMatching(/^people of another organisation see github:acme\/secret in C9: /),
      },
    ]);
  });

  it('says what is wrong with a token', async () => {
    const bench = await openBench({ start: false });
    bench.server.tokenError = 'token_revoked';
    expect(await findings(bench, 'Slack token')).toMatchObject([
      { level: 'fault', message: expect.stringMatching(/revoked.*what is kept of that workspace/) },
    ]);
    bench.server.appTokenError = 'invalid_auth';
    expect(await findings(bench, 'Slack app token')).toMatchObject([
      { level: 'fault', message: expect.stringContaining('SLACK_APP_TOKEN is not accepted') },
    ]);
    bench.server.appTokenError = 'missing_scope';
    expect(await findings(bench, 'Slack app token')).toMatchObject([
      { level: 'fault', message: 'SLACK_APP_TOKEN lacks the scope connections:write' },
    ]);
  });

  it('says that Slack cannot be reached', async () => {
    const bench = await openBench({ start: false });
    await bench.server.down();
    for (const name of ['Slack token', 'Slack app token']) {
      expect(await findings(bench, name)).toMatchObject([
        {
          level: 'fault',
          message: expect.stringContaining('cannot be reached'),
          mend: expect.stringContaining('SLACK_API_URL'),
        },
      ]);
    }
  });

  it('asks no outside address in its fast part, and no app token where there is none', async () => {
    const bench = await openBench({ start: false });
    const checks = slackChecks({
      ...NOTHING_SPECIAL,
      config: { ...bench.config, appToken: undefined },
      commands: [bench.ask],
    });
    expect(checks.map(({ name, fast }) => [name, fast])).toEqual([
      ['Slack commands', true],
      ['Slack shared channels', true],
      ['Slack token', false],
    ]);
    for (const { fast, run } of checks) if (fast) await run(AbortSignal.timeout(1_000));
    expect(bench.server.calls).toEqual([]);
  });

  it('finds two commands of one name', async () => {
    const { config, ask } = await openBench({ start: false });
    const names = { ...config, commandNames: { ask: 'find', sources: 'find' } };
    const [check] = slackChecks({ ...NOTHING_SPECIAL, config: names, commands: [ask, { ...ask, name: 'sources' }] });
    expect(await check?.run(AbortSignal.timeout(1_000))).toMatchObject([
      { level: 'fault', message: 'two commands are called /find' },
    ]);
  });
});
