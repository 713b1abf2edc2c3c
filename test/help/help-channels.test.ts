import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { commandNames } from '../../src/command-name.ts';
import type { ChatMessage } from '../../src/help/chat.ts';
import { createHelpChannels } from '../../src/help/create-help-channels.ts';
import type { HelpChannels, Verdict, Voice } from '../../src/help/help-channels.ts';
import { bannerOf } from '../../src/help/how-sure.ts';
import { createLogger, silentLogger } from '../../src/log.ts';
import type { ChannelRules } from '../../src/memory/channel-settings.ts';
import type { Memory } from '../../src/memory/memory.ts';
import { openMemory } from '../../src/memory/sqlite-memory.ts';
import type { Answer } from '../../src/retrieval/answer.ts';
import { aHit, anAnswer } from '../fakes/answers.ts';
import { type FakeClock, fakeClock } from '../fakes/clock.ts';
import { aMessage, type FakeChat, fakeChat } from '../fakes/fake-chat.ts';

const WAIT_MS = 60_000;
const HERE = { platform: 'discord', server: 'S', channel: 'C' } as const;

type Scene = {
  readonly help: HelpChannels;
  readonly memory: Memory;
  readonly clock: FakeClock;
  readonly chat: FakeChat;
  readonly file: string;
  /** What was searched for, posted and suggested, by the question's id. */
  readonly did: string[];
  search: (message: ChatMessage) => Answer | Promise<Answer>;
  close(): Promise<void>;
};

async function aScene({
  file,
  rules = { mode: 'auto' },
  clock = fakeClock(),
  chat = fakeChat(),
}: Partial<Pick<Scene, 'file' | 'clock' | 'chat'>> & { rules?: ChannelRules } = {}): Promise<Scene> {
  const where = file ?? path.join(await mkdtemp(path.join(tmpdir(), 'help-')), 'memory.sqlite');
  const log = createLogger({ level: 'error', write: () => {} });
  const memory = await openMemory(where, {
    comments: async (keys) => keys.map(() => undefined),
    sees: async () => [],
    keepDays: 30,
    log,
    now: clock.now,
  });
  if (!file) memory.channels.set(HERE, rules, 'manager');
  const did: string[] = [];
  const voice: Voice = {
    async search(message) {
      did.push(`search ${message.ref.message}`);
      return scene.search(message);
    },
    async reply(message, answer, banner) {
      did.push(`reply ${message.ref.message}`);
      expect(banner).toBe(bannerOf(answer));
      return answer;
    },
    async suggest(message, answer) {
      did.push(`suggest ${message.ref.message}`);
      return answer;
    },
    chat: () => chat,
  };
  const settings = { waitMs: WAIT_MS, version: () => '1.2.3', commandName: commandNames() };
  const help = createHelpChannels({ memory, settings, log, clock })(voice);
  let isOpen = true;
  const scene: Scene = {
    help,
    memory,
    clock,
    chat,
    file: where,
    did,
    search: () => ({ ...anAnswer({}), band: 'strong' }),
    async close() {
      if (!isOpen) return;
      isOpen = false;
      await help.close();
      await memory.close();
    },
  };
  onTestFinished(scene.close);
  return scene;
}

const aQuestion = (scene: Pick<Scene, 'clock'>, overrides: Partial<ChatMessage> = {}) =>
  aMessage({ addressed: undefined, writtenAt: scene.clock.now(), ...overrides });
const isDecided = async ({ memory }: Scene, { ref }: ChatMessage) =>
  vi.waitFor(() => expect(memory.helpOutcomes.has(ref)).toBe(true));
const decisions = ({ memory }: Scene) => memory.helpOutcomes.counts().map(({ decision }) => decision);
const spoken = ({ did }: Scene) => did.filter((what) => !what.startsWith('search'));

/** Asks, lets the time pass, and waits for what comes of it. */
async function ask(scene: Scene, overrides: Partial<ChatMessage> = {}): Promise<ChatMessage> {
  const question = aQuestion(scene, overrides);
  await scene.help.seen(question);
  scene.clock.advance(WAIT_MS);
  await isDecided(scene, question);
  return question;
}

describe('a help channel', () => {
  it('answers a question that nobody answered within the wait, and not before', async () => {
    const scene = await aScene();
    const question = aQuestion(scene);
    await scene.help.seen(question);
    scene.clock.advance(WAIT_MS - 1);
    expect(scene.did).toEqual([]);
    scene.clock.advance(1);
    await isDecided(scene, question);
    expect(spoken(scene)).toEqual([`reply ${question.ref.message}`]);
    expect(scene.memory.helpOutcomes.counts()).toMatchObject([
      { channel: 'C', mode: 'auto', version: '1.2.3', decision: 'spoke', count: 1 },
    ]);
    expect(scene.memory.helpWaits.pending()).toEqual([]);
  });

  it('answers at once where no wait is set for it', async () => {
    const scene = await aScene({ rules: { mode: 'auto', waitMs: 0 } });
    const question = aQuestion(scene);
    await scene.help.seen(question);
    scene.clock.advance(0);
    await isDecided(scene, question);
    expect(spoken(scene)).toHaveLength(1);
  });

  it('suggests, or posts nothing but records it, as its mode says', async () => {
    const suggesting = await aScene({ rules: { mode: 'suggest' } });
    const question = await ask(suggesting);
    expect(spoken(suggesting)).toEqual([`suggest ${question.ref.message}`]);
    const shadow = await aScene({ rules: { mode: 'shadow' } });
    await ask(shadow);
    expect(spoken(shadow)).toEqual([]);
    expect(shadow.memory.helpOutcomes.counts()).toMatchObject([{ mode: 'shadow', decision: 'spoke' }]);
  });

  it.each<[string, Partial<ChatMessage>]>([
    ['is a statement', { text: 'The release is out.' }],
    ['is thanks', { text: 'thanks a lot!' }],
    ['is code alone', { text: '```\nfoo()\n```' }],
    ['may not be read', { text: undefined }],
    ['is said to somebody', { mentions: ['somebody'] }],
    ['replies to another message', { repliesTo: { message: 'other' } }],
    ['is a bot’s', { author: { id: 'b', kind: 'bot' } }],
    ['is its own', { author: { id: 'us', kind: 'us' } }],
    ['is a stranger’s', { stranger: true }],
    ['is written where others read along', { place: { platform: 'discord', kind: 'outside' } }],
    ['is of a channel that is off', { ref: { ...HERE, channel: 'D', message: 'elsewhere' } }],
    ['stands in a thread on Discord', { room: 'thread', ref: { ...HERE, thread: 'T', message: 'in-thread' } }],
    ['is not the first of a forum post', { room: 'forum-post', ref: { ...HERE, thread: 'T', message: 'later' } }],
    ['is delivered hours later', { writtenAt: 0 }],
  ])('leaves alone what %s', async (_why, overrides) => {
    const scene = await aScene();
    await scene.help.seen(aQuestion(scene, overrides));
    expect(scene.memory.helpWaits.pending()).toEqual([]);
  });

  it('answers the first message of a forum post, and what comes through a bridge', async () => {
    const scene = await aScene();
    await ask(scene, { room: 'forum-post', ref: { ...HERE, thread: 'F1', message: 'F1' } });
    scene.clock.advance(3600_000);
    await ask(scene, { author: { id: 'bridge', kind: 'bridge' } });
    expect(spoken(scene)).toHaveLength(2);
  });

  it('stays silent unless the best hit is in the strong band', async () => {
    const scene = await aScene();
    scene.search = () => anAnswer({});
    await ask(scene);
    expect(spoken(scene)).toEqual([]);
    expect(decisions(scene)).toEqual(['weak']);
  });

  it('speaks of what helpers taught for such questions, though how sure that is was not measured', async () => {
    const scene = await aScene();
    const taught = aHit({ because: 'taught by helpers' });
    scene.search = () => anAnswer({ hits: [taught, aHit({ rank: 2 })] });
    await ask(scene);
    expect(decisions(scene)).toEqual(['spoke']);
    expect(bannerOf(anAnswer({ hits: [taught] }))).toContain('How sure: taught by helpers.');
    scene.clock.advance(3600_000);
    scene.search = () => anAnswer({ hits: [aHit({}), { ...taught, rank: 2 }] });
    await ask(scene);
    expect(decisions(scene).sort()).toEqual(['spoke', 'weak']);
  });

  it('keeps who opted out or was shut out unanswered', async () => {
    const scene = await aScene();
    await scene.memory.optOuts.add('discord:shy');
    scene.memory.channels.shutOut(HERE, 'discord:rude', true);
    for (const id of ['shy', 'rude']) await scene.help.seen(aQuestion(scene, { author: { id, kind: 'person' } }));
    expect(scene.memory.helpWaits.pending()).toEqual([]);
    scene.memory.channels.shutOut(HERE, 'discord:rude', false);
    await scene.help.seen(aQuestion(scene, { author: { id: 'rude', kind: 'person' } }));
    expect(scene.memory.helpWaits.pending()).toHaveLength(1);
  });

  it('answers a message once, however often it is delivered', async () => {
    const scene = await aScene({ rules: { mode: 'auto', channelCooldownMs: 0, userCooldownMs: 0 } });
    const question = await ask(scene);
    await scene.help.seen(question);
    expect(scene.memory.helpWaits.pending()).toEqual([]);
    expect(spoken(scene)).toHaveLength(1);
  });

  it('holds back for a while after it spoke, in the channel and longer to the same person', async () => {
    const scene = await aScene({ rules: { mode: 'auto', channelCooldownMs: 100_000, userCooldownMs: 500_000 } });
    const person = (id: string) => ({ author: { id, kind: 'person' } as const });
    await ask(scene, person('one'));
    await ask(scene, person('two'));
    expect(spoken(scene)).toHaveLength(1);
    await ask(scene, person('three'));
    await ask(scene, person('one'));
    expect(spoken(scene)).toHaveLength(2);
    scene.clock.advance(500_000);
    await ask(scene, person('one'));
    expect(spoken(scene)).toHaveLength(3);
  });

  it('answers only people who are new to it, where that is set', async () => {
    const scene = await aScene({ rules: { mode: 'auto', newcomersOnly: true } });
    await scene.help.seen(aQuestion(scene, { text: 'good morning', author: { id: 'old', kind: 'person' } }));
    scene.clock.advance(8 * 24 * 3600_000);
    await ask(scene, { author: { id: 'old', kind: 'person' } });
    expect(spoken(scene)).toEqual([]);
    await ask(scene, { author: { id: 'new', kind: 'person' } });
    expect(spoken(scene)).toHaveLength(1);
  });

  it('speaks once in a burst of 200 questions', async () => {
    const scene = await aScene();
    const burst = Array.from({ length: 200 }, (_, index) =>
      aQuestion(scene, { author: { id: `p${index}`, kind: 'person' } }),
    );
    await Promise.all(burst.map((question) => scene.help.seen(question)));
    scene.clock.advance(WAIT_MS);
    for (const question of burst) await isDecided(scene, question);
    expect(spoken(scene)).toHaveLength(1);
    expect(scene.did).toHaveLength(2);
  });
});

describe('a bot with many help channels', () => {
  it('reads of them at its start, and for a message, no more than one with five', async () => {
    const reads: number[] = [];
    for (const count of [5, 500]) {
      const scene = await aScene();
      const { channels } = scene.memory;
      for (let index = 0; index < count; index++)
        channels.set({ ...HERE, channel: `C${index}` }, { mode: 'auto' }, 'boss');
      let statements = 0;
      const counted = new Proxy(channels, {
        get(target, name: keyof typeof channels) {
          statements++;
          return target[name];
        },
      });
      const calls: string[] = [];
      const chat = new Proxy(scene.chat, {
        get(target, name: keyof FakeChat) {
          calls.push(name);
          return target[name];
        },
      });
      const voice = { chat: () => chat } as Partial<Voice> as Voice;
      const settings = { waitMs: WAIT_MS, version: () => '1', commandName: commandNames() };
      const memory = { ...scene.memory, channels: counted };
      const help = createHelpChannels({ memory, settings, log: silentLogger, clock: scene.clock })(voice);
      help.connected('discord');
      expect([statements, calls]).toEqual([0, []]);
      await help.seen(aQuestion(scene));
      reads.push(statements);
      await help.close();
    }
    expect(reads[0]).toBeGreaterThan(0);
    expect(reads[1]).toBe(reads[0]);
  });
});

describe('a question counts as answered', () => {
  const OTHER = { id: 'helper', kind: 'person' } as const;

  async function fateWith(later: (question: ChatMessage) => Partial<ChatMessage>, first: Partial<ChatMessage> = {}) {
    const scene = await aScene();
    const question = aQuestion(scene, first);
    await scene.help.seen(question);
    await scene.help.seen(aQuestion(scene, { author: OTHER, text: 'Set HF_HOME first.', ...later(question) }));
    scene.clock.advance(WAIT_MS);
    await isDecided(scene, question);
    return spoken(scene).includes(`reply ${question.ref.message}`) ? 'open' : 'answered';
  }

  it('when another person replied to it, even with a question', async () => {
    expect(await fateWith(({ ref }) => ({ repliesTo: { message: ref.message } }))).toBe('answered');
    expect(await fateWith(({ ref }) => ({ repliesTo: { message: ref.message }, text: 'Which version?' }))).toBe(
      'answered',
    );
  });

  it('when another person wrote in its thread', async () => {
    const inThread = ({ ref }: ChatMessage) => ({
      room: 'thread' as const,
      ref: { ...HERE, thread: ref.message, message: `${ref.message}-1` },
    });
    expect(await fateWith(inThread)).toBe('answered');
  });

  it('when another person wrote something after it in the channel', async () => {
    expect(await fateWith(() => ({}))).toBe('answered');
    expect(await fateWith(() => ({ text: undefined }))).toBe('answered');
  });

  it('not when that was a question of its own, a reply to something else, or in another thread or channel', async () => {
    expect(await fateWith(() => ({ text: 'How do I install it on Windows?' }))).toBe('open');
    expect(await fateWith(() => ({ repliesTo: { message: 'else' } }))).toBe('open');
    expect(await fateWith(() => ({ room: 'thread', ref: { ...HERE, thread: 'T', message: 't1' } }))).toBe('open');
    expect(await fateWith(() => ({ ref: { ...HERE, channel: 'D', message: 'd1' } }))).toBe('open');
  });

  it('not when its own author went on writing, unless many write through that one', async () => {
    expect(await fateWith(({ author }) => ({ author }))).toBe('open');
    const bridge = { id: 'bridge', kind: 'bridge' } as const;
    expect(await fateWith(({ author }) => ({ author }), { author: bridge })).toBe('answered');
  });

  it('when the answer comes while it is searched', async () => {
    const scene = await aScene();
    scene.search = async () => {
      await scene.help.seen(aQuestion(scene, { author: OTHER, text: 'It is in the docs.' }));
      return { ...anAnswer({}), band: 'strong' };
    };
    await ask(scene);
    expect(spoken(scene)).toEqual([]);
    expect(decisions(scene)).toEqual(['answered']);
  });

  it.each([
    ['answer', 'answered'],
    ['automatic', 'spoke'],
  ] as const)('when the bot has posted an %s to it by then, which is not posted again', async (kind, decision) => {
    const scene = await aScene();
    const question = aQuestion(scene);
    await scene.help.seen(question);
    const place = { platform: 'discord', kind: 'channel', server: 'S', channel: 'C' } as const;
    const context = { ...HERE, user: 'asker', place, requestId: 'r' };
    const { id = '' } = await scene.memory.answers.keep(anAnswer({}), context);
    const message = { ...HERE, thread: question.ref.message, message: 'bot-1' };
    const shown = { through: 'bot', offset: 0, place, asker: 'asker', shows: [] } as const;
    await scene.memory.posts.add({ ...shown, answerId: id, kind, message, question: question.ref });
    scene.clock.advance(WAIT_MS);
    await isDecided(scene, question);
    expect(decisions(scene)).toEqual([decision]);
    expect(scene.did).toEqual([]);
  });

  it('when others wrote in a thread on Slack', async () => {
    const chat = fakeChat('slack');
    const scene = await aScene({ chat });
    const ref = { platform: 'slack', server: 'S', channel: 'C', thread: '1.0', message: '1.1' } as const;
    scene.memory.channels.set({ platform: 'slack', server: 'S', channel: 'C' }, { mode: 'auto' }, 'manager');
    chat.writers.set('1.0', ['asker', 'helper']);
    await ask(scene, { ref, room: 'thread' });
    chat.writers.set('1.0', ['asker']);
    await ask(scene, { ref: { ...ref, message: '1.2' }, room: 'thread' });
    expect(spoken(scene)).toEqual(['reply 1.2']);
  });
});

describe('a question that waits', () => {
  it('is given up when it is deleted, or edited so that it asks nothing, or asks the bot', async () => {
    const scene = await aScene();
    const [one, two] = [aQuestion(scene), aQuestion(scene)];
    await scene.help.seen(one);
    await scene.help.seen(two);
    await scene.help.deleted(one.ref);
    await scene.help.edited({ ...two, text: 'never mind, found it' });
    const three = aQuestion(scene);
    await scene.help.seen(three);
    await scene.help.edited({ ...three, addressed: 'mention' });
    expect(scene.memory.helpWaits.pending()).toEqual([]);
    scene.clock.advance(WAIT_MS);
    expect(scene.did).toEqual([]);
  });

  it('is searched with its text as edited', async () => {
    const scene = await aScene();
    const texts: (string | undefined)[] = [];
    scene.search = ({ text }) => {
      texts.push(text);
      return { ...anAnswer({}), band: 'strong' };
    };
    const question = aQuestion(scene);
    await scene.help.seen(question);
    await scene.help.edited({ ...question, text: 'How do I load it with streaming?' });
    scene.clock.advance(WAIT_MS);
    await isDecided(scene, question);
    expect(texts).toEqual(['How do I load it with streaming?']);
  });

  it('does not begin with the edit of an old message', async () => {
    const scene = await aScene();
    await scene.help.edited(aQuestion(scene));
    expect(scene.memory.helpWaits.pending()).toEqual([]);
  });

  it('is dropped when the channel is switched off meanwhile', async () => {
    const scene = await aScene();
    await scene.help.seen(aQuestion(scene));
    scene.memory.channels.set(HERE, { mode: 'off' }, 'manager');
    scene.clock.advance(WAIT_MS);
    await vi.waitFor(() => expect(scene.memory.helpWaits.pending()).toEqual([]));
    expect(scene.did).toEqual([]);
  });

  it('leaves no trace of who opts out while it waits or is searched', async () => {
    const scene = await aScene({ rules: { mode: 'auto', newcomersOnly: true } });
    const waits = aQuestion(scene, { author: { id: 'early', kind: 'person' } });
    const searched = aQuestion(scene, { author: { id: 'late', kind: 'person' } });
    scene.search = async () => {
      await scene.memory.optOuts.add('discord:late');
      return { ...anAnswer({}), band: 'strong' };
    };
    for (const question of [waits, searched]) await scene.help.seen(question);
    await scene.memory.optOuts.add('discord:early');
    scene.clock.advance(WAIT_MS);
    await vi.waitFor(() => expect(scene.memory.helpWaits.pending()).toEqual([]));
    expect(scene.did).toEqual([`search ${searched.ref.message}`]);
    expect(decisions(scene)).toEqual([]);
    scene.clock.advance(1);
    const now = scene.clock.now();
    for (const id of ['early', 'late']) expect(scene.memory.helpWaits.firstSeen(HERE, `discord:${id}`)).toBe(now);
  });

  it('survives a restart by its id, and is read again', async () => {
    const before = await aScene();
    const question = aQuestion(before);
    await before.help.seen(question);
    await before.close();
    before.chat.messages.set(question.ref.message, question);
    const scene = await aScene(before);
    scene.help.connected('discord');
    await vi.waitFor(() => expect(scene.clock.waiting).toBe(1));
    scene.clock.advance(WAIT_MS);
    await isDecided(scene, question);
    expect(spoken(scene)).toEqual([`reply ${question.ref.message}`]);
  });

  it('is read again later after a restart when the platform could not be asked for a moment', async () => {
    const before = await aScene();
    const question = aQuestion(before);
    await before.help.seen(question);
    await before.close();
    before.chat.messages.set(question.ref.message, question);
    const scene = await aScene(before);
    const { read } = scene.chat;
    scene.chat.read = () => Promise.reject(new Error('the network is down'));
    scene.help.connected('discord');
    await vi.waitFor(() => expect(scene.clock.waiting).toBe(1));
    scene.chat.read = read;
    scene.clock.advance(WAIT_MS / 2);
    await vi.waitFor(() => expect(scene.clock.waiting).toBe(1));
    scene.clock.advance(WAIT_MS / 2);
    await isDecided(scene, question);
    expect(spoken(scene)).toEqual([`reply ${question.ref.message}`]);
  });

  it('is skipped after a restart when it is gone', async () => {
    const before = await aScene();
    await before.help.seen(aQuestion(before));
    await before.close();
    const scene = await aScene(before);
    scene.help.connected('discord');
    await vi.waitFor(() => expect(scene.memory.helpWaits.pending()).toEqual([]));
    scene.clock.advance(WAIT_MS);
    expect(scene.did).toEqual([]);
  });

  it('counts as answered after a restart when a person answered meanwhile', async () => {
    const before = await aScene();
    const question = aQuestion(before);
    await before.help.seen(question);
    await before.close();
    before.chat.messages.set(question.ref.message, question);
    const author = { id: 'helper', kind: 'person' } as const;
    before.chat.later.set(question.ref.message, [aQuestion(before, { author, text: 'Set HF_HOME first.' })]);
    const scene = await aScene(before);
    scene.help.connected('discord');
    await vi.waitFor(() => expect(scene.clock.waiting).toBe(1));
    scene.clock.advance(WAIT_MS);
    await isDecided(scene, question);
    expect(decisions(scene)).toEqual(['answered']);
  });

  it('is read again after a connection that was lost, for what nobody told of it', async () => {
    const scene = await aScene({ rules: { mode: 'auto', channelCooldownMs: 0, userCooldownMs: 0 } });
    const [answered, deleted, edited] = [0, 1, 2].map(() => aQuestion(scene)) as [
      ChatMessage,
      ChatMessage,
      ChatMessage,
    ];
    for (const question of [answered, deleted, edited]) await scene.help.seen(question);
    const author = { id: 'helper', kind: 'person' } as const;
    scene.chat.messages.set(answered.ref.message, answered);
    scene.chat.later.set(answered.ref.message, [aQuestion(scene, { author, text: 'Set HF_HOME first.' })]);
    const text = 'How can I stream it?';
    scene.chat.messages.set(edited.ref.message, { ...edited, text, editedAt: scene.clock.now() });
    const texts: (string | undefined)[] = [];
    scene.search = (message) => {
      texts.push(message.text);
      return { ...anAnswer({}), band: 'strong' };
    };
    const lookedAt = vi.spyOn(scene.chat, 'writtenAfter');
    scene.help.connected('discord');
    await vi.waitFor(() => expect(lookedAt).toHaveBeenCalledTimes(2));
    scene.clock.advance(WAIT_MS);
    await isDecided(scene, edited);
    expect(spoken(scene)).toEqual([`reply ${edited.ref.message}`]);
    expect(texts).toEqual([text]);
    expect(decisions(scene).sort()).toEqual(['answered', 'spoke']);
  });

  it('is taken up once after a restart, however often the connection is lost before it was read', async () => {
    const before = await aScene();
    const questions = [aQuestion(before), aQuestion(before)];
    for (const question of questions) {
      await before.help.seen(question);
      before.chat.messages.set(question.ref.message, question);
    }
    await before.close();
    const scene = await aScene(before);
    scene.memory.channels.set(HERE, { channelCooldownMs: 0, userCooldownMs: 0 }, 'manager');
    scene.clock.advance(WAIT_MS);
    const { read } = scene.chat;
    scene.chat.read = async (ref, signal) => {
      // Each is decided before the next one is read.
      await vi.waitFor(() => expect(scene.clock.waiting).toBe(0), { timeout: 10_000, interval: 5 });
      return read(ref, signal);
    };
    const count = vi.spyOn(scene.chat, 'read');
    for (let again = 0; again < 3; again++) scene.help.connected('discord');
    for (const question of questions) {
      await vi.waitFor(() => expect(scene.clock.waiting).toBe(1));
      scene.clock.advance(0);
      await isDecided(scene, question);
    }
    await vi.waitFor(() => expect(scene.memory.helpWaits.pending()).toEqual([]));
    await scene.close();
    expect(count).toHaveBeenCalledTimes(2);
    expect(spoken(scene)).toHaveLength(2);
  });

  it('is not taken up where messages may no longer be read', async () => {
    const before = await aScene();
    const question = aQuestion(before);
    await before.help.seen(question);
    await before.close();
    before.chat.messages.set(question.ref.message, question);
    before.chat.mayRead = false;
    const scene = await aScene(before);
    scene.help.connected('discord');
    await vi.waitFor(() => expect(scene.memory.helpWaits.pending()).toEqual([]));
  });

  it('is in the file as ids alone', async () => {
    const scene = await aScene();
    const question = aQuestion(scene, { text: 'How do I hide the pangolin?' });
    await scene.help.seen(question);
    const [wait] = scene.memory.helpWaits.pending();
    expect(wait).toEqual({ message: { ...question.ref, thread: undefined }, dueAt: scene.clock.now() + WAIT_MS });
  });
});

describe('a thread that an automatic reply opened', () => {
  const THREAD = { ...HERE, thread: 'T' };
  const ASKER = { id: 'asker', kind: 'person' } as const;

  async function opened() {
    const scene = await aScene();
    const answer = await scene.memory.answers.keep(anAnswer({}), {
      ...HERE,
      user: 'asker',
      place: { platform: 'discord', kind: 'channel', server: 'S', channel: 'C' },
      requestId: 'r',
    });
    await scene.memory.posts.add({
      answerId: answer.id as string,
      kind: 'automatic',
      message: { ...THREAD, message: 'bot-1' },
      opened: THREAD,
      through: 'bot',
      offset: 0,
      place: { platform: 'discord', kind: 'channel', server: 'S', channel: 'C' },
      asker: 'asker',
      shows: [],
    });
    const say = (author: ChatMessage['author'], text = 'And how do I do that on Windows?') =>
      aQuestion(scene, { author, text, room: 'thread', ref: { ...THREAD, message: `t${Math.random()}` } });
    return { scene, say, answerId: answer.id as string };
  }

  it('has the asker’s own follow-ups answered, strongly', async () => {
    const { scene, say } = await opened();
    expect(await scene.help.mayFollowUp(say(ASKER))).toBe(true);
    expect(await scene.help.mayFollowUp(say(ASKER, 'ok, will try'))).toBe(false);
    expect(await scene.help.mayFollowUp(say({ id: 'other', kind: 'person' }))).toBe(false);
    scene.search = () => anAnswer({});
    expect(await scene.help.mayFollowUp(say(ASKER))).toBe(false);
    scene.search = () => anAnswer({ hits: [aHit({ because: 'taught by helpers' })] });
    expect(await scene.help.mayFollowUp(say(ASKER))).toBe(true);
  });

  it('is left to people once another one has written in it', async () => {
    const { scene, say } = await opened();
    await scene.help.seen(say(ASKER, 'hm'));
    expect(await scene.help.mayFollowUp(say(ASKER))).toBe(true);
    await scene.help.seen(say({ id: 'helper', kind: 'person' }, 'Let me look.'));
    expect(await scene.help.mayFollowUp(say(ASKER))).toBe(false);
  });

  it('is left to people who wrote while the bot was away', async () => {
    const { scene, say } = await opened();
    scene.chat.writers.set('T', ['asker', 'helper']);
    expect(await scene.help.mayFollowUp(say(ASKER))).toBe(false);
  });

  it('is silent from then on when somebody says "not here", or its channel is off', async () => {
    const { scene, say, answerId } = await opened();
    scene.memory.channels.set(HERE, { mode: 'off' }, 'manager');
    expect(await scene.help.mayFollowUp(say(ASKER))).toBe(false);
    scene.memory.channels.set(HERE, { mode: 'auto' }, 'manager');
    await scene.help.judged({ answerId, verdict: 'not-here', by: 'helper' });
    expect(await scene.help.mayFollowUp(say(ASKER))).toBe(false);
  });
});

describe('what is said about an automatic reply', () => {
  const HELPER = { id: 'helper', kind: 'person' } as const;
  const SHOWN = anAnswer({}).hits[0]?.issueUrl as string;
  const ELSEWHERE = 'https://github.com/example/other/issues/77';
  const factsOf = ({ memory }: Scene) => memory.helpOutcomes.list()[0];

  it('is kept with what is needed to judge it: its link, the version, the issues and the question’s vector; and forgotten with it', async () => {
    const scene = await aScene({ rules: { mode: 'shadow' } });
    scene.search = () => ({ ...anAnswer({}), band: 'strong', vector: Float32Array.of(0.5, 0.25) });
    const { ref } = await ask(scene);
    expect(factsOf(scene)).toMatchObject({
      message: { ...ref, thread: undefined },
      link: `https://chat.example/C/${ref.message}`,
      mode: 'shadow',
      version: '1.2.3',
      decision: 'spoke',
      best: 'comment-1',
    });
    const { id = 0, issues } = factsOf(scene) ?? {};
    expect(issues).toHaveLength(5);
    const kept = { vector: Float32Array.of(0.5, 0.25), model: anAnswer({}).model };
    expect(scene.memory.helpOutcomes.vectorOf(id)).toEqual(kept);
    await scene.help.deleted(ref);
    expect(scene.memory.helpOutcomes.vectorOf(id)).toBeUndefined();
  });

  it('is the last word of who may say it, and taken back; votes are no last word', async () => {
    const scene = await aScene();
    scene.search = () => ({ ...anAnswer({}), band: 'strong', id: 'kept' });
    await ask(scene);
    const say = async (verdict: Verdict, isVote = false) => {
      await scene.help.judged({ answerId: 'kept', verdict, by: 'asker', isVote });
      return factsOf(scene)?.verdict;
    };
    expect(await say('solved')).toBe('solved');
    expect(await say('not-helpful', true)).toBe('solved');
    expect(await say('undone', true)).toBe('solved');
    expect(await say('removed')).toBe('removed');
    expect(await say('undone')).toBeUndefined();
  });

  it('is also how people voted on the whole answer', async () => {
    const scene = await aScene();
    scene.search = () => ({ ...anAnswer({}), band: 'strong', id: 'kept' });
    await ask(scene);
    const vote = (voter: string, up: boolean) =>
      scene.memory.votes.cast({ scope: 'discord:S', voter, comment: 'answer:kept', answer: 'kept', up });
    await vote('one', true);
    expect(factsOf(scene)?.thumbs).toBe(1);
    await vote('two', false);
    expect(factsOf(scene)?.thumbs).toBe(0);
  });

  it('is also a person who links one of its issues within a day, anywhere in the channel', async () => {
    const scene = await aScene({ rules: { mode: 'shadow' } });
    await ask(scene);
    await scene.help.seen(aQuestion(scene, { text: `no, ${ELSEWHERE}`, author: HELPER }));
    expect(factsOf(scene)).toMatchObject({ linked: false, replied: false, links: [] });
    scene.clock.advance(25 * 3600_000);
    await scene.help.seen(aQuestion(scene, { text: `late: ${SHOWN}`, author: HELPER }));
    expect(factsOf(scene)?.linked).toBe(false);
    await ask(scene);
    await scene.help.seen(aQuestion(scene, { text: `see <${SHOWN}> for that`, author: HELPER }));
    expect(factsOf(scene)).toMatchObject({ linked: true, replied: false, links: [SHOWN] });
  });

  it('is also another person’s answer, in a reply or in its thread, with the issues that it links', async () => {
    const scene = await aScene();
    const { ref } = await ask(scene);
    const inThread = { room: 'thread', ref: { ...HERE, thread: ref.message, message: 'later' } } as const;
    await scene.help.seen(aQuestion(scene, { text: 'Still the same.', ...inThread }));
    expect(factsOf(scene)?.replied).toBe(false);
    await scene.help.seen(aQuestion(scene, { text: 'Set HF_HOME.', author: HELPER, ...inThread }));
    expect(factsOf(scene)).toMatchObject({ replied: true, repliedWithIssue: false });
    const replies = { repliesTo: { message: ref.message }, text: `It is ${ELSEWHERE}`, author: HELPER };
    await scene.help.seen(aQuestion(scene, replies));
    expect(factsOf(scene)).toMatchObject({ replied: true, repliedWithIssue: true, links: [ELSEWHERE], linked: false });
  });
});

describe('what asked answers may be in a channel', () => {
  it('is what was set for it, else for its server, else everything', async () => {
    const scene = await aScene();
    const { memory, help } = scene;
    expect(help.policyOf(HERE)).toMatchObject({ answers: 'public', buttons: true, sources: [], perHour: undefined });
    memory.channels.set({ platform: 'discord', server: 'S' }, { answers: 'private', perHour: 5 }, 'manager');
    memory.channels.set(HERE, { answers: 'none', sources: ['github:o/r'], buttons: false }, 'manager');
    expect(help.policyOf({ ...HERE, thread: 'T' })).toMatchObject({
      answers: 'none',
      perHour: 5,
      serverPerHour: 5,
      sources: ['github:o/r'],
      buttons: false,
    });
    memory.channels.set(HERE, { answers: undefined }, 'manager');
    expect(help.policyOf(HERE).answers).toBe('private');
    expect(help.policyOf({ ...HERE, server: 'other' }).answers).toBe('public');
  });
});
