import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Copyable, copiesLast } from '../../src/retrieval/near-copies.ts';

const ANSWER =
  'Save the data set with save_to_disk on a machine that has a connection, copy the folder over, and open it there with load_from_disk.';
const OTHER =
  'Since version two the builders for text and tables come with the library itself, so that nothing is fetched for them any more.';

const says = (text: string, about: Partial<Copyable> = {}): Copyable => ({
  source: 'hub:example/issues',
  issueUrl: 'https://github.com/example/project/issues/1',
  text,
  ...about,
});
const quote = (text: string) => `> ${text}`;

/** Their places in the order that comes of it, and which are told to be copies of which. */
function placed(...comments: readonly Copyable[]) {
  const result = copiesLast(
    comments.map((_, place) => place),
    (place) => comments[place] as Copyable,
  );
  const copies = result.flatMap(({ hit, copyOf }) => (copyOf === undefined ? [] : [[hit, copyOf]]));
  return { order: result.map(({ hit }) => hit), copies };
}

describe('a comment stands last', () => {
  it.each([
    ['with the same words', ANSWER],
    ['in other case, marks and line ends', ANSWER.toUpperCase().replaceAll(', ', ' –\r\n')],
    ['with a word or two more', `Hi! ${ANSWER} Hope it helps.`],
    ['with one word otherwise', ANSWER.replace('folder', 'directory')],
    ['that says only a part', 'Copy the folder over, and open it there with load_from_disk.'],
    ['that quotes it and thanks', `${quote(ANSWER)}\n\nThanks, that is what I do.`],
    ['that answers by mail', `Works.\n\nOn Mon, 3 May 2021 at 10:00, Ann <ann@example.org> wrote:\n${quote(ANSWER)}`],
    ['that quotes a third one and says the same', `${quote(OTHER)}\n${ANSWER}`],
  ])('%s', (_, copy) => {
    expect(placed(says(ANSWER), says(copy), says(OTHER))).toEqual({ order: [0, 2, 1], copies: [[1, 0]] });
  });

  it('without any word, where another has none', () => {
    expect(placed(says('!'), says('?!'), says(OTHER)).order).toEqual([0, 2, 1]);
  });

  it('in scripts without spaces, too', () => {
    const chinese = '先在有网络的机器上保存数据集，再把文件夹复制过去，然后在那里打开。';
    expect(placed(says(chinese), says(`${chinese}谢谢！`), says(OTHER)).order).toEqual([0, 2, 1]);
  });
});

describe('a comment keeps its place', () => {
  const log = Array.from({ length: 60 }, (_, line) => `frame ${line} of module${line % 9} failed`).join('\n');
  const session = '>>> import project\n>>> data = project.load("reviews", offline=True)\n>>> data.save("folder")';
  const more =
    'For me the reason was an old cache: I removed the folder, set the variable again, and it has worked since.';
  it.each([
    ['that tells more', ANSWER, `${ANSWER} ${more}`],
    ['that quotes it and tells more', ANSWER, `${quote(ANSWER)}\n${more}`],
    ['whose log is the same, and not what follows', log, `${log}\n${more}`],
    ['that quotes the same, and answers otherwise', `${quote(OTHER)}\n${ANSWER}`, `${quote(OTHER)}\n${more}`],
    ['that only quotes what nobody else says', ANSWER, `${quote(OTHER)}\nThanks.`],
    ['that begins with the same session, whose prompts are no quotes', session, `${session}\n${more}`],
  ])('%s', (_, first, second) => {
    expect(placed(says(first), says(second)).copies).toEqual([]);
  });
});

describe('of two that say the same', () => {
  const thanks = `${quote(ANSWER)}\nThanks!`;
  const followed = 'github:example/project';
  it.each([
    ['the better ranked stands for both', says(ANSWER), says(ANSWER), [0, 2, 1]],
    ['the quoted one does, not the quoting', says(thanks), says(ANSWER), [1, 2, 0]],
    ['the accepted answer does', says(ANSWER), says(ANSWER, { accepted: true }), [1, 2, 0]],
    ["the followed repository's does", says(ANSWER), says(`${ANSWER} Edited.`, { source: followed }), [1, 2, 0]],
    [
      'in different issues, a source is no better than another',
      says(ANSWER),
      says(ANSWER, { source: followed, issueUrl: 'https://github.com/example/fork/issues/1' }),
      [0, 2, 1],
    ],
  ])('%s', (_, first, second, order) => {
    expect(placed(first, second, says(OTHER)).order).toEqual(order);
  });

  it('a third one that says it is a copy of the one that stands for them', () => {
    const all = placed(says(thanks), says(ANSWER), says(ANSWER), says(OTHER));
    expect(all).toEqual({
      order: [1, 3, 0, 2],
      copies: [
        [0, 1],
        [2, 1],
      ],
    });
  });
});

it('nothing is lost and nothing doubled, and more hits change nothing before the copies', () => {
  const texts = fc.array(
    fc.constantFrom(ANSWER, OTHER, quote(ANSWER), 'short', 'One more, which says something else.'),
    {
      minLength: 50,
      maxLength: 70,
    },
  );
  fc.assert(
    fc.property(texts, (some) => {
      const { order, copies } = placed(...some.map((text) => says(text)));
      expect([...order].sort((one, other) => one - other)).toEqual(some.map((_, place) => place));
      const [whole, first] = [order, placed(...some.slice(0, 50).map((text) => says(text))).order];
      expect(whole.slice(0, 50)).toEqual(first);
      expect(copies.length).toBeGreaterThanOrEqual(25);
    }),
    { numRuns: 20 },
  );
});
