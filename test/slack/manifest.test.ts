import { describe, expect, it } from 'vitest';
import { OperatorError } from '../../src/errors.ts';
import { type Reach, reachOf, slackManifest } from '../../src/slack/manifest.ts';
import { anAnswer, fakeAnswerBook } from '../fakes/answers.ts';
import { fakeAsk, fakeSources } from './fake-ask.ts';
import { openBench } from './setup.ts';

const ask = fakeAsk(fakeAnswerBook());
const commands = [ask, fakeSources()];
const names = { ask: 'ask', sources: 'sources' };

describe('the manifest', () => {
  it('asks for the scopes and events that the code uses, and for no others', async () => {
    const { server, config, ask: command } = await openBench({ timing: { workSignMs: 5, postTimeoutMs: 1_500 } });
    const person = server.person();
    await person.command('/ask', 'How do I cache?');
    const answer = await server.message(({ user }) => user === 'U1');
    await person.press(answer, 'Share in this channel');
    await person.press(answer, 'Open a thread with it');
    await person.press(answer, 'Next five');
    await person.select(answer, 0);
    await person.command('/ask');
    server.world.addChannel({ id: 'G2', name: 'team', private: true });
    await person.command('/ask', 'How do I cache?', { channel: 'G2' });
    await server.until('all replies', () => server.messages.length === 6 && server.world.views.length === 2);
    const { reply } = command;
    command.reply = async (asked) => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      return reply(asked);
    };
    const mention = person.mention('How do I cache?');
    await server.message(({ threadTs, edited }) => threadTs === mention.ts && edited);
    server.fail('chat.postMessage', { delayMs: 3_000 });
    const direct = person.dm('How do I cache?');
    await server.message(({ threadTs, edited }) => threadTs === direct.ts && edited);
    await server.until('a look', () => server.calls.some(({ method }) => method === 'conversations.replies'));

    const manifest = slackManifest(config, { commands });
    expect([...server.world.scopesUsed].sort()).toEqual([...manifest.oauth_config.scopes.bot].sort());
    expect(manifest.settings.event_subscriptions?.bot_events).toEqual([
      'app_mention',
      'message.im',
      'app_uninstalled',
      'tokens_revoked',
    ]);
    const methods = new Set(server.calls.map(({ method }) => method));
    expect(methods).toEqual(
      new Set([
        'auth.test',
        'apps.connections.open',
        'chat.postMessage',
        'chat.update',
        'conversations.info',
        'conversations.replies',
        'users.info',
        'views.open',
      ]),
    );
  });

  it('asks for no more than the code uses when everything is switched on', async () => {
    const chat = { readsMessages: true, triggerEmoji: ['bulb'] };
    const bench = await openBench({
      chat,
      configure: (config) => ({ ...config, solvedEmoji: 'white_check_mark' }),
      helpersRole: 'S1',
    });
    const { server, config } = bench;
    server.world.addChannel({ id: 'G2', name: 'team', private: true });
    server.world.usergroups.set('S1', ['U7']);
    const least = [...server.world.scopesUsed];
    const question = server.person().write('How do I cache?');
    await server.person().react(question, 'bulb');
    const answer = await server.message(({ threadTs }) => threadTs === question.ts);
    await server.person('U7').press(answer, 'This solved it');
    const pick = await server.message(({ user }) => user === 'U7');
    await server.person('U7').select(pick, 0);
    await server.until('the mark', () => server.world.reactions.length === 1);
    await server.person().write('How do I cache?', { channel: 'G2' }).deliveries;
    await server.until('the other channel', () => server.world.scopesUsed.has('groups:read'));
    await server.person().command('/sources');
    await server.person().mention('').deliveries;
    await server.person().dm('').deliveries;
    const { oauth_config } = slackManifest(config, { commands, reach: reachOf(chat, config) });
    expect(least).toEqual([]);
    expect([...server.world.scopesUsed].sort()).toEqual([...oauth_config.scopes.bot].sort());
  });

  it('asks for more only for what is switched on', () => {
    const asked = (reach: Partial<Reach>) => {
      const all = { readsMessages: false, triggerEmoji: [], solvedEmoji: undefined, ...reach };
      const { oauth_config, settings } = slackManifest(undefined, { commands, reach: all });
      return [...oauth_config.scopes.bot, ...settings.event_subscriptions.bot_events];
    };
    const least = asked({});
    const more = (reach: Partial<Reach>) => asked(reach).filter((name) => !least.includes(name));
    expect(more({ readsMessages: true })).toEqual([
      'channels:history',
      'groups:history',
      'usergroups:read',
      'message.channels',
      'message.groups',
      ...['channel_archive', 'channel_unarchive', 'channel_deleted', 'channel_left'],
      ...['group_archive', 'group_unarchive', 'group_deleted', 'group_left'],
    ]);
    expect(more({ triggerEmoji: ['bulb'] })).toEqual(['reactions:read', 'reaction_added']);
    expect(more({ solvedEmoji: 'white_check_mark' })).toEqual(['reactions:write']);
    const noNames = reachOf({ readsMessages: false, triggerEmoji: ['💡'] }, { solvedEmoji: undefined });
    expect(more(noNames)).toEqual([]);
  });

  it('has the actions in the menu of messages', () => {
    const action = { name: 'find-answers', label: 'Find answers', run: async () => anAnswer() };
    const { features } = slackManifest(undefined, { commands, actions: [action] });
    expect(features.shortcuts).toEqual([
      {
        name: 'Find answers',
        type: 'message',
        callback_id: 'precedent_message_find-answers',
        description: 'The comments that answer this message, for you alone',
      },
    ]);
  });

  it('names the commands as the settings do', () => {
    const settings = { commandNames: { ask: 'precedent', sources: 'precedent-sources' }, appToken: 'xapp-1' };
    const { features } = slackManifest(settings, { commands });
    expect(features.slash_commands).toEqual([
      {
        command: '/precedent',
        description: 'Find the comments that answer a question',
        usage_hint: '[question]',
        should_escape: false,
      },
      { command: '/precedent-sources', description: 'What is indexed', should_escape: false },
    ]);
    const called = (name: string) =>
      slackManifest(settings, { commands: [{ ...ask, name }] }).features.slash_commands[0]?.command;
    expect(['ask-votes', 'help-channel'].map(called)).toEqual(['/precedent-votes', '/help-channel']);
  });

  it('is for Socket Mode before anything is set', () => {
    const manifest = slackManifest(undefined, { commands });
    expect(manifest.settings.socket_mode_enabled).toBe(true);
    expect(JSON.stringify(manifest)).not.toContain('url');
  });

  it('carries the address in HTTP mode, and says that it needs it', () => {
    const settings = { commandNames: names, signingSecret: 'secret' };
    const manifest = slackManifest(settings, { commands, publicUrl: 'https://bot.example.org/' });
    const address = 'https://bot.example.org/slack/events';
    expect(manifest.settings).toMatchObject({
      socket_mode_enabled: false,
      event_subscriptions: { request_url: address },
      interactivity: { is_enabled: true, request_url: address },
    });
    expect(manifest.features.slash_commands.map(({ url }) => url)).toEqual([address, address]);
    expect(() => slackManifest(settings, { commands })).toThrow(OperatorError);
  });

  it('keeps within the lengths that Slack allows', () => {
    const { display_information: about, features } = slackManifest(undefined, { commands });
    expect(about.name.length).toBeLessThanOrEqual(35);
    expect(about.description.length).toBeLessThanOrEqual(140);
    expect(features.bot_user.display_name).toMatch(/^[a-z0-9._-]{1,80}$/);
  });
});
