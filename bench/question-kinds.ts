// How often questions in other languages, of code alone and of a word or two find their issue of the sample corpus, by
// the default recipe:
//   npx tsx bench/question-kinds.ts [--box FOLDER] [--teacher FOLDER]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { qualityOf } from '../src/evaluation/metrics.ts';
import { type QuerySet, writtenSet } from '../src/evaluation/query-sets.ts';
import { issuesOfFile, queriesOfFile, readLines } from '../src/evaluation/read-inputs.ts';
import { rankVariants } from '../src/evaluation/variants.ts';
import { cachedEmbed } from '../src/evaluation/vector-cache.ts';
import { type Row, report } from './harness.ts';
import { BOX_OPTIONS, here, openLocalModel, openTeachers } from './local-models.ts';

const QUESTIONS = here('test/fixtures/other-questions.jsonl');

/** Of one question: whether its issue is among five hits, and whether it is the first. */
type Found = { readonly inFive: boolean; readonly first: boolean };

const options = parseArgs({ options: BOX_OPTIONS }).values;
const scratch = mkdtempSync(path.join(tmpdir(), 'precedent-kinds-'));
try {
  await measure();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function measure(): Promise<void> {
  const sample = await issuesOfFile(here('src/corpus/sample.jsonl'));
  const set = writtenSet('other questions', sample, await queriesOfFile(QUESTIONS, sample));
  const kinds = await readLines(QUESTIONS, ({ kind }) => String(kind));
  if (kinds.length !== set.queries.length) throw new Error(`${QUESTIONS} asks for issues that the sample has not`);
  const models = {
    box: await openLocalModel(options.box, { precision: 'auto', scratch }),
    ...(await openTeachers(options.teacher, scratch)),
  };
  const cells = new Map<string, Row>([...new Set(kinds)].map((kind) => [kind, { kind }]));
  for (const [name, model] of Object.entries(models)) {
    const found = await foundBy(model, set);
    await model.close();
    for (const [kind, row] of cells) {
      const ofKind = found.filter((_, place) => kinds[place] === kind);
      cells.set(kind, {
        ...row,
        questions: ofKind.length,
        [name]: ofKind.filter(({ inFive }) => inFive).length,
        [`${name}, first`]: ofKind.filter(({ first }) => first).length,
      });
    }
  }
  report('question-kinds', [...cells.values()]);
}

async function foundBy(model: Awaited<ReturnType<typeof openLocalModel>>, set: QuerySet): Promise<readonly Found[]> {
  const embed = cachedEmbed({ embedder: model, directory: here('.cache/box-bench') });
  const variants = await rankVariants({ set, embed, identity: model.identity });
  // The default recipe stands last.
  const rankings = variants.at(-1)?.rankings ?? [];
  return set.queries.map((query, place) => {
    const { answered, mrr10 } = qualityOf(rankings[place] ?? [], query, set.passages);
    return { inFive: answered === 1, first: mrr10 === 1 };
  });
}
