import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createHelpChannelCommand } from '../../commands/help-channel.ts';
import type { CommandContext, Notice } from '../../src/command.ts';
import { commandNames } from '../../src/command-name.ts';
import { createLogger } from '../../src/log.ts';
import type { NewHelpOutcome } from '../../src/memory/help-outcomes.ts';
import type { Memory } from '../../src/memory/memory.ts';
import { openMemory } from '../../src/memory/sqlite-memory.ts';
import type { Sureness } from '../../src/report/silence.ts';
import { aStoredComment } from '../fakes/answers.ts';
import { reportsOf } from '../fakes/help-outcomes.ts';

const DISCORD = { platform: 'discord', server: 'S', channel: '100000000000000001' } as const;
const SLACK = { platform: 'slack', server: 'T1', channel: 'C024BE91L' } as const;
const HELPERS = '100000000000000002';
const CLOSED = '100000000000000003';

type Where = { readonly platform: 'discord' | 'slack'; readonly server?: string; readonly channel: string };
type Run = (settings?: string, where?: Where, user?: string) => Promise<string>;

async function aCommand({
  readsMessages = true,
  sureness = { mode: 'semantic', surest: 'strong' } as Sureness,
} = {}): Promise<{ run: Run; report: () => Promise<Notice>; memory: Memory; hidden: Set<string> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'help-channel-'));
  const log = createLogger({ level: 'error', write: () => {} });
  const sees = async () => ['github:o/r', 'hub:a/b'];
  const hidden = new Set<string>();
  const memory = await openMemory(path.join(folder, 'memory.sqlite'), {
    comments: async (keys) => keys.map((key) => (hidden.has(key) ? undefined : aStoredComment(key))),
    sees,
    keepDays: 30,
    log,
  });
  onTestFinished(() => memory.close());
  const command = createHelpChannelCommand({
    memory,
    standing: async ({ user }) => (user === 'boss' ? 'manager' : 'helper'),
    sees,
    access: async ({ channel }) =>
      channel === CLOSED ? { ok: false, detail: 'the bot lacks View Channel' } : { ok: true, detail: 'fine' },
    reports: reportsOf(memory.helpOutcomes),
    status: () => sureness,
    readsMessages,
    waitMs: 60_000,
    commandName: commandNames(),
  });
  const report = async () => {
    const context: CommandContext = {
      ...DISCORD,
      user: 'boss',
      place: { ...DISCORD, kind: 'channel' },
      requestId: 'r',
    };
    return (await command.run({ settings: 'report' }, context, AbortSignal.timeout(5_000))) as Notice;
  };
  return {
    memory,
    hidden,
    report,
    async run(settings, where = DISCORD, user = 'boss') {
      const context: CommandContext = { ...where, user, place: { ...where, kind: 'channel' }, requestId: 'r' };
      const outcome = await command.run({ settings }, context, AbortSignal.timeout(5_000));
      return outcome.kind === 'notice' ? [outcome.text, ...outcome.lines].join('\n') : '';
    },
  };
}

describe('/help-channel', () => {
  it('is for managers alone', async () => {
    const { run, memory } = await aCommand();
    await expect(run('auto', DISCORD, 'helper')).rejects.toThrow('Only managers');
    expect(memory.channels.of(DISCORD)).toBeUndefined();
  });

  it('sets up another channel by its id, and says at once where the bot cannot work', async () => {
    const { run, memory } = await aCommand();
    expect(await run(`auto channel=${CLOSED}`)).toContain('It does not work yet: the bot lacks View Channel.');
    expect(memory.channels.of(DISCORD)).toBeUndefined();
    expect(memory.channels.of({ ...DISCORD, channel: CLOSED })?.rules.mode).toBe('auto');
    expect(await run(`off channel=<#${CLOSED}>`)).not.toContain('does not work');
    expect(await run('auto')).not.toContain('does not work');
    memory.helpTroubles.note(DISCORD, 'the channel is archived');
    await run('wait=5m');
    expect(memory.helpTroubles.list()).toHaveLength(1);
    await run('off');
    expect(memory.helpTroubles.list()).toEqual([]);
  });

  it('says when the channel can only be silent, and what mends it', async () => {
    const unsure = await aCommand({ sureness: { mode: 'semantic', surest: 'fair' } });
    expect(await unsure.run()).not.toContain('Silent');
    for (const mode of ['shadow', 'auto']) expect(await unsure.run(mode)).toContain('band=fair lets fair hits speak');
    expect(await unsure.run()).toContain('no hit in what is indexed is ever strong');
    expect(await unsure.run('band=fair')).not.toContain('Silent');
    const unmeasured = await aCommand({ sureness: { mode: 'semantic', surest: undefined } });
    expect(await unmeasured.run('auto band=fair')).toContain('until it is measured how sure hits are');
    const byWords = await aCommand({ sureness: { mode: 'keyword', surest: undefined } });
    expect(await byWords.run('auto')).toContain('Silent while search is by keyword');
    const { run } = await aCommand();
    expect(await run('auto')).not.toContain('Silent');
  });

  it('shows what holds, off at first, and sets what is named on both platforms', async () => {
    const { run, memory } = await aCommand();
    expect(await run()).toContain('Automatic replies: off.');
    for (const where of [DISCORD, SLACK]) {
      const told = await run('shadow wait=5m cooldown=0 sources=github:o/r newcomers=on per-hour=20', where);
      expect(told).toContain('shadow: nothing is posted');
      expect(told).toContain('Waits 300 s');
      expect(memory.channels.of(where)).toMatchObject({
        setBy: 'boss',
        rules: {
          mode: 'shadow',
          waitMs: 300_000,
          channelCooldownMs: 0,
          sources: ['github:o/r'],
          newcomersOnly: true,
          perHour: 20,
        },
      });
    }
  });

  it('changes only what is named, and takes back what is given back', async () => {
    const { run, memory } = await aCommand();
    await run('auto wait=30s buttons=off archive=1440');
    await run('wait=default');
    expect(memory.channels.of(DISCORD)?.rules).toEqual({ mode: 'auto', buttons: false, archiveAfterMinutes: 1440 });
  });

  it('sets for a whole server what asked answers may be, but no mode', async () => {
    const { run, memory } = await aCommand();
    await run('server answers=private');
    expect(memory.channels.rulesOf(DISCORD).answers).toBe('private');
    await run('answers=public');
    expect(memory.channels.rulesOf(DISCORD).answers).toBe('public');
    await expect(run('server auto')).rejects.toThrow('channel by channel');
  });

  it('refuses suggestions on Discord without a channel for helpers, and says why', async () => {
    const { run, memory } = await aCommand();
    await expect(run('suggest')).rejects.toThrow('Suggestions need a channel for helpers');
    expect(memory.channels.of(DISCORD)).toBeUndefined();
    await run(`suggest helpers-channel=<#${HELPERS}>`);
    expect(memory.channels.rulesOf(DISCORD)).toMatchObject({ mode: 'suggest', helpersChannel: HELPERS });
    expect(await run('suggest', SLACK)).toContain('suggested');
  });

  it('refuses a mode while the bot reads no messages', async () => {
    const { run } = await aCommand({ readsMessages: false });
    await expect(run('shadow')).rejects.toThrow('READ_MESSAGES=on');
    expect(await run('answers=none')).toContain('Asked answers: none.');
  });

  it.each([
    ['loud', 'no setting'],
    ['wait=soon', 'a time of at most 24h'],
    ['wait=25h', 'a time of at most 24h'],
    ['archive=5', 'archive may be 60, 1440, 4320, 10080'],
    ['helpers=everyone', 'takes an id'],
    ['per-hour=many', 'a whole number'],
    ['sources=github:acme/secret', 'no source that may answer here'],
    ['shadow report', 'report sets nothing'],
    ['report wait=default', 'report sets nothing'],
    ['server report', 'report sets nothing'],
    ['report shut-out=100000000000000009', 'report sets nothing'],
  ])('says what is wrong with %j', async (settings, said) => {
    const { run, memory } = await aCommand();
    await expect(run(settings)).rejects.toThrow(said);
    expect(memory.channels.of(DISCORD)).toBeUndefined();
  });

  it('shuts a person out and lets them in again', async () => {
    const { run, memory } = await aCommand();
    expect(await run('shut-out=100000000000000009')).toContain(
      'is shut out of this server: they get no answers, asked or automatic.',
    );
    expect(memory.channels.isShutOut(DISCORD, 'discord:100000000000000009')).toBe(true);
    await run('let-in=100000000000000009');
    expect(memory.channels.isShutOut(DISCORD, 'discord:100000000000000009')).toBe(false);
  });

  it('is no command for direct messages', async () => {
    const { run } = await aCommand();
    await expect(run('', { platform: 'discord', channel: 'D' })).rejects.toThrow('in a channel');
  });

  it('reports outcomes with what each word means, what is to be judged, and what went wrong as links', async () => {
    const { run, report, memory, hidden } = await aCommand();
    for (const line of ['report', `report channel=${CLOSED}`])
      expect(await run(line)).toContain('No question was noted');
    const outcome = {
      mode: 'shadow',
      version: '1',
      asker: 'discord:a',
      link: 'https://chat.example/m',
      issues: [],
      best: 'comment-1',
    } as const;
    const add = (id: string, over: Partial<NewHelpOutcome>) =>
      memory.helpOutcomes.add({ ...outcome, message: { ...DISCORD, message: id }, decision: 'spoke', ...over });
    add('1', {});
    add('2', { decision: 'weak', vector: Float32Array.of(1, 0), model: 'm' });
    add('3', { decision: 'weak', vector: Float32Array.of(0.9, 0.1), model: 'm' });
    add('4', { decision: 'answered' });
    add('5', { mode: 'auto', answerId: 'solved' });
    memory.helpOutcomes.judge('solved', 'solved');
    memory.helpOutcomes.followed({
      spot: { ...DISCORD, message: '9' },
      author: 'discord:b',
      repliesTo: '3',
      issues: ['https://github.com/o/r/issues/7'],
    });
    add('elsewhere', { message: { ...SLACK, message: '1' } });
    const { text, lines, items } = await report();
    expect([text, ...lines]).toEqual([
      expect.stringContaining('by mode and version'),
      'auto, version 1: success 1',
      'shadow, version 1: unknown 1, missed 1, weak 1, answered 1',
      expect.stringMatching(/^success: shown, and the last word/),
      expect.stringMatching(/^unknown: /),
      expect.stringMatching(/^missed: /),
      expect.stringMatching(/^weak: /),
      expect.stringMatching(/^answered: /),
      expect.stringMatching(/^1 to judge/),
    ]);
    expect(items).toEqual([
      {
        text: 'Right?',
        judge: expect.any(String),
        links: [
          { label: 'message', url: outcome.link },
          { label: 'example/project#1', url: 'https://github.com/example/project/issues/1' },
        ],
      },
      {
        text: '2 alike (missed 1, weak 1):',
        links: [
          { label: 'message 1', url: outcome.link },
          { label: 'message 2', url: outcome.link },
        ],
      },
    ]);
    hidden.add('comment-1');
    expect((await report()).items?.[0]?.links).toEqual([{ label: 'message', url: outcome.link }]);
    memory.helpOutcomes.assess(Number(items?.[0]?.judge), 'right');
    expect((await report()).lines).toContain(
      'Of 1 that would have been shown 1 are known: 1 right (judged or linked), 100 % (95 % interval: 21 % to 100 %).',
    );
  });
});

describe('channel settings', () => {
  it('are forgotten with their server', async () => {
    const { run, memory } = await aCommand();
    await run('auto');
    await memory.purge({ platform: 'discord', server: 'S' });
    expect(memory.channels.of(DISCORD)).toBeUndefined();
  });
});
