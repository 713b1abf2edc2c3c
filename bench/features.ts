// What state, standing, age and version of a hit would bring as features of the ranking. So much is added to a rank score,
// which is between 0 and 1; the weight is chosen on issues with even numbers and measured on those with odd ones, and with
// the model in the box on all:
//   npx tsx bench/features.ts [--teacher FOLDER] [--box FOLDER] [--issues FILE.jsonl] [--vectors FOLDER]
// The issues need `author`, `state`, `labels` and `comment_meta`. `--vectors` names where `npm run eval` keeps its vectors,
// `DATA_DIR/evaluation`, so that nothing is embedded again.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { layoutOf } from '../src/corpus/layouts.ts';
import { BOX_MODEL } from '../src/embedding/box.ts';
import type { PortableEmbedder } from '../src/embedding/open-model.ts';
import { type Estimate, estimate, type Quality, qualityOf } from '../src/evaluation/metrics.ts';
import type { Passage } from '../src/evaluation/passages.ts';
import { linksSet, type Query, type QuerySet, titlesSet } from '../src/evaluation/query-sets.ts';
import { issuesOfFile } from '../src/evaluation/read-inputs.ts';
import { indexOf, textsOf, wordsOf } from '../src/evaluation/variants.ts';
import { cachedEmbed } from '../src/evaluation/vector-cache.ts';
import { oneOfEachFirst, rankScores } from '../src/retrieval/fuse-rankings.ts';
import { versionFor, versionsIn } from '../src/retrieval/named-versions.ts';
import { recipeOf } from '../src/retrieval/recipes.ts';
import { type Row, report, round } from './harness.ts';
import { BOX_OPTIONS, here, openLocalModel, openTeachers } from './local-models.ts';

const FUSED = 100;
const WEIGHTS = [0.01, 0.02, 0.05, 0.1];

type Meta = { readonly author?: string | null; readonly created_at?: string };
type RawIssue = {
  readonly html_url: string;
  readonly author?: string;
  readonly state: string;
  readonly labels: readonly string[];
  readonly comments: readonly string[];
  readonly comment_meta: readonly Meta[];
};
/** A comment that can be found, with what is known of it. */
type Known = { readonly issue: RawIssue; readonly meta: Meta; readonly passage: Passage; readonly answered: number };
type Feature = { readonly sign: 1 | -1; of(known: Known, question: string): number };

const isClosed = ({ issue }: Known) => issue.state === 'closed';
const has = (label: string) => (known: Known) => Number(isClosed(known) && known.issue.labels.includes(label));
/** Whether the comment names the question's version, and whether it names others alone. */
const names = ({ passage }: Known, question: string, isAsked: boolean) => {
  const found = versionFor(question, passage.text);
  const isSame = versionsIn(question).some(({ version }) => `${found}.`.startsWith(`${version}.`));
  return Number(found !== undefined && isSame === isAsked);
};
const FEATURES: Readonly<Record<string, Feature>> = {
  'the issue is closed': { sign: 1, of: (known) => Number(isClosed(known)) },
  'it is closed, its label says resolved': { sign: 1, of: has('resolved') },
  'its label says invalid': { sign: -1, of: has('invalid') },
  'its label says duplicate': { sign: -1, of: has('duplicate') },
  'by the reporter': { sign: -1, of: ({ issue, meta }) => Number(meta.author != null && meta.author === issue.author) },
  'by who has answered many issues': { sign: 1, of: ({ answered }) => Math.log1p(answered) / Math.log1p(400) },
  'the last comment of its issue': {
    sign: 1,
    of: ({ issue, passage }) => Number(passage.position === issue.comments.length - 1),
  },
  newer: { sign: 1, of: ({ meta }) => (Number((meta.created_at ?? '2020').slice(0, 4)) - 2016) / 8 },
  'names the version asked for': { sign: 1, of: (known, question) => names(known, question, true) },
  'names another version alone': { sign: -1, of: (known, question) => names(known, question, false) },
};

const { values: options } = parseArgs({
  options: { ...BOX_OPTIONS, vectors: { type: 'string', default: here('.cache/box-bench') } },
});

/** A question with what was found for it, before any feature. */
type Asked = {
  readonly set: QuerySet;
  readonly query: Query;
  readonly isEven: boolean;
  readonly sums: ReadonlyMap<number, number>;
  readonly known: readonly Known[];
  issueOf(row: number): number;
};

const scratch = await mkdtemp(path.join(tmpdir(), 'precedent-features-'));
try {
  const { 'teacher at 256': shorter, 'teacher at 512': teacher } = await openTeachers(options.teacher, scratch);
  if (!teacher) throw new Error(`there is no model in ${options.teacher}: name one with --teacher FOLDER`);
  await shorter?.close();
  const asked = await ask(teacher, teacher.identity.model);
  const inBox = await ask(await openLocalModel(options.box, { precision: 'auto', scratch }), BOX_MODEL);
  const rows = Object.entries(FEATURES).map(([name, feature]) => rowOf(name, feature, asked, inBox));
  console.log(`${asked.length} questions, held out ${asked.filter(({ isEven }) => !isEven).length}`);
  report('features', rows);
} finally {
  await rm(scratch, { recursive: true, force: true });
}

/** @param name of the model, as recipes know it */
async function ask(model: PortableEmbedder, name: string): Promise<readonly Asked[]> {
  const issues = await issuesOfFile(options.issues);
  const raw = await rawIssues();
  const recipe = recipeOf('precedent');
  const { dimensions } = model.identity;
  const embed = cachedEmbed({ embedder: model, directory: options.vectors });
  const asked: Asked[] = [];
  for (const set of [linksSet(issues), titlesSet(issues)]) {
    const vectors = indexOf(await embed(textsOf(set, layoutOf(recipe.layout(name)))), dimensions);
    const questions = await embed(set.queries.map(({ text }) => text));
    const words = wordsOf(set, textsOf(set));
    const known = knownOf(set, raw);
    for (const [place, query] of set.queries.entries()) {
      const filter =
        query.leftOut === undefined ? undefined : (at: number) => known[at]?.passage.issue !== query.leftOut;
      const near = vectors.search(questions.subarray(place * dimensions, (place + 1) * dimensions), FUSED, filter);
      const sums = rankScores(near, words.search(query.text, FUSED, filter), recipe.meaningWeight(name));
      const own = query.leftOut ?? [...query.issues][0] ?? '';
      const isEven = Number(/\d+$/.exec(own)?.[0]) % 2 === 0;
      asked.push({ set, query, isEven, sums, known, issueOf: words.issueOf });
    }
    vectors.close();
  }
  await model.close();
  return asked;
}

async function rawIssues(): Promise<ReadonlyMap<string, RawIssue>> {
  const lines = (await readFile(options.issues, 'utf8')).split('\n').filter(Boolean);
  return new Map(lines.map((line) => JSON.parse(line) as RawIssue).map((issue) => [issue.html_url, issue]));
}

function knownOf({ passages }: QuerySet, raw: ReadonlyMap<string, RawIssue>): readonly Known[] {
  const placed = passages.map((passage) => {
    const issue = raw.get(passage.issue) as RawIssue;
    return { passage, issue, meta: issue.comment_meta[passage.position] ?? {} };
  });
  const answered = new Map<string, Set<string>>();
  for (const { issue, meta } of placed) {
    if (!meta.author || meta.author === issue.author) continue;
    answered.set(meta.author, (answered.get(meta.author) ?? new Set()).add(issue.html_url));
  }
  return placed.map((one) => ({ ...one, answered: answered.get(one.meta.author ?? '')?.size ?? 0 }));
}

function judge({ set, query, sums, known, issueOf }: Asked, { of }: Feature, weight: number): Quality {
  const worth = [...sums].map(([row, sum]) => [row, sum + weight * of(known[row] as Known, query.text)] as const);
  const ranked = worth.sort(([a, left], [b, right]) => right - left || a - b).map(([row]) => row);
  return qualityOf(oneOfEachFirst(ranked, issueOf), query, set.passages);
}

type Gains = Readonly<Record<'recall5' | 'ndcg5', readonly number[]>>;

function gainsOf(asked: readonly Asked[], feature: Feature, weight: number): Gains {
  const pairs = asked.map((one) => ({ after: judge(one, feature, weight), before: judge(one, feature, 0) }));
  const gains = (of: keyof Gains) => pairs.map(({ after, before }) => after[of] - before[of]);
  return { recall5: gains('recall5'), ndcg5: gains('ndcg5') };
}

function rowOf(name: string, feature: Feature, asked: readonly Asked[], inBox: readonly Asked[]): Row {
  const even = asked.filter(({ isEven }) => isEven);
  const worth = (weight: number) => {
    const { recall5, ndcg5 } = gainsOf(even, feature, weight);
    return estimate(recall5).mean + estimate(ndcg5).mean;
  };
  const signed = WEIGHTS.map((weight) => ({ weight: feature.sign * weight, gain: worth(feature.sign * weight) }));
  const { weight } = signed.reduce((best, one) => (one.gain > best.gain ? one : best));
  const heldOut = gainsOf(
    asked.filter(({ isEven }) => !isEven),
    feature,
    weight,
  );
  return {
    name,
    weight,
    'held out recall@5': shown(estimate(heldOut.recall5)),
    'held out nDCG@5': shown(estimate(heldOut.ndcg5)),
    'box nDCG@5': shown(estimate(gainsOf(inBox, feature, weight).ndcg5)),
  };
}

function shown({ mean, low, high }: Estimate): string {
  return `${round(mean, 3)} (${round(low, 3)} to ${round(high, 3)})`;
}
