import { type Layout, layoutOf } from '../corpus/layouts.ts';
import type { Embedder } from '../embedding/embedder.ts';
import type { OnProgress } from '../progress.ts';
import type { CorpusWords } from '../retrieval/build-keywords.ts';
import { createKeywordIndexBuilder } from '../retrieval/keyword-index-builder.ts';
import { copiesLast } from '../retrieval/near-copies.ts';
import { type Ranker, rankByBoth, rankByMeaning, rankByWords } from '../retrieval/rank.ts';
import { recipeOf } from '../retrieval/recipes.ts';
import { createScanIndex } from '../retrieval/scan-index.ts';
import type { VectorIndex } from '../retrieval/vector-index.ts';
import type { Passage } from './passages.ts';
import type { Query, QuerySet } from './query-sets.ts';
import { rerankPlaces, type Score } from './rerank-places.ts';

/** A way to rank, as it stands in the table. */
export type Variant = {
  readonly name: string;
  /** Of each question, the places of passages, best first. */
  readonly rankings: readonly (readonly number[])[];
};

/** `texts.length` x dimensions floats. */
export type Embed = (texts: readonly string[]) => Promise<Float32Array>;

export type VariantsOptions = {
  readonly set: QuerySet;
  readonly embed: Embed;
  readonly identity: Pick<Embedder['identity'], 'model' | 'dimensions' | 'normalized'>;
  /** Where a cross-encoder is set: a row of the default recipe with it. */
  readonly score?: Score | undefined;
  readonly onProgress?: OnProgress | undefined;
};

/** As answers are ranked; long enough for every measure. */
const DEPTH = 50;
const WEIGHTS = [0.2, 0.3, 0.4, 0.5];

/**
 * The ways to rank that are compared: the course's, by cosine where that is not the same, by words alone, both together
 * in several weights, and the default recipe, last. Made of what the product searches with.
 */
export async function rankVariants(options: VariantsOptions): Promise<readonly Variant[]> {
  const { set, embed, identity, score, onProgress } = options;
  const { passages, queries } = set;
  const { dimensions, model, normalized } = identity;
  const [seed, precedent] = [recipeOf('seed'), recipeOf('precedent')];
  const layout = precedent.layout(model);
  const whole = await embed(textsOf(set));
  const documents = layout === 'seed' ? whole : await embed(textsOf(set, layoutOf(layout)));
  const questions = await embed(queries.map(({ text }) => text));
  const vectorOf = (query: number) => questions.subarray(query * dimensions, (query + 1) * dimensions);
  const vectors = indexOf(documents, dimensions);
  const wholes = indexOf(whole, dimensions);
  const words = wordsOf(set, textsOf(set));

  const variant = (name: string, rankerOf: (query: number) => Ranker, recipe = seed) => ({
    name,
    rank(query: number): readonly number[] {
      const { leftOut } = queries[query] as Query;
      const filter = (place: number) => passages[place]?.issue !== leftOut;
      const { rows } = rankerOf(query)(DEPTH, leftOut === undefined ? undefined : filter);
      const first = rows.slice(0, DEPTH);
      return recipe.copiesLast ? copiesLast(first, commentOf).map(({ hit }) => hit) : first;
    },
  });
  const commentOf = (place: number) => {
    const { issue, text } = passages[place] as Passage;
    return { source: set.name, issueUrl: issue, text };
  };
  const textOf = (query: number) => queries[query]?.text ?? '';
  const both = (query: number, weight: number, { of = vectors, recipe = precedent } = {}) =>
    rankByBoth({ vectors: of, vector: vectorOf(query), words, text: textOf(query), recipe, weight });
  const usual = precedent.meaningWeight(model);
  const cosines = normalized ? undefined : indexOf(normalise(whole, dimensions), dimensions);
  const ways = [
    variant('seed', (query) => rankByMeaning(wholes, vectorOf(query))),
    ...(cosines ? [variant('seed, by cosine', (query) => rankByMeaning(cosines, vectorOf(query)))] : []),
    variant('BM25', (query) => rankByWords(words, textOf(query), seed)),
    variant('seed, one of each issue', (query) => both(query, 1, { of: wholes })),
    variant('BM25, one of each issue', (query) => rankByWords(words, textOf(query), precedent)),
    variant('precedent, all hits', (query) => both(query, usual, { recipe: seed })),
    ...(layout === 'seed'
      ? []
      : [variant('precedent, whole documents', (query) => both(query, usual, { of: wholes }), precedent)]),
    variant('precedent, copies stay', (query) => both(query, usual)),
    ...WEIGHTS.filter((weight) => weight !== usual).map((weight) =>
      variant(`precedent, weight ${weight}`, (query) => both(query, weight), precedent),
    ),
    variant(`precedent (weight ${usual})`, (query) => both(query, usual), precedent),
  ];
  const variants = ways.map(({ name, rank }, index): Variant => {
    const rankings = queries.map((_, query) => rank(query));
    onProgress?.({ what: `ranking ${set.name}`, done: index + 1, total: ways.length, unit: 'ways' });
    return { name, rankings };
  });
  const usually = variants.at(-1);
  if (!score || !usually) return variants;
  const reranked = { name: 'precedent, re-ranked', rankings: await rerankPlaces(set, usually.rankings, score) };
  return [...variants.slice(0, -1), reranked, usually];
}

/** What of each passage is embedded; the course's is what is searched for words. */
export function textsOf({ passages, layout }: QuerySet, { documentOf }: Layout = layoutOf('seed')): readonly string[] {
  return passages.map((passage) => (layout === 'comment' ? passage.text : documentOf(passage)));
}

/** The passages by vector; rows are their places. */
export function indexOf(vectors: Float32Array, dimensions: number): VectorIndex {
  const rows = Uint32Array.from({ length: vectors.length / dimensions }, (_, place) => place);
  return createScanIndex({ dimensions, metric: 'ip', rows, vectors });
}

function normalise(vectors: Float32Array, dimensions: number): Float32Array {
  const unit = vectors.slice();
  for (let start = 0; start < unit.length; start += dimensions) {
    const vector = unit.subarray(start, start + dimensions);
    const length = Math.hypot(...vector);
    if (length > 0) for (let at = 0; at < dimensions; at++) vector[at] = (vector[at] as number) / length;
  }
  return unit;
}

/** The passages by their words; rows are their places. */
export function wordsOf({ passages }: QuerySet, texts: readonly string[]): CorpusWords {
  const builder = createKeywordIndexBuilder();
  for (const [place, text] of texts.entries()) builder.add(place, text);
  const numbers = new Map<string, number>();
  const issues = passages.map(({ issue }) => {
    const number = numbers.get(issue) ?? numbers.size;
    numbers.set(issue, number);
    return number;
  });
  return { ...builder.finish(), issueOf: (place) => issues[place] as number };
}
