import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentOf } from '../../src/corpus/prepare.ts';
import { boxFolder } from '../../src/embedding/box.ts';
import type { Embedder } from '../../src/embedding/embedder.ts';
import { startEmbedder } from '../../src/embedding/worker-embedder.ts';
import { silentLogger } from '../../src/log.ts';
import { createKeywordIndexBuilder } from '../../src/retrieval/keyword-index-builder.ts';
import { contentWords } from '../content-words.ts';
import { resolveFolder } from '../embedding/tiny-model.ts';

type Question = { readonly question: string; readonly issue: number; readonly comment: number };
type Row = {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly comments: readonly string[];
  readonly is_pull_request: boolean;
};

const lines = <Line>(file: string) =>
  readFileSync(new URL(file, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
const questions = lines<Question>('../fixtures/paraphrased-questions.jsonl');
const issues = lines<Row>('../../src/corpus/sample.jsonl').filter((row) => !row.is_pull_request);
const passages = issues.flatMap(({ number, title, body, comments }) =>
  comments.map((text, comment) => ({ issue: number, comment, text, document: documentOf({ title, body, text }) })),
);
const isAnswer = (place: number | undefined, { issue, comment }: Question) =>
  place !== undefined && passages[place]?.issue === issue && passages[place]?.comment === comment;
const foundAmongFive = (rankings: readonly (readonly number[])[]) =>
  questions.filter((question, index) => rankings[index]?.slice(0, 5).some((place) => isAnswer(place, question))).length;

describe('the paraphrased questions about the sample corpus', () => {
  it('are at least 100, each with a comment that exists and shares no content word with it', () => {
    expect(questions.length).toBeGreaterThanOrEqual(100);
    expect(new Set(questions.map(({ question }) => question)).size).toBe(questions.length);
    for (const question of questions) {
      const place = passages.findIndex((_, candidate) => isAnswer(candidate, question));
      const comment = contentWords(passages[place]?.text ?? '');
      expect(place, question.question).toBeGreaterThanOrEqual(0);
      expect(contentWords(question.question).size, question.question).toBeGreaterThan(0);
      expect(
        [...contentWords(question.question)].filter((word) => comment.has(word)),
        question.question,
      ).toEqual([]);
    }
  });

  describe('asked of the model in the box', () => {
    let embedder: Embedder;
    beforeAll(async () => {
      embedder = await startEmbedder({ model: await resolveFolder(boxFolder()), device: 'cpu', log: silentLogger });
    });
    afterAll(() => embedder?.close());

    it('find the comment among five hits more than twice as often as by keyword, and for half of all', async () => {
      const { dimensions } = embedder.identity;
      const documents = await embedder.embed(passages.map(({ document }) => document));
      const asked = await embedder.embed(questions.map(({ question }) => question));
      const byMeaning = questions.map((_, question) => {
        const scoreOf = (place: number) => {
          let score = 0;
          for (let at = 0; at < dimensions; at++)
            score += (asked[question * dimensions + at] as number) * (documents[place * dimensions + at] as number);
          return score;
        };
        const scores = passages.map((_, place) => scoreOf(place));
        return [...scores.keys()].sort((a, b) => (scores[b] as number) - (scores[a] as number));
      });
      const builder = createKeywordIndexBuilder();
      for (const [place, { document }] of passages.entries()) builder.add(place, document);
      const keywords = builder.finish();
      const byWords = questions.map(({ question }) => [...keywords.search(question, 5).rows]);
      expect(foundAmongFive(byMeaning)).toBeGreaterThan(2 * foundAmongFive(byWords));
      expect(foundAmongFive(byMeaning)).toBeGreaterThanOrEqual(0.5 * questions.length);
    });
  });
});
