import { describe, expect, it } from 'vitest';
import type { Grant } from '../../src/access.ts';
import type { SlackConfig } from '../../src/config.ts';
import { createSlackPlatform } from '../../src/slack/bot.ts';
import { afterEveryTest } from '../after-every-test.ts';
import { aPrivateCorpus } from '../fakes/private-corpus.ts';
import { wordsOf } from '../fakes/slack-blocks.ts';
import type { ShownMessage } from '../fakes/slack-server.ts';
import { openBench } from './setup.ts';

const close: (() => Promise<void>)[] = [];
afterEveryTest(async () => {
  for (const each of close.splice(0).reverse()) await each();
});

const CHANNEL: Grant = { platform: 'slack', server: 'T1', channel: 'C1' };
const WORKSPACE: Grant = { platform: 'slack', server: 'T1' };

/** A bot with a private source that is allowed there. */
function setUp(...grants: readonly Grant[]) {
  return setUpWith([], ...grants);
}

/** The same, in a workspace where the bot may answer in these shared channels. */
async function setUpWith(sharedChannels: readonly string[], ...grants: readonly Grant[]) {
  const configure = (settings: SlackConfig) => ({ ...settings, sharedChannels });
  const { server, config, conversations } = await openBench({ start: false, configure });
  const corpus = await aPrivateCorpus();
  close.push(() => corpus.close());
  corpus.allow(...grants);
  const platform = createSlackPlatform({
    config,
    commands: corpus.commands,
    actions: [],
    conversations,
    chat: { readsMessages: false, triggerEmoji: [], managers: [], bridges: [] },
    answers: corpus.answers,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    timing: { postIntervalMs: 30, firstRetryMs: 10, longestRetryMs: 50, closeTimeoutMs: 2_000 },
  });
  close.push(() => platform.close());
  await platform.start(new AbortController().signal);
  server.world.addChannel({ id: 'C3', name: 'another' });

  const next = async (act: () => Promise<unknown>): Promise<ShownMessage> => {
    const known = server.messages.length;
    await act();
    await server.until('a message', () => server.messages.length > known);
    return server.messages[known] as ShownMessage;
  };
  const ask = (channel: string, user = 'U1') =>
    next(() => server.person(user).command('/ask', 'How do I cache?', { channel }));
  const press = (message: ShownMessage, label: string, user = 'U1') =>
    next(() => server.person(user).press(message, label));
  return { server, ask, press, next };
}

const words = ({ blocks }: ShownMessage) => wordsOf(blocks);
function expectPublicOnly(message: ShownMessage): void {
  expect(words(message)).toContain('Public');
  expect(words(message)).not.toContain('Classified');
  expect(message.text).not.toContain('Classified');
}

describe('a private source on Slack', () => {
  it('answers in the channel that it is allowed in, and in no other', async () => {
    const { ask, press } = await setUp(CHANNEL);
    const answer = await ask('C1');
    expect(words(answer)).toContain('Classified');
    expect(words(await press(answer, 'Next five'))).toContain('Classified');
    expectPublicOnly(await ask('C3'));
    // A direct message sees what the whole workspace may, never what a single channel may.
    expectPublicOnly(await ask('D1'));
  });

  it('is gone from the buttons of an answer that are pressed elsewhere', async () => {
    const { server, ask, press } = await setUp(CHANNEL);
    const answer = await ask('C1');
    const carried = { ...answer, channel: 'C3' };
    expectPublicOnly(await press(carried, 'Next five'));
    await server.person().select(carried, 1);
    await server.until('a sentence', () =>
      server.messages.some((message) => words(message).includes('no longer there')),
    );
    const shared = await press(carried, 'Share in this channel');
    expect(shared).toMatchObject({ channel: 'C3', user: undefined });
    expectPublicOnly(shared);
  });

  it('that is allowed in the whole workspace answers in channels and direct messages, but no guest', async () => {
    const { server, ask, press } = await setUp(WORKSPACE);
    const answer = await ask('C3');
    expect(words(answer)).toContain('Classified');
    expect(words(await ask('D1'))).toContain('Classified');
    server.world.people.set('U7', { guest: true });
    expectPublicOnly(await ask('C3', 'U7'));
    expectPublicOnly(await press({ ...answer, user: undefined }, 'Next five', 'U7'));
  });

  it('answers a guest in the channel that it is allowed in itself', async () => {
    const { server, ask } = await setUp(CHANNEL);
    server.world.people.set('U7', { guest: true });
    expect(words(await ask('C1', 'U7'))).toContain('Classified');
  });

  it('answers neither in a channel that is shared with others, nor people of another organisation', async () => {
    const external: Grant = { platform: 'slack', server: 'T1', channel: 'C9' };
    const { server, ask } = await setUp(WORKSPACE, external);
    expectPublicOnly(await ask('C9'));
    server.world.people.set('U8', { teamId: 'T2' });
    expectPublicOnly(await ask('C1', 'U8'));
  });

  it('that is allowed in a shared channel answers there once the settings name that channel too, and by then only there', async () => {
    const external: Grant = { platform: 'slack', server: 'T1', channel: 'C9' };
    const named = await setUpWith(['C9'], external);
    expect(words(await named.ask('C9'))).toContain('Classified');
    expectPublicOnly(await named.ask('C1'));
    // The channel by its id, not the workspace: others than its people read there.
    const whole = await setUpWith(['C9'], WORKSPACE);
    expectPublicOnly(await whole.ask('C9'));
  });

  it('answers nowhere that Slack does not tell of: a channel that it is not in, or for want of a scope', async () => {
    const { server, ask } = await setUp(WORKSPACE);
    expectPublicOnly(await ask('G1'));
    server.world.scopes = server.world.scopes.filter((scope) => scope !== 'users:read');
    expectPublicOnly(await ask('C1', 'U9'));
  });

  it('is not shared where the bot is not, which could not take it back', async () => {
    const { ask, press } = await setUp(WORKSPACE);
    const answer = await ask('C2');
    expect(words(answer)).toContain('Classified');
    const shared = await press(answer, 'Share in this channel');
    expect(shared).toMatchObject({ via: 'response_url', user: undefined });
    expectPublicOnly(shared);
  });
});
