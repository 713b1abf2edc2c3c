import type { types } from '@slack/bolt';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { actionsFor } from '../../src/help/actions-for.ts';
import type { Room } from '../../src/help/chat.ts';
import type { Answer, Hit } from '../../src/retrieval/answer.ts';
import { renderCommentMessage, renderCommentView } from '../../src/slack/comment-view.ts';
import {
  type AnswerView,
  renderAnswer,
  renderNotice,
  renderPick,
  renderPost,
  renderQuestion,
  renderText,
  type SlackMessage,
} from '../../src/slack/reply.ts';
import { aHit, anAnswer } from '../fakes/answers.ts';
import { noHelpChannels } from '../fakes/no-help-channels.ts';
import { wordsOf } from '../fakes/slack-blocks.ts';
import { checkMessage, checkView } from '../fakes/slack-rules.ts';

const HOSTILE = [
  '<!channel> <!here> <!subteam^S1|@all> <@U1> <#C1|general>',
  '<https://evil.example|the docs> [the docs](https://evil.example)',
  '& &amp; &lt; < > "quoted" \\ back\\slash',
  '```\ncode\n``` > quote\n>>> *bold* _it_ ~no~ `x`',
  'safe \u202Eevil\u202C \u2066x\u2069 zero\u200Bwidth\u2060 \uFEFF tag\u{E0041}\u{E007F}',
  'lone \uD800 surrogate, null \u0000 bell \u0007',
  '😀'.repeat(300),
  'a\u0301\u0302\u0303'.repeat(2_000),
  ':smile: @everyone @channel',
  'x'.repeat(60_000),
  '"\n'.repeat(20_000),
  ' \n \t ',
  '',
];

const ROOM: Room = { platform: 'slack', server: 'T1', channel: 'C1' };
const POLICY = { ...noHelpChannels().policyOf(ROOM), helpersChannel: 'C7' };

/** What stands below an answer of the id `answer1`. */
function actionsOf(audience: 'asker' | 'everyone', automatic = false) {
  return actionsFor(anAnswer({ id: 'answer1' }), { audience, room: ROOM, automatic }, POLICY);
}

const ACTIONS = actionsOf('asker');
const VIEWS: readonly AnswerView[] = [
  {},
  { actions: ACTIONS },
  { actions: actionsOf('everyone') },
  { actions: actionsOf('everyone', true), banner: 'Automatic reply, strong match (above 99 % of issues).' },
  { actions: actionsOf('everyone'), via: 'U123ABC' },
  { asks: 'U123ABC', profile: (user) => `https://example.slack.com/team/${user}`, banner: 'x'.repeat(500) },
];

function expectKept(message: SlackMessage): void {
  expect(checkMessage({ ...message, unfurl_links: false, unfurl_media: false }, { unfurl: true })).toEqual([]);
}

describe('an answer on Slack', () => {
  it('shows rank, linked title, score, place, state, author, age, the words and a link to the comment', () => {
    const view = { actions: ACTIONS, now: new Date('2023-03-20T05:06:07Z') };
    const { blocks } = renderAnswer(anAnswer({ id: 'answer1', hits: [aHit()] }), view);
    expect(blocks.map(({ type }) => type)).toEqual(['rich_text', 'rich_text', 'context', 'actions', 'context_actions']);
    expect(blocks[1]).toEqual({
      type: 'rich_text',
      elements: [
        {
          type: 'rich_text_section',
          elements: [
            { type: 'text', text: '1. ', style: { bold: true } },
            {
              type: 'link',
              url: 'https://github.com/example/project/issues/1',
              text: 'Using datasets without a connection (1)',
              style: { bold: true },
            },
            {
              type: 'text',
              text: '\nscore 24.5 · example/project#1 · closed · by person-1 · 2 years ago · ',
            },
            { type: 'link', url: 'https://github.com/example/project/issues/1#issuecomment-1', text: 'comment' },
          ],
        },
        {
          type: 'rich_text_quote',
          elements: [
            { type: 'text', text: 'Comment 1: save the ' },
            { type: 'text', text: 'dataset', style: { bold: true } },
            { type: 'text', text: ' on the machine that is online, copy the folder, then ' },
            { type: 'text', text: 'load', style: { bold: true } },
            { type: 'text', text: ' it from disk.' },
          ],
        },
      ],
    });
  });

  it('shows the words of the question in bold, but not in code, and no more of them than fit', () => {
    const bold = (comment: string, count = 1) => {
      const address = `https://github.com/${'a/'.repeat(130)}`;
      const links = { issueUrl: address, commentUrl: address };
      const hits = Array.from({ length: count }, (_, index) => aHit({ rank: index + 1, comment, ...links }));
      const message = renderAnswer(anAnswer({ hits }), {});
      expectKept(message);
      const quotes = message.blocks.flatMap((block) =>
        block.type === 'rich_text' ? block.elements.filter(({ type }) => type !== 'rich_text_section') : [],
      );
      return [...JSON.stringify(quotes).matchAll(/"text":"([^"]*)","style":\{"bold":true\}/g)].map(([, word]) => word);
    };
    expect(bold('To load_dataset offline: `load` <load> https://a.example/load\n```\nload\n```')).toEqual([
      'load_dataset offline',
    ]);
    const dense = 'load, '.repeat(200);
    expect(bold(dense)).toHaveLength(12);
    expect(bold(dense, 5).length).toBeLessThan(60);
    expect(wordsOf(renderAnswer(anAnswer({ hits: [aHit({ comment: dense })] }), {}).blocks)).toContain(
      'load, '.repeat(100),
    );
  });

  it('says which hit is an accepted answer, and what closed the issue of another', () => {
    const closedBy = 'https://github.com/example/project/pull/12';
    const { blocks } = renderAnswer(
      anAnswer({ hits: [aHit({ accepted: true, state: 'open' }), aHit({ closedBy })] }),
      {},
    );
    expect(wordsOf(blocks)).toMatch(/ · accepted answer · open · .* · closed, fixed in \\?#12 · /s);
  });

  it('can be read without its blocks, as notifications and screen readers do', () => {
    const { text } = renderAnswer(anAnswer({ notes: ['Indexing, 34 %.'] }), {});
    expect(text.split('\n').slice(0, 3)).toEqual([
      'How can I load a dataset offline?',
      'Indexing, 34 %.',
      '1. Using datasets without a connection (1) (score 24.5): Comment 1: save the dataset on the machine that is online, copy the folder, then load it from disk.',
    ]);
  });

  it('carries the notes, what it came from and how long it took', () => {
    const answer = anAnswer({
      notes: ['Indexing, 34 %.', 'Keyword search: no model.'],
      mode: 'keyword',
      metric: 'bm25',
    });
    const words = wordsOf(renderAnswer(answer, {}).blocks);
    expect(words).toContain('Indexing, 34 %. Keyword search: no model.');
    expect(words).toContain('keyword score 24.5');
    expect(words).toContain('keyword search · 42 ms');
  });

  it('links a hit only where the address is safe, and a sample not at all', () => {
    const linked = (hit: Partial<Hit>) =>
      JSON.stringify(renderAnswer(anAnswer({ hits: [aHit(hit)] }), {}).blocks).includes('"type":"link"');
    expect(linked({})).toBe(true);
    for (const url of [
      'javascript:alert(1)',
      'http://github.com/a',
      'https://user:pw@github.com/a',
      'nonsense',
      `https://a.example/${'a'.repeat(400)}`,
    ]) {
      expect(linked({ issueUrl: url, commentUrl: url })).toBe(false);
    }
    expect(linked({ sample: true })).toBe(false);
    expect(linked({ issueUrl: 'https://a.example/x|y>', commentUrl: undefined })).toBe(true);
  });

  it('names a host that is not GitHub, since the title hides it, and marks sample data', () => {
    const words = (hit: Partial<Hit>) => wordsOf(renderAnswer(anAnswer({ hits: [aHit(hit)] }), {}).blocks);
    expect(words({ issueUrl: 'https://git.example.org/a/b/issues/1' })).toContain('git.example.org a/b#1');
    expect(words({ sample: true, issueUrl: 'sample:1' })).toContain('sample data');
  });

  it('shows hostile text as it stands, without what cannot be seen', () => {
    const hit = aHit({ title: HOSTILE[0] as string, comment: `${HOSTILE[1]}\n${HOSTILE[4]}`, author: '<!here>' });
    const words = wordsOf(renderAnswer(anAnswer({ hits: [hit] }), {}).blocks);
    expect(words).toContain('<!channel> <!here> <!subteam^S1|@all> <@U1> <#C1|general>');
    expect(words).toContain('<https://evil.example|the docs> [the docs](https://evil.example)');
    expect(words).toContain('safe evil x zerowidth  tag');
    expect(words).toContain('by <!here>');
  });

  it('cuts a long comment and marks the cut', () => {
    const words = wordsOf(renderAnswer(anAnswer({ hits: [aHit({ comment: 'word '.repeat(10_000) })] }), {}).blocks);
    expect(words).toContain('word…');
    expect(words.length).toBeLessThan(2_000);
  });

  it('keeps every rule of Slack with the worst of everything at once', () => {
    for (const bad of HOSTILE) {
      const hits = [1, 2, 3, 4, 5].map((rank) =>
        aHit({
          rank,
          title: bad,
          comment: bad,
          author: bad,
          state: bad,
          issueUrl: `https://github.com/${'a/'.repeat(130)}`,
          commentUrl: `https://github.com/${'b/'.repeat(130)}`,
        }),
      );
      const answer = anAnswer({ id: 'a'.repeat(60), question: bad, hits, notes: [bad, bad] });
      for (const view of VIEWS) expectKept(renderAnswer(answer, view));
      for (const text of [bad || '-', `${bad} `]) if (text.trim()) expectKept(renderQuestion(text));
    }
  });

  it('keeps every rule of Slack and shows no live token, whatever the hits say', () => {
    const untrusted = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.string({ unit: 'grapheme', maxLength: 300 }),
      fc.constantFrom(...HOSTILE),
      fc.tuple(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary' })).map((parts) => parts.join('')),
    );
    const hit = fc
      .record({
        rank: fc.integer({ min: 1, max: 10_000 }),
        comment: untrusted,
        title: untrusted,
        issueUrl: fc.oneof(untrusted, fc.webUrl({ withFragments: true, withQueryParameters: true })),
        commentUrl: fc.option(fc.oneof(untrusted, fc.webUrl()), { nil: undefined }),
        author: fc.option(untrusted, { nil: undefined }),
        state: fc.option(untrusted, { nil: undefined }),
        createdAt: fc.option(untrusted, { nil: undefined }),
        score: fc.double({ noNaN: true, noDefaultInfinity: true }),
        sample: fc.boolean(),
      })
      .map((overrides) => aHit(overrides));
    const answers = fc.record({
      hits: fc.uniqueArray(hit, { maxLength: 5, selector: ({ rank }) => rank }),
      question: fc.option(untrusted, { nil: undefined }),
      notes: fc.array(untrusted, { maxLength: 3 }),
      view: fc.constantFrom(...VIEWS),
      inThread: fc.boolean(),
    });
    fc.assert(
      fc.property(answers, ({ hits, question, notes, view, inThread }) => {
        const answer: Answer = anAnswer({ id: 'answer1', hits, question, notes });
        expectKept(renderAnswer(answer, { ...view, inThread }));
        for (const each of hits.slice(0, 1)) {
          expectKept(renderCommentMessage(each));
          for (const part of [0, 1, 999]) {
            expect(checkView(renderCommentView(each, { answerId: 'answer1', part, votes: true }))).toEqual([]);
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('what can be pressed', () => {
  const words = (view: AnswerView) => wordsOf(renderAnswer(anAnswer({ id: 'answer1' }), view).blocks);
  const last = (view: AnswerView, lines = 1) => words(view).split('\n').slice(-lines);

  it('below a private answer shares it, goes on, votes with the thumbs of Slack, and leads to helpers and GitHub', () => {
    expect(last({ actions: ACTIONS }, 2)).toEqual([
      '[Share in this channel][Open a thread with it][Next five][Show the whole comment][Narrow][Ask a helper][Open an issue]',
      '[👍 👎]',
    ]);
    expect(last({ actions: ACTIONS, inThread: true }, 2)[0]).toMatch(/^\[Share in this thread\]\[Next five\]/);
    expect(last({ actions: ACTIONS, about: true }, 2)[0]).toContain('[Post in a thread on the message]');
  });

  it('in a modal are plain buttons where Slack takes no thumbs', () => {
    const { blocks } = renderAnswer(anAnswer({ id: 'answer1' }), { actions: ACTIONS, inModal: true });
    expect(wordsOf(blocks)).toContain('[Helpful][Not helpful]');
    expect(checkView({ type: 'modal', title: { type: 'plain_text', text: 'A' }, blocks })).toEqual([]);
  });

  it('below an answer for everyone also says that it solved it, and has the rare behind a menu', () => {
    const { blocks } = renderAnswer(anAnswer({ id: 'answer1' }), { actions: actionsOf('everyone') });
    expect(wordsOf(blocks)).toContain('[This solved it]');
    const labels = JSON.stringify(blocks.find(({ type }) => type === 'actions'));
    expect(labels).toMatch(/"overflow".*Remove this answer.*Hide a comment.*Hide an author/);
  });

  it('below an automatic reply says solved, not helpful and not here, under a line that says why it is there', () => {
    const view = { actions: actionsOf('everyone', true), banner: 'Automatic reply, strong match.', inThread: true };
    const { text, blocks } = renderAnswer(anAnswer({ id: 'answer1' }), view);
    expect(wordsOf(blocks).split('\n')[0]).toBe('Automatic reply, strong match.');
    expect(text).toMatch(/^Automatic reply, strong match\./);
    expect(wordsOf(blocks)).toContain('[This solved it][Not helpful][Not here]');
  });

  it('opens an issue by a link with the question filled in', () => {
    const { blocks } = renderAnswer(anAnswer({ id: 'answer1' }), { actions: ACTIONS });
    expect(JSON.stringify(blocks)).toContain(
      '"url":"https://github.com/example/project/issues/new?title=How+can+I+load+a+dataset+offline%3F"',
    );
  });

  it('asks which hit is meant', () => {
    const message = renderPick(anAnswer({ id: 'answer1' }), { kind: 'solved', id: 'answer1', rank: 0 });
    expectKept(message);
    expect(JSON.stringify(message.blocks)).toContain('"value":"p2|solved|answer1|3"');
  });
});

describe('a call for a helper', () => {
  it('pings the one group, links the message and who asks, and pings nobody else', () => {
    const outcome = anAnswer({ id: 'answer1' });
    const banner = 'Somebody asks for a helper: https://example.slack.com/archives/C1/p1';
    const profile = (user: string) => `https://example.slack.com/team/${user}`;
    const message = renderPost({ outcome, banner, ping: 'S1', asks: 'U5', actions: [] }, { profile });
    const rules = { unfurl: true, pings: new Set(['S1']) };
    expect(checkMessage({ ...message, unfurl_links: false, unfurl_media: false }, rules)).toEqual([]);
    expect(wordsOf(message.blocks)).toContain('@S1 Somebody asks for a helper: the message Who asks');
    expect(JSON.stringify(message.blocks)).toContain('"url":"https://example.slack.com/team/U5"');
  });
});

describe('a notice on Slack', () => {
  it('is a line and a list', () => {
    const message = renderNotice({ kind: 'notice', text: 'Two sources.', lines: ['one: 5 comments', 'two <b>'] });
    expectKept(message);
    expect(message.text).toBe('Two sources.\none: 5 comments\ntwo &lt;b&gt;');
    expect(message.blocks).toEqual([
      {
        type: 'rich_text',
        elements: [
          { type: 'rich_text_section', elements: [{ type: 'text', text: 'Two sources.' }] },
          {
            type: 'rich_text_list',
            style: 'bullet',
            elements: ['one: 5 comments', 'two <b>'].map((text) => ({
              type: 'rich_text_section',
              elements: [{ type: 'text', text }],
            })),
          },
        ],
      },
    ]);
  });

  it('keeps the rules also when it is far too long', () => {
    const links = Array(3).fill({ label: 'o/r#1', url: `https://github.com/o/r/issues/1?${'&'.repeat(200)}` });
    const items = Array.from({ length: 9 }, (_, index) => ({
      text: '<',
      links,
      judge: index < 5 ? `${index}` : undefined,
    }));
    const report = renderNotice({ kind: 'notice', text: 'Report', lines: Array(16).fill('d'.repeat(290)), items });
    expectKept(report);
    expect(wordsOf(report.blocks)).toContain('[Right][Wrong]');
    expect(JSON.stringify(report.blocks)).toContain('{"type":"link","url":"https://github.com/o/r/issues/1?');
    expect(JSON.stringify(report.blocks).length).toBeLessThan(11_000);
    const notice = renderNotice({ kind: 'notice', text: '&'.repeat(5_000), lines: Array(200).fill('"'.repeat(1_000)) });
    expectKept(notice);
    expect(wordsOf(notice.blocks)).toContain('and 190 more');
    expectKept(renderText('&'.repeat(10_000)));
  });
});

describe('a whole comment', () => {
  it('comes in parts that keep the rules and lose nothing', () => {
    const comment = `${'"quoted"\n'.repeat(5_000)}${'😀'.repeat(5_000)}the end`;
    let read = '';
    for (let part = 0; ; part++) {
      const view = renderCommentView(aHit({ comment }), { answerId: 'answer1', part });
      expect(checkView(view)).toEqual([]);
      const [, ...blocks] = view.blocks;
      read += blocks
        .filter(({ type }) => type === 'rich_text')
        .map((block) => wordsOf([block]))
        .join('');
      if (!wordsOf(view.blocks).includes('Next part')) break;
    }
    // Blocks stand on lines of their own, so that line ends between them are not repeated.
    expect(read.replaceAll('\n', '')).toBe(comment.replaceAll('\n', ''));
  });

  it('shows code as code, also where a fence goes on over several parts', () => {
    const code = 'load("reviews")\n'.repeat(500).trimEnd();
    const hit = aHit({ comment: `Run \`load\` like this:\n\n\`\`\`python\n${code}\n\`\`\`\n\nThat is all.` });
    const views = [0, 1, 2].map((part) => renderCommentView(hit, { answerId: 'a', part }));
    const elements = views
      .flatMap(({ blocks }) => blocks)
      .flatMap((block) => (block.type === 'rich_text' ? (block as types.RichTextBlock).elements : []));
    const shown = elements.filter(({ type }) => type === 'rich_text_preformatted').map((element) => wordsOf([element]));
    expect(shown.length).toBeGreaterThan(2);
    expect(shown.join('').match(/load\("reviews"\)/g)).toHaveLength(500);
    expect(JSON.stringify(elements)).toContain('{"type":"text","text":"load","style":{"code":true}}');
    expect(JSON.stringify(elements)).not.toContain('```');
  });

  it('that is empty says so', () => {
    expect(wordsOf(renderCommentView(aHit({ comment: ' \u200B ' }), { answerId: 'a', part: 0 }).blocks)).toContain(
      '(empty)',
    );
  });
});
