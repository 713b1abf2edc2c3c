import { expect, it } from 'vitest';
import { answerJson } from '../../src/retrieval/answer-json.ts';
import { aHit, anAnswer } from '../fakes/answers.ts';

it('an answer as JSON has exactly the documented fields', () => {
  const json = answerJson(anAnswer({ id: 'kept', vector: new Float32Array(2) }));
  const closedBy = 'https://github.com/example/project/pull/12';
  expect(answerJson(anAnswer({ hits: [aHit({ closedBy, accepted: true })] })).hits).toMatchObject([
    { closedBy, accepted: true },
  ]);
  expect(Object.keys(json)).toEqual([
    'question',
    'mode',
    'model',
    'device',
    'metric',
    'tookMs',
    'indexedAt',
    'band',
    'notes',
    'hits',
  ]);
  expect(json.band).toBeNull();
  const sure = answerJson(anAnswer({ band: 'strong', hits: [aHit({ band: { name: 'strong', precision: 0.87 } })] }));
  expect(sure).toMatchObject({ band: 'strong', hits: [{ band: 'strong', precision: 0.87 }] });
  expect(json.hits).toHaveLength(5);
  expect(json.hits[0]).toEqual({
    rank: 1,
    score: 24.5,
    comment: aHit().comment,
    title: 'Using datasets without a connection (1)',
    issueUrl: 'https://github.com/example/project/issues/1',
    commentUrl: 'https://github.com/example/project/issues/1#issuecomment-1',
    author: 'person-1',
    createdAt: '2021-03-04T05:06:07Z',
    state: 'closed',
  });
});

it('what is not known of a hit is absent from its JSON', () => {
  const hit = aHit({ commentUrl: undefined, author: undefined, createdAt: undefined, state: undefined });
  const [json = {}] = answerJson(anAnswer({ hits: [hit] })).hits;
  expect(Object.keys(json)).toEqual(['rank', 'score', 'comment', 'title', 'issueUrl']);
});
