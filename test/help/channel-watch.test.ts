import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { commandNames } from '../../src/command-name.ts';
import { createChannelWatch } from '../../src/help/channel-watch.ts';
import { silentLogger } from '../../src/log.ts';
import type { ChannelRules } from '../../src/memory/channel-settings.ts';
import { openMemory } from '../../src/memory/sqlite-memory.ts';
import type { Band } from '../../src/retrieval/answer.ts';
import { MANIFEST_FORMAT, type Manifest } from '../../src/retrieval/manifest.ts';
import { helpChannelsCheck } from '../../src/terminal/help-channels-check.ts';
import { fakeClock } from '../fakes/clock.ts';
import { type FakeChat, fakeChat } from '../fakes/fake-chat.ts';
import { anIdentity } from '../fakes/identity.ts';

const MINUTE_MS = 60_000;
const room = (channel: string) => ({ platform: 'discord', server: 'S', channel }) as const;

async function aWatch(chat: FakeChat = fakeChat()) {
  const clock = fakeClock();
  const folder = await mkdtemp(path.join(tmpdir(), 'watch-'));
  const memory = await openMemory(path.join(folder, 'memory.sqlite'), {
    comments: async () => [],
    sees: async () => [],
    keepDays: 30,
    log: silentLogger,
    now: clock.now,
  });
  onTestFinished(() => memory.close());
  const { signal } = new AbortController();
  const watch = createChannelWatch({
    memory,
    chat: () => chat,
    commandName: commandNames(),
    clock,
    log: silentLogger,
    signal,
  });
  watch.connected('discord');
  const closed = new Set<string>();
  let looks = 0;
  chat.access = async ({ channel }) => {
    looks++;
    return closed.has(channel) ? { ok: false, detail: 'the bot lacks Send Messages' } : { ok: true, detail: 'fine' };
  };
  return {
    watch,
    memory,
    chat,
    clock,
    closed,
    folder,
    looks: () => looks,
    set: (channel: string, rules: ChannelRules, by = 'boss') => memory.channels.set(room(channel), rules, by),
    /** As the bot does, every two seconds. */
    async minutes(count: number) {
      for (let turn = 0; turn < count * 30; turn++) {
        clock.advance(2_000);
        await watch.patrol();
      }
    },
  };
}

/** Of an index of which these bands were found. */
function aManifest(names: readonly Band[]): Manifest {
  const [vectors, rows] = ['faiss', 'rows'].map((end) => ({ name: `index-0a1b.${end}`, sizeBytes: 1, crc32: 1 })) as [
    Manifest['files']['vectors'],
    Manifest['files']['rows'],
  ];
  return {
    format: MANIFEST_FORMAT,
    ...anIdentity(),
    metric: 'ip',
    recipe: 'seed',
    rows: 3,
    corpusVersion: 1,
    createdAt: '2026-11-20T10:00:00Z',
    files: { vectors, rows },
    bands: {
      titles: 100,
      spread: 1,
      weight: 1,
      bands: names.map((name) => ({ name, from: name === 'weak' ? null : 1, pairs: 50, right: 40 })),
    },
  };
}

describe('a help channel that can no longer be read or posted in', () => {
  it('is told once to who set its mode, and again only when it was mended meanwhile', async () => {
    const { set, closed, minutes, chat, memory, folder } = await aWatch();
    set('C', { mode: 'auto' });
    closed.add('C');
    await minutes(30);
    expect(chat.told).toHaveLength(1);
    expect(chat.told[0]).toMatchObject({ user: 'boss', text: expect.stringContaining('the bot lacks Send Messages') });
    expect(memory.helpTroubles.list()).toMatchObject([{ spot: { channel: 'C' }, told: true }]);
    const { run } = helpChannelsCheck(folder, commandNames());
    expect(await run(AbortSignal.timeout(5_000))).toMatchObject([
      { level: 'warning', message: expect.stringContaining('channel C: the bot lacks Send Messages') },
    ]);
    closed.clear();
    await minutes(12);
    expect(memory.helpTroubles.list()).toEqual([]);
    expect(await run(AbortSignal.timeout(5_000))).toMatchObject([{ level: 'ok' }]);
    await minutes(60);
    closed.add('C');
    await minutes(30);
    expect(chat.told).toHaveLength(2);
  });

  it('is found by the doctor with what the command is called on its platform', async () => {
    const { memory, folder } = await aWatch();
    memory.helpTroubles.note({ platform: 'slack', server: 'T1', channel: 'C024BE91L' }, 'the channel is archived');
    memory.helpTroubles.note(room('C'), 'the bot lacks Send Messages');
    const found = await helpChannelsCheck(folder, commandNames({ 'help-channel': 'precedent-help' })).run(
      AbortSignal.timeout(5_000),
    );
    expect(found.map(({ mend }) => mend).sort()).toEqual([
      expect.stringContaining('end it with /help-channel off channel=C.'),
      expect.stringContaining('end it with /precedent-help off channel=C024BE91L.'),
    ]);
  });

  it('is told apart from channels that can only be silent, which the doctor finds by the index', async () => {
    const { set, folder } = await aWatch();
    for (const channel of ['A', 'B']) set(channel, { mode: 'auto' });
    set('C', { mode: 'auto', band: 'fair' });
    const { run } = helpChannelsCheck(folder, commandNames());
    const measured = (names: readonly ('strong' | 'fair' | 'weak')[]) =>
      writeFile(path.join(folder, 'index.json'), JSON.stringify(aManifest(names)));
    await measured(['strong', 'weak']);
    expect(await run(AbortSignal.timeout(5_000))).toMatchObject([{ level: 'ok' }]);
    await measured(['fair', 'weak']);
    expect(await run(AbortSignal.timeout(5_000))).toEqual([
      { level: 'warning', message: expect.stringMatching(/^Help channels A, B: Silent .*band=fair/) },
    ]);
  });

  it('is no trouble where it passes within a minute, or its platform cannot be asked', async () => {
    const { set, closed, minutes, chat, watch, clock } = await aWatch();
    set('C', { mode: 'auto' });
    closed.add('C');
    await watch.patrol();
    clock.advance(MINUTE_MS / 2);
    closed.clear();
    await minutes(30);
    chat.access = async () => {
      throw new Error('the network is down');
    };
    await minutes(30);
    expect(chat.told).toEqual([]);
  });

  it('is looked into at once when something did not work out there', async () => {
    const { set, closed, chat, watch, clock } = await aWatch();
    for (const channel of ['A', 'B', 'C']) set(channel, { mode: 'auto' });
    closed.add('C');
    await watch.doubt({ ...room('C'), thread: 'T' });
    clock.advance(MINUTE_MS);
    await watch.patrol();
    expect(chat.told).toHaveLength(1);
  });

  it('is looked into as soon as the platform tells of a change, of a channel or of its whole server', async () => {
    const { set, closed, chat, watch, clock, looks, memory } = await aWatch();
    for (const channel of ['A', 'B', 'C']) set(channel, { mode: 'auto' });
    await watch.changed(room('none'));
    expect(looks()).toBe(0);
    closed.add('C');
    await watch.changed(room('C'));
    clock.advance(MINUTE_MS);
    const { tell } = chat;
    chat.tell = async () => {
      throw new Error('the network is down');
    };
    // Of two at once none takes for told what the other one could not tell.
    await Promise.all([watch.patrol(), watch.doubt(room('C'))]);
    expect(memory.helpTroubles.of(room('C'))?.told).toBe(false);
    chat.tell = tell;
    await Promise.all([watch.doubt(room('C')), watch.doubt(room('C'))]);
    expect(chat.told).toHaveLength(1);
    // A round is over, and rests.
    for (let turn = 0; turn < 8; turn++) await watch.patrol();
    const before = looks();
    await watch.patrol();
    expect(looks()).toBe(before);
    await watch.changed({ platform: 'discord', server: 'S' });
    for (let turn = 0; turn < 4; turn++) await watch.patrol();
    expect(looks()).toBe(before + 3);
    // Of a helpers' channel: those that suggest there.
    set('B', { mode: 'suggest', helpersChannel: 'H' });
    closed.add('H');
    await watch.changed(room('H'));
    for (let turn = 0; turn < 3; turn++) await watch.patrol();
    clock.advance(MINUTE_MS);
    await watch.patrol();
    expect(memory.helpTroubles.of(room('B'))?.detail).toContain('in the helpers’ channel: the bot lacks');
  });

  it('is found in its turn, and at the end of its server, while something changes there all the time', async () => {
    const { set, closed, watch, memory, clock } = await aWatch();
    for (let index = 10; index < 50; index++) set(`C${index}`, { mode: 'auto' });
    memory.channels.set({ platform: 'discord', server: 'T', channel: 'E' }, { mode: 'auto' }, 'boss');
    for (const channel of ['C49', 'E']) closed.add(channel);
    for (let turn = 0; turn < 300; turn++) {
      clock.advance(2_000);
      await watch.changed({ platform: 'discord', server: 'S' });
      await watch.patrol();
    }
    expect(memory.helpTroubles.list().map(({ spot }) => spot.channel)).toEqual(['C49', 'E']);
  });

  it('does not hold up others while it cannot be looked at', async () => {
    const { set, closed, minutes, chat, memory } = await aWatch();
    for (const channel of ['C', 'D']) set(channel, { mode: 'auto' });
    for (const channel of ['C', 'D']) closed.add(channel);
    await minutes(0.5);
    const { access } = chat;
    chat.access = async (room, signal) => {
      if (room.channel === 'C') throw new Error('the network is down');
      return access(room, signal);
    };
    await minutes(30);
    expect(memory.helpTroubles.list().map(({ spot }) => spot.channel)).toEqual(['D']);
  });

  it('is over once something is read there and it works again, which is looked at once a minute', async () => {
    const { set, closed, minutes, watch, memory, looks, clock } = await aWatch();
    set('C', { mode: 'auto' });
    await watch.heardFrom(room('C'));
    expect(looks()).toBe(0);
    closed.add('C');
    await minutes(15);
    const before = looks();
    for (let message = 0; message < 3; message++) await watch.heardFrom(room('C'));
    expect(looks()).toBe(before + 1);
    closed.clear();
    clock.advance(MINUTE_MS);
    await watch.heardFrom(room('C'));
    expect(memory.helpTroubles.list()).toEqual([]);
  });

  it('is told once for many channels of one person with the same fault, and all of them are listed', async () => {
    const { set, closed, minutes, chat, memory } = await aWatch();
    for (const channel of ['A', 'B', 'C']) {
      set(channel, { mode: 'shadow' }, channel === 'C' ? 'other' : 'boss');
      closed.add(channel);
    }
    await minutes(30);
    expect(chat.told.map(({ user }) => user).sort()).toEqual(['boss', 'other']);
    expect(memory.helpTroubles.list().map(({ spot }) => spot.channel)).toEqual(['A', 'B', 'C']);
  });

  it('is told in the helpers’ channel where the person takes no direct messages', async () => {
    const { set, closed, minutes, chat } = await aWatch();
    set('C', { mode: 'auto', helpersChannel: 'H' });
    chat.tell = async () => false;
    closed.add('C');
    await minutes(30);
    expect(chat.posts).toMatchObject([{ ref: { channel: 'H' }, post: { outcome: { kind: 'problem' } } }]);
  });

  it('is told at the next look where that fails for a while', async () => {
    const { set, closed, minutes, chat } = await aWatch();
    const { tell } = chat;
    set('C', { mode: 'auto' });
    chat.tell = async () => {
      throw new Error('the network is down');
    };
    closed.add('C');
    await minutes(15);
    chat.tell = tell;
    await minutes(15);
    expect(chat.told).toHaveLength(1);
  });

  it('is also one whose suggestions have no channel for helpers any more', async () => {
    const { set, closed, minutes, chat, memory } = await aWatch();
    set('C', { mode: 'suggest', helpersChannel: 'H' });
    await minutes(12);
    closed.add('H');
    await minutes(15);
    set('C', { helpersChannel: undefined });
    await minutes(15);
    expect(chat.told.map(({ text }) => text)).toEqual([
      expect.stringContaining('in the helpers’ channel: the bot lacks Send Messages'),
    ]);
    expect(memory.helpTroubles.list()).toMatchObject([
      { detail: expect.stringContaining('suggestions need a channel') },
    ]);
  });
});

describe('a thousand help channels', () => {
  it('cost a look each, in turn, and no more at once than five', async () => {
    const { set, watch, looks, clock } = await aWatch();
    for (let index = 0; index < 1_000; index++) set(`C${index}`, { mode: 'auto' });
    for (let turn = 0; turn < 20; turn++) {
      await watch.patrol();
      expect(looks()).toBe(turn + 1);
      clock.advance(2_000);
    }
  });
});
