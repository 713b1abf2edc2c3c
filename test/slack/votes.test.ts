import { describe, expect, it } from 'vitest';
import { scopeOf } from '../../src/memory/scope.ts';
import type { Answer } from '../../src/retrieval/answer.ts';
import { anAnswer } from '../fakes/answers.ts';
import { wordsOf } from '../fakes/slack-blocks.ts';
import type { ShownMessage } from '../fakes/slack-server.ts';
import { answered, told } from './asking.ts';
import { openBench } from './setup.ts';

const optionsOf = (message: ShownMessage) => JSON.stringify(message.blocks);

describe('votes', () => {
  it('are the thumbs of Slack, one a person, taken back by the same, and work after a restart', async () => {
    const bench = await openBench();
    const { server } = bench;
    const { answer } = await answered(bench);
    const person = server.person('U2');
    await person.thumb(answer, true);
    expect(wordsOf((await told(bench, person, 1)).blocks)).toContain('Your vote for this answer: helpful');
    await bench.platform.close();
    await bench.another().start(new AbortController().signal);
    await person.thumb(answer, true);
    expect(wordsOf((await told(bench, person, 2)).blocks)).toContain('taken back');
  });

  it('for one hit stand below the whole comment', async () => {
    const bench = await openBench();
    const { server } = bench;
    const { answer } = await answered(bench);
    await server.person('U2').select(answer, 1);
    await server.until('a modal', () => server.world.views.length === 1);
    const [view] = server.world.views;
    if (!view) throw new Error('no view');
    await server.person('U2').pressIn(view, 'Helpful');
    await server.until('a word', () => server.world.views.length === 2);
    expect(wordsOf((server.world.views[1]?.view.blocks ?? []) as unknown[])).toContain('Your vote for hit 2: helpful');
    const net = await bench.memory.votes.net(scopeOf({ platform: 'slack', server: 'T1' }), ['comment-2']);
    expect(net.get('comment-2')).toBe(1);
  });

  it('"this solved it" names the hit, marks the question with the emoji of the settings, and can be undone', async () => {
    const bench = await openBench({ configure: (config) => ({ ...config, solvedEmoji: 'white_check_mark' }) });
    const { server } = bench;
    const { question, answer } = await answered(bench);
    const asker = server.person();
    await asker.press(answer, 'This solved it');
    server.fail('reactions.add', { status: 429, retryAfterSeconds: 0 });
    await asker.select(await told(bench, asker, 1), 1);
    await server.until('the mark', () => server.world.reactions.length === 1);
    expect(server.world.reactions).toMatchObject([{ ts: question.ts, name: 'white_check_mark' }]);
    await server.until('the note', () => wordsOf(answer.blocks).includes('Hit 2 solved it.'));
    await asker.press(answer, 'This solved it');
    await server.until('the undoing', () => server.world.reactions.length === 0);
  });

  it('are asked for nowhere where they are switched off', async () => {
    const bench = await openBench();
    bench.help.policy = { buttons: false };
    const { answer } = await answered(bench);
    expect(optionsOf(answer)).not.toMatch(/feedback_buttons|This solved it/);
    await bench.server.person('U2').select(answer, 1);
    await bench.server.until('a modal', () => bench.server.world.views.length === 1);
    expect(JSON.stringify(bench.server.world.views[0]?.view)).not.toContain('Helpful');
  });

  it('are heard also where the mark may not be set', async () => {
    const bench = await openBench({
      configure: (config) => ({ ...config, solvedEmoji: 'white_check_mark' }),
      chat: { managers: ['U9'] },
    });
    const { server } = bench;
    const { answer } = await answered(bench);
    server.world.scopes = server.world.scopes.filter((scope) => scope !== 'reactions:write');
    const manager = server.person('U9');
    await manager.press(answer, 'This solved it');
    await manager.select(await told(bench, manager, 1), 0);
    await server.until('the note', () => wordsOf(answer.blocks).includes('Hit 1 solved it.'));
  });

  it('of buttons of an earlier version say that they are older, or do what they did', async () => {
    const bench = await openBench();
    const { server } = bench;
    const { answer } = await answered(bench);
    const [id] = bench.book.kept;
    const old = (action_id: string, value: string) => ({ ...answer, blocks: [oldBlock(action_id, value)] });
    const person = server.person('U2');
    await person.press(old('precedent_more', `${id}:5`), 'Old');
    expect(wordsOf((await told(bench, person, 1)).blocks)).toContain('6. Using datasets');
    await person.press(old('precedent_lever', `${id}:5`), 'Old');
    expect(wordsOf((await told(bench, person, 2)).blocks)).toContain('older version');
    expect(optionsOf(answer)).not.toContain('precedent_');
  });
});

function oldBlock(action_id: string, value: string) {
  return {
    type: 'actions',
    elements: [{ type: 'button', action_id, value, text: { type: 'plain_text', text: 'Old' } }],
  };
}

describe('"Ask a helper"', () => {
  it('posts once into the channel of the helpers, with the one ping, and the helpers are in the user group', async () => {
    const bench = await openBench({ chat: { readsMessages: true }, helpersRole: 'S1' });
    const { server, help } = bench;
    help.policy = { helpersChannel: 'C7', helpersRole: 'S1' };
    server.world.addChannel({ id: 'C7', name: 'helpers' });
    server.world.usergroups.set('S1', ['U7']);
    const { question, answer } = await answered(bench);
    await server.person('U2').press(answer, 'Ask a helper');
    const call = await server.message(({ channel }) => channel === 'C7', 'the call');
    expect(wordsOf(call.blocks)).toMatch(/^@S1 Somebody asks for a helper: the message/);
    expect(optionsOf(call)).toContain(`https://example.slack.com/archives/C1/p${question.ts.replace('.', '')}`);
    await server.person('U3').press(answer, 'Ask a helper');
    await told(bench, server.person('U3'), 2);
    expect(server.messages.filter(({ channel }) => channel === 'C7')).toHaveLength(1);

    await server.person('U7').press(answer, 'This solved it');
    expect(wordsOf((await told(bench, server.person('U7'), 2)).blocks)).toContain('Which one?');
  });

  it('stands below an answer, with a new issue, where nothing is close', async () => {
    const bench = await openBench();
    bench.help.policy = { helpersChannel: 'C7' };
    const controlsBelow = async (answer: Partial<Answer>) => {
      bench.ask.reply = async ({ values }) => anAnswer({ ...values, ...answer });
      return wordsOf((await answered(bench)).answer.blocks);
    };
    expect(await controlsBelow({ band: 'weak' })).toContain('[Ask a helper][Open an issue]');
    expect(await controlsBelow({ band: 'fair' })).not.toMatch(/Ask a helper|Open an issue/);
    expect(await controlsBelow({ hits: [], ranking: [], more: false })).toContain('[Ask a helper]');
  });
});
