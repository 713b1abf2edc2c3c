import type { LayoutName } from '../corpus/layouts.ts';
import { BOX_MODEL } from '../embedding/box.ts';

/**
 * What is embedded of comments and how hits are ranked. `seed` is the course's: whole documents, nearest by vector,
 * nothing else. What `precedent` does otherwise, and what each step brought, is in docs/quality.md.
 */
export type RecipeName = 'precedent' | 'seed';

export type Recipe = {
  readonly name: RecipeName;
  /** Whether the best comment of each issue stands before all others of it. */
  readonly oneOfEachIssue: boolean;
  /** Whether a comment that says what a better one says stands behind all others, and one that two sources have once. */
  readonly copiesLast: boolean;
  /** Whether a cross-encoder, where one is set, reads the first hits again. */
  readonly reranks: boolean;
  /** Whether comments by bots are left out, unless the operator keeps them. */
  readonly dropsBots: boolean;
  /** What of a comment is embedded; an index keeps it (`Manifest.layout`), and vectors of two layouts never mix. */
  layout(model: string): LayoutName;
  /** How much of the ranking meaning decides, and words the rest: 1 is meaning alone. */
  meaningWeight(model: string): number;
};

const SEED: Recipe = {
  name: 'seed',
  oneOfEachIssue: false,
  copiesLast: false,
  reranks: false,
  dropsBots: false,
  layout: () => 'seed',
  meaningWeight: () => 1,
};

const PRECEDENT: Recipe = {
  name: 'precedent',
  oneOfEachIssue: true,
  copiesLast: true,
  reranks: true,
  dropsBots: true,
  // Static token vectors have no length to save, and gain nothing by it.
  layout: (model) => (model === BOX_MODEL ? 'seed' : 'short-body'),
  // Static token vectors tell less than an encoder; measured in bench/results/box.json.
  meaningWeight: (model) => (model === BOX_MODEL ? 0.15 : 0.3),
};

/** The recipe of that name; an index made by a recipe that is not known any more is searched as `seed` is. */
export function recipeOf(name: string): Recipe {
  return name === PRECEDENT.name ? PRECEDENT : SEED;
}
