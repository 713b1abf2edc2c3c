import type { CommentStore } from '../corpus/store.ts';
import type { EmbedderIdentity } from '../embedding/embedder.ts';
import { type Comparison, compareIdentity, type Manifest } from './manifest.ts';
import { type RecipeName, recipeOf } from './recipes.ts';

/**
 * How far an index is behind the store. `small`: a search takes the difference in from the store, row by row, so that
 * nothing has to be written. `large`: the index has to be made again.
 */
export type IndexLag = 'none' | 'small' | 'large';

/** Beyond this a pile of late rows costs more time and memory than it saves. */
const MOST_ROWS = 2_000;
const MOST_OF_INDEX = 0.05;
/** The index of a small corpus is made in a moment, but not with every comment. */
const FEW_ROWS = 200;

export async function indexLag(store: CommentStore, { corpusVersion, rows }: Manifest): Promise<IndexLag> {
  const changes = await store.changesSince(corpusVersion);
  if (!changes.complete) return 'large';
  if (changes.rows.length === 0) return 'none';
  const most = Math.min(MOST_ROWS, Math.max(FEW_ROWS, MOST_OF_INDEX * rows));
  return changes.rows.length > most ? 'large' : 'small';
}

/** How an index compares with one that would be made now. Only the vectors of the `same` go with it. */
export function comparedWith(manifest: Manifest, identity: EmbedderIdentity, recipe: RecipeName): Comparison {
  const layout = recipeOf(recipe).layout(identity.model);
  return compareIdentity(manifest, identity, manifest.metric, recipe, layout);
}
