// How sure hits are told, on titles asked as a running bot asks them: what the bands say of all titles, of 500, and of a
// half of the issues that they were not measured on:
//   npx tsx bench/sureness.ts [--box FOLDER] [--teacher FOLDER] [--issues FILE.jsonl] [--vectors FOLDER]
// `--vectors` names where `npm run eval` keeps its vectors, `DATA_DIR/evaluation`, so that nothing is embedded again.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { layoutOf } from '../src/corpus/layouts.ts';
import type { Comment } from '../src/corpus/store.ts';
import { BOX_MODEL } from '../src/embedding/box.ts';
import type { PortableEmbedder } from '../src/embedding/open-model.ts';
import { linksSet, titlesSet } from '../src/evaluation/query-sets.ts';
import { createRandom } from '../src/evaluation/random.ts';
import { issuesOfFile } from '../src/evaluation/read-inputs.ts';
import { indexOf, textsOf, wordsOf } from '../src/evaluation/variants.ts';
import { cachedEmbed } from '../src/evaluation/vector-cache.ts';
import { type AskedTitle, askedTitles } from '../src/retrieval/asked-titles.ts';
import { type Bands, bandAt, leadOf, measureBands } from '../src/retrieval/bands.ts';
import { bandWeight } from '../src/retrieval/measure-sureness.ts';
import { type RecipeName, recipeOf } from '../src/retrieval/recipes.ts';
import type { Searcher } from '../src/retrieval/searcher.ts';
import { type TriedTitle, tryTitle } from '../src/retrieval/try-title.ts';
import { memoryStore } from '../test/fakes/memory-store.ts';
import { type Row, report, round } from './harness.ts';
import { BOX_OPTIONS, here, openLocalModel, openTeachers } from './local-models.ts';

const HALVINGS = 50;
/** As many as a running bot asks. */
const ASKED = 500;
/** The first so many by lead, in the last columns. */
const SUREST = [50, 100, 200];

const { values: options } = parseArgs({
  options: { ...BOX_OPTIONS, vectors: { type: 'string', default: here('.cache/box-bench') } },
});
const scratch = await mkdtemp(path.join(tmpdir(), 'precedent-sureness-'));
try {
  const { 'teacher at 256': shorter, 'teacher at 512': teacher } = await openTeachers(options.teacher, scratch);
  await shorter?.close();
  const box = await openLocalModel(options.box, { precision: 'auto', scratch });
  const rows = [
    ...(teacher
      ? [await rowOf('teacher at 512', teacher, 'precedent'), await rowOf('teacher at 512', teacher, 'seed')]
      : []),
    await rowOf(BOX_MODEL, box, 'precedent'),
  ];
  await teacher?.close();
  await box.close();
  report('sureness', rows);
} finally {
  await rm(scratch, { recursive: true, force: true });
}

async function rowOf(model: string, embedder: PortableEmbedder, recipe: RecipeName): Promise<Row> {
  const tried = await tryTitles(model, embedder, recipe);
  const weight = bandWeight({ recipe, model });
  const all = bandsFrom(tried, weight);
  const fair = (bands: Bands) => bands.bands.find(({ name }) => name === 'fair');
  const counted = (bands: Bands) => (fair(bands) ? `${fair(bands)?.right} of ${fair(bands)?.pairs}` : 'none');
  const pairs = tried
    .flatMap((title) => title.pairs)
    .sort((one, other) => leadOf(other.ahead, all) - leadOf(one.ahead, all));
  const surest = SUREST.map((most) => [`right of ${most}`, pairs.slice(0, most).filter(({ right }) => right).length]);
  return {
    model,
    recipe,
    titles: tried.length,
    strong: all.bands.find(({ name }) => name === 'strong')?.pairs ?? 0,
    'fair, right': counted(all),
    [`of ${ASKED} titles`]: counted(bandsFrom(tried.slice(0, ASKED), weight)),
    ...heldOut(tried, weight),
    ...Object.fromEntries(surest),
  };
}

/** Every title in the order in which a running bot would ask them. */
async function tryTitles(model: string, embedder: PortableEmbedder, name: RecipeName): Promise<readonly TriedTitle[]> {
  const issues = await issuesOfFile(options.issues);
  const [documents, alone] = [linksSet(issues), titlesSet(issues)];
  const recipe = recipeOf(name);
  const { dimensions } = embedder.identity;
  const embed = cachedEmbed({ embedder, directory: options.vectors });
  const comments = documents.passages.map(
    ({ issue, position, ...passage }, row): Comment => ({
      ...passage,
      row,
      key: `${issue} ${position}`,
      source: options.issues,
      issueUrl: issue,
    }),
  );
  const asked = await askedTitles(memoryStore(comments), { most: issues.length, signal: new AbortController().signal });
  const ofComments = await embed(textsOf(alone));
  const titles = new Map(alone.queries.map(({ text }, place) => [text, place]));
  const ofTitles = await embed(alone.queries.map(({ text }) => text));
  const searcher: Searcher = {
    store: { ...memoryStore(comments), byRow: async (rows) => rows.map((row) => comments[row]) },
    vectors: indexOf(await embed(textsOf(documents, layoutOf(recipe.layout(model)))), dimensions),
    keywords: Promise.resolve(wordsOf(documents, textsOf(documents))),
    filters: async () => undefined,
    lags: async () => false,
    recipe,
    meaningWeight: recipe.meaningWeight(model),
  };
  const vectorAt = (vectors: Float32Array, place: number) =>
    vectors.slice(place * dimensions, (place + 1) * dimensions);
  const trialOf = (title: AskedTitle) => ({
    asked: title,
    vector: vectorAt(ofTitles, titles.get(title.title) as number),
    comments: Float32Array.from(title.comments.flatMap(({ row }) => [...vectorAt(ofComments, row)])),
  });
  const tried: TriedTitle[] = [];
  for (const title of asked) tried.push(await tryTitle(searcher, trialOf(title)));
  return tried;
}

function bandsFrom(tried: readonly TriedTitle[], weight: number): Bands {
  const spread = tried.reduce((sum, title) => sum + title.spread, 0) / tried.length;
  return measureBands(
    tried.flatMap(({ pairs }) => pairs),
    { titles: tried.length, spread, weight },
  );
}

/** Bands of one half of the issues, and how often they are right of the other. */
function heldOut(tried: readonly TriedTitle[], weight: number): Row {
  const random = createRandom(tried.length);
  const said: Record<string, number[]> = {};
  const note = (column: string, value: number) => {
    said[column] = [...(said[column] ?? []), value];
  };
  for (let halving = 0; halving < HALVINGS; halving++) {
    const first = tried.map(() => random() < 0.5);
    const measured = bandsFrom(
      tried.filter((_, place) => first[place]),
      weight,
    );
    const others = tried.filter((_, place) => !first[place]).flatMap(({ pairs }) => pairs);
    for (const { name, pairs, right } of measured.bands) {
      const held = others.filter(({ ahead }) => bandAt(ahead, measured)?.name === name);
      note(`${name} said`, right / pairs);
      if (held.length > 0) note(`${name} held`, held.filter((pair) => pair.right).length / held.length);
    }
  }
  const mean = (column: string) => {
    const values = said[column] ?? [];
    return values.length > 0 ? round(values.reduce((sum, value) => sum + value, 0) / values.length, 2) : 0;
  };
  return {
    [`fair in, of ${HALVINGS}`]: said['fair said']?.length ?? 0,
    'fair said': mean('fair said'),
    'fair held': mean('fair held'),
    'weak said': mean('weak said'),
    'weak held': mean('weak held'),
  };
}
