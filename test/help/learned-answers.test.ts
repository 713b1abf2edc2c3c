import { describe, expect, it } from 'vitest';
import { applyLessons, rankScore } from '../../src/help/lessons.ts';
import { anAnswer } from '../fakes/answers.ts';
import { aMessage } from '../fakes/fake-chat.ts';
import { answerOf, aScene, ranksOf, type Scene } from './setup.ts';

const none = { votes: new Map(), taught: new Map(), hidden: new Set<string>() };
const keysOf = (ranking: readonly { readonly key: string }[]) => ranking.map(({ key }) => key);
const [a, b, c] = [
  { key: 'a', score: 30 },
  { key: 'b', score: 29 },
  { key: 'c', score: 20 },
];
const MODEL = 'sentence-transformers/multi-qa-mpnet-base-dot-v1';

describe('the rank score', () => {
  it('grows with votes, by 2.5 % for one and 5 % for three, and by no more than 10 %', () => {
    expect(rankScore(20, 1, 'ip')).toBeCloseTo(20.5);
    expect(rankScore(20, 3, 'ip')).toBeCloseTo(21);
    expect(rankScore(20, 1_000_000, 'ip')).toBeLessThan(22);
    expect(rankScore(20, -1_000_000, 'ip')).toBeGreaterThan(18);
    expect(rankScore(-20, 3, 'ip')).toBeCloseTo(-19);
    expect(rankScore(20, 3, 'l2')).toBeCloseTo(19);
  });

  it('is the score again when every vote is taken back', () => {
    for (const metric of ['ip', 'l2', 'bm25'] as const) expect(rankScore(24.6, 0, metric)).toBe(24.6);
  });
});

describe('a ranking with lessons', () => {
  it('is what it was without any, also where words had a say in the order', () => {
    const byWords = [{ key: 'x', score: 10 }, a, c, b];
    expect(applyLessons(byWords, 'ip', none)).toEqual(byWords);
    expect(
      applyLessons(
        [
          { key: 'x', score: 3 },
          { key: 'y', score: 1 },
        ],
        'l2',
        none,
      ),
    ).toHaveLength(2);
  });

  it('moves what was voted for as far as its rank score reaches, and keeps every score', () => {
    const voted = (net: number) => applyLessons([a, b, c], 'ip', { ...none, votes: new Map([['b', net]]) });
    expect(keysOf(voted(3))).toEqual(['b', 'a', 'c']);
    expect(voted(3)[0]).toEqual({ key: 'b', score: 29, because: 'voted for here' });
    expect(keysOf(voted(-1_000))).toEqual(['a', 'b', 'c']);
    expect(keysOf(applyLessons([a, b, c], 'ip', { ...none, votes: new Map([['a', -3]]) }))).toEqual(['b', 'a', 'c']);
    const far = applyLessons([a, b, c], 'ip', { ...none, votes: new Map([['c', 1_000_000]]) });
    expect(keysOf(far)).toEqual(['a', 'b', 'c']);
  });

  it('under distances moves what was voted for towards the nearest', () => {
    const near = [
      { key: 'x', score: 10 },
      { key: 'y', score: 10.2 },
    ];
    expect(keysOf(applyLessons(near, 'l2', { ...none, votes: new Map([['y', 3]]) }))).toEqual(['y', 'x']);
  });

  it('begins with what was taught, the most alike first, and leaves out what is hidden', () => {
    const taught = new Map([
      ['c', 0.95],
      ['b', 0.85],
    ]);
    expect(keysOf(applyLessons([a, b, c], 'ip', { ...none, taught }))).toEqual(['c', 'b', 'a']);
    expect(keysOf(applyLessons([a, b, c], 'ip', { ...none, taught, hidden: new Set(['c']) }))).toEqual(['b', 'a']);
  });
});

describe('a taught answer', () => {
  const east = new Float32Array([1, 0]);
  const teach = (scene: Scene, over: Partial<Parameters<Scene['memory']['taught']['add']>[0]> = {}) =>
    scene.memory.taught.add({
      scope: 'discord:S',
      comment: 'comment-4',
      question: 'How do I work offline?',
      model: MODEL,
      vector: east,
      ...over,
    });
  const asking = async (scene: Scene, vector: Float32Array, model = MODEL) => {
    scene.search.answer = (question) => anAnswer({ question, vector, model });
    await scene.conversations.message(aMessage());
  };

  it('comes first for similar questions, with its own score, and says why', async () => {
    const scene = await aScene();
    await teach(scene);
    await asking(scene, new Float32Array([2, 0.5]));
    expect(ranksOf(scene, 0)).toEqual([4, 1, 2, 3, 5]);
    expect(answerOf(scene, 0).hits[0]).toMatchObject({ rank: 1, score: 21.5, because: 'taught by helpers' });
  });

  it('comes also where the search did not come upon it', async () => {
    const scene = await aScene();
    await teach(scene, { comment: 'comment-77' });
    scene.scores.set('comment-77', 11.5);
    await asking(scene, east);
    expect(ranksOf(scene, 0)).toEqual([77, 1, 2, 3, 4]);
    expect(answerOf(scene, 0).hits[0]?.score).toBe(11.5);
  });

  it('stays away from other questions, and from other servers', async () => {
    const scene = await aScene();
    await teach(scene);
    await teach(scene, { scope: 'discord:elsewhere', comment: 'comment-5' });
    await asking(scene, new Float32Array([0.6, 0.8]));
    expect(ranksOf(scene, 0)).toEqual([1, 2, 3, 4, 5]);
    await asking(scene, east);
    expect(ranksOf(scene, 1)).toEqual([4, 1, 2, 3, 5]);
  });

  it('of MANAGERS counts everywhere', async () => {
    const scene = await aScene();
    await teach(scene, { scope: '*' });
    await asking(scene, east);
    expect(ranksOf(scene, 0)).toEqual([4, 1, 2, 3, 5]);
  });

  it('is not shown when its comment left the corpus', async () => {
    const scene = await aScene();
    await teach(scene, { comment: 'comment-77' });
    scene.scores.set('comment-77', 11.5);
    scene.gone.add('comment-77');
    await asking(scene, east);
    expect(ranksOf(scene, 0)).toEqual([1, 2, 3, 4, 5]);
  });

  it('is embedded again when another model answers, and counts from the next question on', async () => {
    const scene = await aScene();
    await teach(scene, { model: 'an older model' });
    await asking(scene, east);
    expect(ranksOf(scene, 0)).toEqual([1, 2, 3, 4, 5]);
    await scene.learnedAnswers.settled();
    expect(scene.searched).toContain('How do I work offline?');
    await asking(scene, east);
    expect(ranksOf(scene, 1)).toEqual([4, 1, 2, 3, 5]);
  });

  it('stays on the page after the first, and behind buttons', async () => {
    const scene = await aScene();
    await teach(scene);
    await asking(scene, east);
    const { id = '' } = answerOf(scene, 0);
    const place = { platform: 'discord', kind: 'channel', server: 'S', channel: 'C' } as const;
    expect((await scene.memory.answers.hit(id, 1, place))?.key).toBe('comment-4');
    expect((await scene.memory.answers.page(id, 0, place))?.hits[0]?.because).toBe('taught by helpers');
  });
});

describe('how sure an answer is', () => {
  it('is of the hit that stood first: hidden, it leaves the others unmeasured', async () => {
    const scene = await aScene();
    scene.search.answer = (question) => ({ ...anAnswer({ question }), band: 'strong' });
    const message = aMessage();
    const signal = AbortSignal.timeout(10_000);
    const sure = await scene.voice.search(message, signal);
    expect(sure.band).toBe('strong');
    const first = sure.hits[0]?.key as string;
    await scene.memory.hides.add({ scope: 'discord:S', what: 'comment', value: first });
    const left = await scene.voice.search(message, signal);
    expect(left.hits[0]?.key).not.toBe(first);
    expect(left.band).toBeUndefined();
  });

  it('is not weak where the first hit was taught, so that it is not called nothing close', async () => {
    const scene = await aScene();
    const vector = new Float32Array([1, 0]);
    const taught = { scope: 'discord:S', comment: 'comment-1', question: 'How?', model: MODEL, vector };
    await scene.memory.taught.add(taught);
    const bandOf = async (band: 'weak' | 'strong') => {
      scene.search.answer = (question) => anAnswer({ question, vector, model: MODEL, band });
      return (await scene.voice.search(aMessage(), AbortSignal.timeout(10_000))).band;
    };
    expect([await bandOf('weak'), await bandOf('strong')]).toEqual([undefined, 'strong']);
  });

  it('was not measured of what people put first', () => {
    const ranking = [1, 2].map((key) => ({
      key: `${key}`,
      score: 3 - key,
      band: { name: 'weak', precision: 0.1 } as const,
    }));
    const lessons = { votes: new Map(), hidden: new Set<string>(), taught: new Map([['2', 0.9]]) };
    expect(applyLessons(ranking, 'ip', lessons)).toEqual([
      { key: '2', score: 1, band: undefined, because: 'taught by helpers' },
      ranking[0],
    ]);
  });
});
