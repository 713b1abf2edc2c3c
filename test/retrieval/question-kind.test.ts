import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isCodeAlone, isOtherLanguage } from '../../src/retrieval/question-kind.ts';
import { questionNotes } from '../../src/retrieval/question-notes.ts';
import { fakeEmbedder } from '../fakes/embedder.ts';

const questionsOf = (file: string) =>
  readFileSync(new URL(`../fixtures/${file}.jsonl`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly kind: string; readonly question: string });
const others = questionsOf('other-questions');
const paraphrased = questionsOf('paraphrased-questions');
const of = (kind: string) => others.filter((question) => question.kind === kind).map(({ question }) => question);

describe('a question that the model can do little with', () => {
  it.each(['german', 'french', 'spanish', 'chinese', 'russian'])(
    'is known to be in another language: %s',
    (language) => {
      const known = of(language).filter((question) => isOtherLanguage(question));
      expect(
        known.length,
        of(language)
          .filter((question) => !isOtherLanguage(question))
          .join('\n'),
      ).toBeGreaterThanOrEqual(10);
    },
  );

  it('is never taken for one where it is English, however it is written', () => {
    const english = [
      ...of('english'),
      ...of('very short'),
      ...paraphrased.map(({ question }) => question),
      'Why does it say "la valeur est absente" when I start the node?',
      'Los Angeles region: con of using a la carte pricing?',
      'How do I read `wie kann ich das machen` as text?',
      '¿',
      '',
    ];
    expect(english.filter((question) => isOtherLanguage(question))).toEqual([]);
    expect(english.filter((question) => isCodeAlone(question))).toEqual([]);
  });

  it.each([
    '```python\nload_dataset("squad")\n```',
    '`pip install faiss`',
    'DEVICE=cuda ./run.sh --verbose',
    "load_dataset('squad', split='train')\nprint(len(x))",
  ])('is known to be code alone: %s', (question) => {
    expect(isCodeAlone(question)).toBe(true);
  });

  it('is answered with what may find more', async () => {
    const english = fakeEmbedder();
    const many = fakeEmbedder({ identity: { model: 'intfloat/multilingual-e5-small' } });
    expect(await questionNotes(english, 'Wie kann ich das ohne Netz laden?')).toEqual([
      'The model knows mainly English: an English question may find more.',
    ]);
    expect(await questionNotes(many, 'Wie kann ich das ohne Netz laden?')).toEqual([]);
    expect(await questionNotes(english, '`pip install faiss`')).toEqual([
      'That is code alone: a question in words may find more.',
    ]);
    expect(await questionNotes(english, 'backup')).toEqual([]);
  });
});
