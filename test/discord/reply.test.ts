import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderAnswer, renderNotice, renderPick, renderText, renderWhole } from '../../src/discord/reply.ts';
import type { Action } from '../../src/help/action.ts';
import type { Answer, Hit } from '../../src/retrieval/answer.ts';
import { aHit, anAnswer } from '../fakes/answers.ts';
import { type Markup, readMarkup } from '../fakes/discord-markdown.ts';
import { checkMessage, toObject } from '../fakes/discord-rules.ts';
import { buttonsOf, componentsOf, textsOf } from '../fakes/discord-state.ts';

type Reply = ReturnType<typeof renderText>;
const shown = (reply: Reply) => textsOf({ payload: toObject(reply) });
const broken = (reply: Reply) => checkMessage(toObject(reply), 'webhook edit');
const OURS = new Set(['link', 'heading', 'subtext', 'quote', 'address', 'code']);

/** Words of the question, which are all that stands in bold. */
function isBoldWord(one: Markup): boolean {
  return one.kind === 'format' && /^\*\*(?:[\p{L}\p{N}\p{M} .-]|\\_)+\*\*$/u.test(one.text);
}

/** A payload that Discord takes, in which nothing lives that we did not put there. */
function expectSound(reply: Reply, links: number): void {
  expect(broken(reply)).toEqual([]);
  const markup = shown(reply)
    .filter((line) => line !== 'Asked by <@42>')
    .flatMap(readMarkup);
  expect(markup.filter((one) => !OURS.has(one.kind) && !isBoldWord(one))).toEqual([]);
  const targets = markup.flatMap((one) => ('url' in one ? [one.url] : []));
  expect(targets.length).toBeLessThanOrEqual(links);
  for (const target of targets) expect(target).toMatch(/^https:\/\/(?:github\.com|discord\.com\/oauth2)\//);
}

const BELOW_MINE: readonly Action[] = [
  { kind: 'share', id: 'a', offset: 0 },
  { kind: 'thread', id: 'a', offset: 0 },
  { kind: 'page', id: 'a', offset: 0 },
  { kind: 'whole', id: 'a', rank: 0, part: 0 },
];
const EVERYTHING: readonly Action[] = [
  ...BELOW_MINE,
  { kind: 'vote', id: 'a', rank: 0, up: true },
  { kind: 'vote', id: 'a', rank: 0, up: false },
  { kind: 'solved', id: 'a', rank: 0 },
  { kind: 'not-here', id: 'a' },
  { kind: 'hide', id: 'a', rank: 0, what: 'comment' },
  { kind: 'hide', id: 'a', rank: 0, what: 'author' },
  { kind: 'remove', id: 'a' },
  { kind: 'helper', id: 'a' },
  { kind: 'issue', id: 'a' },
];

const HOSTILE: readonly string[] = [
  '@everyone @here <@1> <@!2> <@&3> <#4> </ask:5> <t:0:R> <id:customize> <:a:6> <a:b:7>',
  '[free money](https://evil.example) [x](<https://evil.example>) ![i](https://evil.example/i.png)',
  '[a\\](https://evil.example) \\[b](https://evil.example)',
  '# heading\n## heading\n-# small\n> quote\n>>> all\n- list\n* list\n1. list\n+ list',
  '```\nunclosed\n@everyone',
  'text ```js\nalert(`x`)\n``` more ``` and `a` and ``b`c``',
  '````\n```\nnested\n```\n````',
  '~~~\ncode with ``` inside\n~~~',
  '**bold** __under__ _it_ *it* ~~gone~~ ||spoiler|| `code` \\*escaped\\*',
  'safe\u202Eevil\u2066 zero\u200Bwidth\u2060 \u{E0041}tag \uD800lone',
  'discord.gg/abc https://discord.gg/abc discord.com/invite/abc https://discordapp.com/invite/abc',
  'javascript:alert(1) https://user@evil.example/ http://x https:// https://a_b_c/**x** <https://a>',
  'https://example.com/@everyone https://example.com/`x`',
  '\\',
  '`',
  '``',
  '\\`',
  '`\\`',
  '@\u200Beveryone',
  '@everyone'.repeat(50),
  '_'.repeat(99),
  '|'.repeat(99),
  '👩‍👩‍👧‍👦'.repeat(300),
  `a${'\u0301'.repeat(5_000)}`,
  'x'.repeat(60_000),
  `\`${'a'.repeat(60_000)}`,
  '`a '.repeat(20_000),
  '\n'.repeat(60_000),
  `${'*'.repeat(30_000)}\n`.repeat(2),
  ' ',
  '',
];

describe('an answer on Discord', () => {
  it.each(HOSTILE.map((text) => [text.slice(0, 40), text]))(
    'stays harmless and within every limit with %j in it',
    (_name, text) => {
      const hit = aHit({ comment: text, title: text, author: text, state: text });
      const hits = [1, 2, 3, 4, 5].map((rank) => ({ ...hit, rank }));
      const answer = anAnswer({ id: 'a', hits, question: text, notes: [text.slice(0, 2_000)] });
      expectSound(renderAnswer(answer, { actions: EVERYTHING, banner: text, asks: '42' }), 5);
      expectSound(renderPick(answer, { kind: 'solved', id: 'a', rank: 0 }), 0);
      for (let part = 0; part < 40; part++) {
        const whole = renderWhole(hit, { id: 'a', part });
        expect(broken(whole)).toEqual([]);
        if (!buttonsOf({ payload: toObject(whole) }).includes('Next part')) break;
      }
    },
  );

  it('stays harmless and within every limit whatever a hit says', () => {
    const pieces = fc.oneof(
      fc.constantFrom(...HOSTILE, '\n', ' ', '[', '](https://evil.example)', '<', '>', '`', '```', '@everyone', '\\'),
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.string({ maxLength: 40 }),
    );
    const text = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(''));
    const hit = fc.record({ comment: text, title: text, author: text, state: text }).map((fields) => aHit(fields));
    fc.assert(
      fc.property(fc.array(hit, { maxLength: 5 }), text, (some, question) => {
        const hits = some.map((one, index) => ({ ...one, rank: index + 1 }));
        expectSound(renderAnswer(anAnswer({ id: 'a', hits, question }), { actions: EVERYTHING }), 5);
        for (const one of hits) expect(broken(renderWhole(one, { id: 'a', part: 0 }))).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ['javascript:alert(1)', undefined],
    ['http://github.com/a/b/issues/1', undefined],
    ['https://user:secret@github.com/a/b/issues/1', undefined],
    [`https://github.com/a/b/issues/${'1'.repeat(400)}`, undefined],
    ['nonsense', undefined],
    [
      'https://github.com/a/b/issues/1)](https://evil.example',
      'https://github.com/a/b/issues/1%29%5D%28https://evil.example',
    ],
  ])('links to %s only as far as it is safe', (url, link) => {
    const hits = [aHit({ issueUrl: url, commentUrl: undefined })];
    const markup = shown(renderAnswer(anAnswer({ hits }), {})).flatMap(readMarkup);
    expect(markup.flatMap((one) => ('url' in one ? [one.url] : []))).toEqual(link ? [link] : []);
  });

  it('names a host that is not GitHub, since the title hides it', () => {
    const hits = [aHit({ issueUrl: 'https://git.example.org/a/b/issues/1', commentUrl: undefined })];
    expect(shown(renderAnswer(anAnswer({ hits }), {})).join('\n')).toContain('git.example.org a/b#1');
  });

  it.each([
    ['[BUG] `load_dataset` fails in __init__', "(BUG) 'load_dataset' fails in ＿＿init＿＿"],
    ['Error at https://example.com/x', 'Error at example.com/x'],
    ['🔥🔥🔥', 'example/project#1'],
    ['Use *args and **kwargs', 'Use ∗args and ∗∗kwargs'],
  ])('shows the title %s as a link reading %s', (title, label) => {
    const markup = shown(renderAnswer(anAnswer({ hits: [aHit({ title })] }), {})).flatMap(readMarkup);
    expect(markup.find(({ kind }) => kind === 'link')).toMatchObject({ label });
  });

  it('quotes what was written: code as code, addresses as addresses, and says where it was cut', () => {
    const comment = 'Run this:\n```bash\npip install `x`\n```\nsee https://example.com/a_b, *please*\n'.padEnd(
      900,
      'word ',
    );
    const quote = shown(renderAnswer(anAnswer({ hits: [aHit({ comment })] }), {})).find((text) => text.includes('> '));
    const lines = quote?.split('\n').filter((line) => line.startsWith('> ')) ?? [];
    expect(lines.slice(0, 3)).toEqual([
      '> Run this:',
      '> `pip install ˋxˋ`',
      '> see <https://example.com/a_b>, \\*please\\*',
    ]);
    expect(lines.at(-1)).toMatch(/…$/);
  });

  it('shows the words of the question in bold, but not in code, links, addresses and mentions', () => {
    const comment = [
      'To load_dataset offline*, `load` the *dataset* (offline`  `offline)',
      '[load it](https://example.com/load) https://example.com/dataset @offline <load>',
    ].join('\n');
    const text = shown(renderAnswer(anAnswer({ hits: [aHit({ comment })] }), {})).join('\n');
    expect(text).toContain(
      '> To **load\\_dataset offline**\\*, `load` the \\***dataset**\\* (**offline** **offline**)\n> \\[load it\\]',
    );
    expect(text.split('\n').at(-2)?.replaceAll('\\*', '')).not.toContain('**');
  });

  it('stays harmless and within every limit when all words are the question’s', () => {
    const question = 'everyone here load dataset discord gg evil example https com';
    const word = fc.constantFrom(
      ...question.split(' '),
      ...HOSTILE,
      ' ',
      '\n',
      '@',
      '.',
      '/',
      '_',
      '*',
      '`',
      '](',
      '[',
      '<',
    );
    const text = fc.array(word, { maxLength: 40 }).map((parts) => parts.join(''));
    const dense = fc.constantFrom('load-', 'load *', 'load. ', 'load\n').map((part) => part.repeat(400));
    fc.assert(
      fc.property(fc.array(fc.oneof(text, dense), { minLength: 5, maxLength: 5 }), (comments) => {
        const hits = comments.map((comment, index) => aHit({ rank: index + 1, comment }));
        expectSound(renderAnswer(anAnswer({ id: 'a', hits, question }), { actions: EVERYTHING }), 5);
      }),
      { numRuns: 100 },
    );
  });

  it('marks a comment of many lines as cut', () => {
    const comment = Array.from({ length: 30 }, (_, line) => `line ${line}`).join('\n');
    const text = shown(renderAnswer(anAnswer({ hits: [aHit({ comment })] }), {})).join('\n');
    expect(text).toContain('> line 7 …');
    expect(text).not.toContain('line 8');
  });

  it('says which hit is an accepted answer, and what closed the issue of another', () => {
    const closedBy = 'https://github.com/example/project/pull/12';
    const hits = [aHit({ accepted: true, state: 'open' }), aHit({ rank: 2, closedBy })];
    expect(shown(renderAnswer(anAnswer({ hits }), {})).join('\n')).toMatch(
      / · accepted answer · open · .* · closed, fixed in \\?#12 · /s,
    );
  });

  it('leaves out what is not known', () => {
    const bare: Hit = {
      rank: 1,
      key: 'k',
      source: 's',
      sample: false,
      score: 3.21,
      comment: 'words',
      title: 'T',
      issueUrl: 'https://github.com/a/b/issues/1',
    };
    const answer: Answer = {
      ...anAnswer({ hits: [bare], metric: 'bm25', mode: 'keyword', model: null, device: null }),
    };
    expect(shown(renderAnswer(answer, {}))).toEqual([
      '## How can I load a dataset offline?',
      '### 1\\. [T](https://github.com/a/b/issues/1)\nkeyword score 3.21 · a/b#1\n> words',
      '-# keyword search · 42 ms',
    ]);
  });

  it('has a heading when the question is forgotten', () => {
    const heading = (overrides: Partial<Answer>) =>
      shown(renderAnswer(anAnswer({ question: undefined, ...overrides }), {}))[0];
    expect(heading({})).toBe('## The nearest comments');
    expect(heading({ offset: 5 })).toBe('## Comments 6 to 10');
  });

  it('has at most five buttons, none of them an emoji alone', () => {
    const answer = anAnswer({ id: 'a', offset: 5 });
    const message = { payload: toObject(renderAnswer(answer, { actions: BELOW_MINE })) };
    expect(buttonsOf(message)).toEqual([
      'Share in this channel',
      'Open a thread with it',
      'Previous five',
      'Next five',
    ]);
    for (const component of componentsOf(message)) expect(component.emoji).toBeUndefined();
  });
});

describe('a whole comment on Discord', () => {
  it('comes back complete over its pages', () => {
    const words = Array.from({ length: 9_000 }, (_, index) => `word${index}`).join(' ');
    const pages: string[] = [];
    for (let part = 0; part === 0 || pages.length < part + 1; part++) {
      const whole = renderWhole(aHit({ comment: words }), { id: 'a', part });
      pages.push(shown(whole)[1] ?? '');
      if (!buttonsOf({ payload: toObject(whole) }).includes('Next part')) break;
    }
    expect(pages.join(' ').match(/word\d+/g)).toHaveLength(9_000);
  });

  it('shows its last page when a later one is asked for, and something when it is empty', () => {
    expect(shown(renderWhole(aHit({ comment: 'short' }), { id: 'a', part: 7 }))[1]).toBe('short');
    expect(shown(renderWhole(aHit({ comment: '\u200B\n' }), { id: 'a', part: 0 }))[1]).toBe('The comment is empty.');
  });
});

describe('a notice and a sentence on Discord', () => {
  it('stay within the limits', () => {
    const lines = Array.from({ length: 200 }, (_, index) => `source_${index} ${'*'.repeat(100)}`);
    expect(broken(renderNotice({ kind: 'notice', text: 'x'.repeat(5_000), lines }))).toEqual([]);
    expect(broken(renderText('_'.repeat(9_000)))).toEqual([]);
    const items = [5, 4].flatMap((count, kind) =>
      Array.from({ length: count }, (_, index) => ({
        text: `what *${'x'.repeat(150)}`,
        links: Array(3).fill({ label: 'o/r#1 [x]', url: `https://github.com/o/r/issues/${index}?${'q'.repeat(100)}` }),
        judge: kind === 0 ? `${index}` : undefined,
      })),
    );
    for (const count of [1, 20]) {
      const notice = renderNotice({ kind: 'notice', text: 'Report', lines: lines.slice(0, count), items });
      expect(broken(notice)).toEqual([]);
      expect(buttonsOf({ payload: toObject(notice) }).slice(0, 2)).toEqual(
        count === 1 ? ['Right', 'Wrong'] : expect.anything(),
      );
    }
  });
});
