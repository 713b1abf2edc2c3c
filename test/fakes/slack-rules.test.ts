import { describe, expect, it } from 'vitest';
import { call, POST, start } from './slack-calls.ts';
import { checkMessage, checkView } from './slack-rules.ts';

const plain = (text: string) => ({ type: 'plain_text', text });
const richText = (element: object) => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_section', elements: [element] }],
});
const button = (more: object = {}) => ({ type: 'button', action_id: 'a', text: plain('Go'), ...more });
const actions = (...elements: object[]) => ({ type: 'actions', elements });
const select = (options: object[]) => ({ type: 'static_select', action_id: 's', options });
const thumb = (more: object = {}) => ({ text: plain('Good'), value: 'up', ...more });
const thumbs = (more: object = {}) => ({
  type: 'feedback_buttons',
  action_id: 'f',
  positive_button: thumb(more),
  negative_button: thumb(),
});
const contextActions = (...elements: object[]) => ({ type: 'context_actions', elements });
const option = (more: object = {}) => ({ text: plain('One'), value: '1', ...more });

describe('the fake Slack refuses a message', () => {
  const blocks = (...list: object[]) => ({ ...POST, blocks: list });
  it.each<readonly [what: string, error: string, payload: Readonly<Record<string, unknown>>]>([
    ['without text', 'no_text', { ...POST, text: ' ' }],
    ['with more text than Slack advises', 'msg_too_long', { ...POST, text: 'a'.repeat(4_001) }],
    ['that unfurls links', 'unfurl', { channel: 'C1', text: 'hello' }],
    ['with a live mass ping in its text', 'live_token', { ...POST, text: 'see <!channel>' }],
    ['with a live mention', 'live_token', { ...POST, text: 'see <@U1>' }],
    ['with a live group', 'live_token', { ...POST, text: 'see <!subteam^S1>' }],
    ['with a masked link', 'live_token', { ...POST, text: '<https://evil.example|docs>' }],
    ['with an ampersand that is not escaped', 'live_token', { ...POST, text: 'a & b' }],
    ['with hidden characters', 'hidden_characters', { ...POST, text: 'a\u202Eb' }],
    ['with no blocks in blocks', 'invalid_blocks', blocks()],
    ['with 51 blocks', 'invalid_blocks', blocks(...Array.from({ length: 51 }, () => ({ type: 'divider' })))],
    [
      'of more than 12,000 characters of blocks',
      'msg_blocks_too_long',
      blocks(...Array.from({ length: 5 }, () => ({ type: 'section', text: plain('a'.repeat(2_500)) }))),
    ],
    ['with an unknown block', 'invalid_blocks', blocks({ type: 'carpet' })],
    ['with an input', 'invalid_blocks', blocks({ type: 'input', label: plain('A'), element: select([option()]) })],
    ['with a section of 3,001', 'invalid_blocks', blocks({ type: 'section', text: plain('a'.repeat(3_001)) })],
    ['with an empty section', 'invalid_blocks', blocks({ type: 'section' })],
    ['with eleven fields', 'invalid_blocks', blocks({ type: 'section', fields: Array(11).fill(plain('a')) })],
    ['with a long field', 'invalid_blocks', blocks({ type: 'section', fields: [plain('a'.repeat(2_001))] })],
    [
      'with a live token in a section',
      'live_token',
      blocks({ type: 'section', text: { type: 'mrkdwn', text: '<!here>' } }),
    ],
    ['with a live token in a markdown block', 'live_token', blocks({ type: 'markdown', text: 'hi <@U1>' })],
    ['with a header of 151', 'invalid_blocks', blocks({ type: 'header', text: plain('a'.repeat(151)) })],
    ['with a header in mrkdwn', 'invalid_blocks', blocks({ type: 'header', text: { type: 'mrkdwn', text: 'a' } })],
    [
      'with eleven context elements',
      'invalid_blocks',
      blocks({ type: 'context', elements: Array(11).fill(plain('a')) }),
    ],
    [
      'with 26 buttons in a row',
      'invalid_blocks',
      blocks(actions(...Array.from({ length: 26 }, (_, index) => button({ action_id: `a${index}` })))),
    ],
    ['with two buttons of one id', 'invalid_blocks', blocks(actions(button(), button()))],
    [
      'with two blocks of one id',
      'invalid_blocks',
      blocks({ type: 'divider', block_id: 'b' }, { type: 'divider', block_id: 'b' }),
    ],
    ['with an id of 256', 'invalid_blocks', blocks(actions(button({ action_id: 'a'.repeat(256) })))],
    ['with button text of 76', 'invalid_blocks', blocks(actions(button({ text: plain('a'.repeat(76)) })))],
    ['with a button value of 2,001', 'invalid_blocks', blocks(actions(button({ value: 'a'.repeat(2_001) })))],
    [
      'with a button url of 3,001',
      'invalid_blocks',
      blocks(actions(button({ url: `https://a.example/${'a'.repeat(3_000)}` }))),
    ],
    ['with a javascript address', 'invalid_blocks', blocks(actions(button({ url: 'javascript:alert(1)' })))],
    ['with an unknown element', 'invalid_blocks', blocks(actions({ type: 'lever', action_id: 'a' }))],
    ['with a select without options', 'invalid_blocks', blocks(actions(select([])))],
    ['with option text of 76', 'invalid_blocks', blocks(actions(select([option({ text: plain('a'.repeat(76)) })])))],
    ['with an option value of 151', 'invalid_blocks', blocks(actions(select([option({ value: 'a'.repeat(151) })])))],
    [
      'with six overflow options',
      'invalid_blocks',
      blocks(actions({ ...select(Array(6).fill(option())), type: 'overflow' })),
    ],
    ['with thumbs in a row of buttons', 'invalid_blocks', blocks(actions(thumbs()))],
    ['with thumbs without a value', 'invalid_blocks', blocks(contextActions(thumbs({ value: '' })))],
    ['with thumbs of 76', 'invalid_blocks', blocks(contextActions(thumbs({ text: plain('a'.repeat(76)) })))],
    ['with a button among thumbs', 'invalid_blocks', blocks(contextActions(button()))],
    ['with a ping of a group', 'live_token', blocks(richText({ type: 'usergroup', usergroup_id: 'S1' }))],
    ['with an empty rich text', 'invalid_blocks', blocks(richText({ type: 'text', text: '' }))],
    ['with a rich text of 3,001', 'invalid_blocks', blocks(richText({ type: 'text', text: 'a'.repeat(3_001) }))],
    ['with a rich text mention', 'live_token', blocks(richText({ type: 'user', user_id: 'U1' }))],
    ['with a rich text mass ping', 'live_token', blocks(richText({ type: 'broadcast', range: 'channel' }))],
    ['with hidden characters in rich text', 'hidden_characters', blocks(richText({ type: 'text', text: 'a\u200Bb' }))],
    [
      'with a rich text link elsewhere than https',
      'invalid_blocks',
      blocks(richText({ type: 'link', url: 'javascript:a' })),
    ],
  ])('%s', async (_what, error, payload) => {
    expect(checkMessage(payload, { unfurl: true }).map((violation) => violation.error)).toEqual([error]);
    const server = await start();
    expect((await call(server, 'chat.postMessage', payload)).body).toEqual({ ok: false, error });
    expect(server.violations).toHaveLength(1);
    expect(server.messages).toEqual([]);
  });

  it('but takes one that keeps every rule', async () => {
    const server = await start();
    const payload = blocks(
      { type: 'header', text: plain('A') },
      richText({ type: 'text', text: '<!channel> & @here' }),
      richText({ type: 'link', url: 'https://github.com/a/b/issues/1', text: 'A' }),
      actions(button(), select([option()])),
      contextActions(thumbs()),
      richText({ type: 'usergroup', usergroup_id: 'S1' }),
    );
    server.world.usergroups.set('S1', ['U7']);
    expect((await call(server, 'chat.postMessage', payload)).body).toMatchObject({ ok: true, channel: 'C1' });
    expect(server.violations).toEqual([]);
    expect(server.messages[0]?.payload).toMatchObject({ unfurl_links: false });
  });
});

describe('the fake Slack refuses a view', () => {
  const view = (more: object = {}) => ({ type: 'modal', title: plain('A'), blocks: [{ type: 'divider' }], ...more });
  const input = { type: 'input', label: plain('A'), element: { type: 'plain_text_input', action_id: 'v' } };
  it.each<readonly [what: string, error: string, view: unknown]>([
    ['that is none', 'invalid_arguments', 'modal'],
    ['with a title of 25', 'invalid_blocks', view({ title: plain('a'.repeat(25)) })],
    ['with a long callback_id', 'invalid_arguments', view({ callback_id: 'a'.repeat(256) })],
    ['with long metadata', 'invalid_arguments', view({ private_metadata: 'a'.repeat(3_001) })],
    ['with 101 blocks', 'invalid_blocks', view({ blocks: Array.from({ length: 101 }, () => ({ type: 'divider' })) })],
    ['with inputs and no submit', 'invalid_arguments', view({ blocks: [input] })],
    ['with thumbs', 'invalid_blocks', view({ blocks: [contextActions(thumbs())] })],
    [
      'that lets people type more than Slack takes',
      'invalid_arguments',
      view({ submit: plain('Go'), blocks: [{ ...input, element: { ...input.element, max_length: 3_001 } }] }),
    ],
  ])('%s', (_what, error, payload) => {
    expect(checkView(payload).map((violation) => violation.error)).toEqual([error]);
  });
});
