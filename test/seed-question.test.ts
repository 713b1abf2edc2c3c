import { expect, it } from 'vitest';
import { exampleQuestion, SEED_QUESTION } from '../src/seed-question.ts';

const DEFAULT = 'hub:lewtun/github-issues';

it.each([
  ['sample data', { sample: true, sources: ['sample'] }, SEED_QUESTION],
  ['the default source', { sample: false, sources: [DEFAULT] }, SEED_QUESTION],
  ['nothing yet', { sample: false, sources: [] }, SEED_QUESTION],
  ['an own source beside it', { sample: false, sources: [DEFAULT, 'github:acme/app'] }, undefined],
])('of %s the example is the course’s question, or none', (_, status, example) => {
  expect(exampleQuestion(status, DEFAULT)).toBe(example);
});
