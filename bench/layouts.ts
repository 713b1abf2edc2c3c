// Which layout of a document finds best, fused with words as the default recipe does it:
//   npx tsx bench/layouts.ts [--teacher FOLDER] [--issues FILE.jsonl] [--duplicates FILE.jsonl]
// Vectors are kept in .cache: the first run embeds every comment once for each layout, the next ones none.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { cleanText } from '../src/corpus/clean-text.ts';
import { layoutOf } from '../src/corpus/layouts.ts';
import { documentOf } from '../src/corpus/prepare.ts';
import { estimate, type Quality, qualityOf } from '../src/evaluation/metrics.ts';
import type { Passage } from '../src/evaluation/passages.ts';
import { linksSet, type QuerySet, writtenSet } from '../src/evaluation/query-sets.ts';
import { createRandom } from '../src/evaluation/random.ts';
import { issuesOfFile, queriesOfFile } from '../src/evaluation/read-inputs.ts';
import { type Embed, textsOf, wordsOf } from '../src/evaluation/variants.ts';
import { cachedEmbed } from '../src/evaluation/vector-cache.ts';
import { createProgressReporter } from '../src/progress.ts';
import { rankByBoth } from '../src/retrieval/rank.ts';
import { recipeOf } from '../src/retrieval/recipes.ts';
import { type Row, report, round } from './harness.ts';
import { BOX_OPTIONS, here, openTeachers } from './local-models.ts';
import { indexOfPassages } from './passage-index.ts';

/** The texts that are embedded of a comment; where there are several, the nearest counts (MaxP: Dai and Callan, 2019). */
type Pieces = (comment: Passage) => readonly string[];

const { teacher, issues: issuesFile, duplicates } = parseArgs({ options: BOX_OPTIONS }).values;
const recipe = recipeOf('precedent');
const DEPTH = 10;
const WORDS_OF_A_PIECE = 120;
const HALVINGS = 500;

const words = (text: string) => text.trim().split(/\s+/);
const start = (text: string, count: number) => words(text).slice(0, count).join(' ');
const shortBody = (count: number): Pieces => {
  return (comment) => [documentOf({ ...comment, body: start(cleanText(comment.body), count) })];
};
const inPieces = (text: string) => {
  const all = words(text);
  const count = Math.max(1, Math.ceil(all.length / WORDS_OF_A_PIECE));
  return Array.from({ length: count }, (_, piece) =>
    all.slice(piece * WORDS_OF_A_PIECE, (piece + 1) * WORDS_OF_A_PIECE).join(' '),
  );
};

const USED = 'title, 80 cleaned words of the body, comment';
const LAYOUTS: Readonly<Record<string, Pieces>> = {
  'title, body, comment (seed)': (comment) => [documentOf(comment)],
  'comment, title, body': ({ title, body, text }) => [`${text} \n ${title} \n ${body}`],
  'comment alone': ({ text }) => [text],
  'title, comment': ({ title, text }) => [`${title} \n ${text}`],
  'title, 20 cleaned words of the body, comment': shortBody(20),
  'title, 40 cleaned words of the body, comment': shortBody(40),
  [USED]: (comment) => [layoutOf('short-body').documentOf(comment)],
  'title, 160 cleaned words of the body, comment': shortBody(160),
  'title, 80 words of the body as written, comment': (comment) => [
    documentOf({ ...comment, body: start(comment.body, 80) }),
  ],
  'the same with the comment cleaned': (comment) => [
    documentOf({ ...comment, body: start(cleanText(comment.body), 80), text: cleanText(comment.text) }),
  ],
  'the same, a piece for 120 words of the comment': (comment) =>
    inPieces(comment.text).map((text) => layoutOf('short-body').documentOf({ ...comment, text })),
};

const scratch = mkdtempSync(path.join(tmpdir(), 'precedent-layouts-'));
try {
  await measure();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function measure(): Promise<void> {
  const issues = await issuesOfFile(issuesFile);
  const sets = [linksSet(issues), writtenSet('duplicates', issues, await queriesOfFile(duplicates, issues))];
  const model = (await openTeachers(teacher, scratch))['teacher at 512'];
  if (!model) throw new Error(`${teacher} has no model: name the folder of one, --teacher FOLDER`);
  const reporter = createProgressReporter();
  const embed = cachedEmbed({ embedder: model, directory: here('.cache/layouts-bench'), onProgress: reporter.report });
  const judged = new Map<string, readonly (readonly Quality[])[]>();
  for (const [name, pieces] of Object.entries(LAYOUTS)) {
    const qualities: (readonly Quality[])[] = [];
    for (const set of sets) qualities.push(await judge(set, pieces, embed, model.identity));
    judged.set(name, qualities);
  }
  reporter.close();
  await model.close();
  report(
    'layouts',
    [...judged].map(([name, qualities]) => rowOf(name, sets, qualities, judged.get(USED) ?? [])),
  );
  console.log(`\n${heldOut(judged)}`);
}

async function judge(
  set: QuerySet,
  piecesOf: Pieces,
  embed: Embed,
  { model, dimensions }: { readonly model: string; readonly dimensions: number },
): Promise<readonly Quality[]> {
  const { passages, queries } = set;
  const pieces = passages.map(piecesOf);
  const owners = pieces.flatMap((texts, place) => texts.map(() => place));
  const vectors = indexOfPassages({
    vectors: await embed(pieces.flat()),
    owners: Uint32Array.from(owners),
    dimensions,
  });
  const questions = await embed(queries.map(({ text }) => text));
  const index = wordsOf(set, textsOf(set));
  const weight = recipe.meaningWeight(model);
  return queries.map((query, place) => {
    const vector = questions.subarray(place * dimensions, (place + 1) * dimensions);
    const rank = rankByBoth({ vectors, vector, words: index, text: query.text, recipe, weight });
    const { rows } = rank(DEPTH, (row) => passages[row]?.issue !== query.leftOut);
    return qualityOf(rows.slice(0, DEPTH), query, passages);
  });
}

function rowOf(
  layout: string,
  sets: readonly QuerySet[],
  qualities: readonly (readonly Quality[])[],
  used: readonly (readonly Quality[])[],
): Row {
  const cells = sets.flatMap(({ name }, index) => {
    const here = qualities[index] ?? [];
    const mean = (measure: 'recall5' | 'ndcg5') => estimate(here.map((quality) => quality[measure])).mean;
    const { low, high } = estimate(
      here.map((quality, place) => (used[index]?.[place]?.ndcg5 as number) - quality.ndcg5),
    );
    return [
      [`${name} R@5`, round(mean('recall5'), 3)],
      [`${name} nDCG@5`, round(mean('ndcg5'), 3)],
      [`${name} used better by`, `${round(low, 3)} to ${round(high, 3)}`],
    ];
  });
  return { layout, ...Object.fromEntries(cells) };
}

/** The layout that is best on one half of the questions, on the other half, beside the one that is used. */
function heldOut(judged: ReadonlyMap<string, readonly (readonly Quality[])[]>): string {
  const worth = new Map(
    [...judged].map(([name, [links = []]]) => [name, links.map(({ recall5, ndcg5 }) => recall5 + ndcg5)]),
  );
  const used = worth.get(USED) ?? [];
  const random = createRandom(used.length);
  const chosen = new Map<string, number>();
  let gained = 0;
  for (let halving = 0; halving < HALVINGS; halving++) {
    const first = used.map(() => random() < 0.5);
    const sum = (values: readonly number[], half: boolean) =>
      values.reduce((total, value, place) => total + (first[place] === half ? value : 0), 0) /
      Math.max(1, first.filter((value) => value === half).length);
    const [name, values] = [...worth].reduce((best, next) => (sum(next[1], true) > sum(best[1], true) ? next : best));
    chosen.set(name, (chosen.get(name) ?? 0) + 1);
    gained += sum(values, false) - sum(worth.get('title, body, comment (seed)') ?? [], false);
  }
  const choices = [...chosen].sort(([, a], [, b]) => b - a).map(([name, times]) => `${name}: ${times}`);
  return [
    `links, chosen on one half of the questions and measured on the other, ${HALVINGS} times:`,
    `recall@5 + nDCG@5 better than the seed's by ${round(gained / HALVINGS, 3)}; chosen were`,
    ...choices.map((choice) => `  ${choice}`),
  ].join('\n');
}
