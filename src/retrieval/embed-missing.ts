import { layoutOf } from '../corpus/layouts.ts';
import type { Comment, CommentStore } from '../corpus/store.ts';
import type { Embedder } from '../embedding/embedder.ts';
import type { OnProgress } from '../progress.ts';
import { countOf, PAGE, pagesOf, type Replacement } from './corpus-pages.ts';
import { hashOf } from './document-hash.ts';
import { spaceOf } from './manifest.ts';
import { type RecipeName, recipeOf } from './recipes.ts';

export type EmbedOptions = {
  readonly store: CommentStore;
  readonly embedder: Embedder;
  readonly recipe: RecipeName;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
};

/** On CPU a text takes a tenth of a second or more, and a killed run repeats at most one batch. */
const CPU_BATCH = 16;

/** Embeds what has no vector yet: of the corpus as it will be after the replacement, where there is one. */
export async function embedMissing({
  replacement,
  ...options
}: EmbedOptions & { readonly replacement?: Replacement | undefined }): Promise<void> {
  const { store, onProgress } = options;
  const total = await countOf(store, replacement);
  let done = 0;
  await embedPages(pagesOf(store, replacement), options, async (more) => {
    done += more;
    onProgress?.({ what: 'indexing', done: Math.min(done, total), total, unit: 'comments' });
    await replacement?.run.progress('indexing', done, total);
  });
}

/** The same for these rows alone, as far as they are there. Of a few nobody is told. */
export async function embedRows(rows: readonly number[], options: EmbedOptions): Promise<void> {
  const { store, onProgress } = options;
  let done = 0;
  await embedPages(pagesOfRows(rows, store), options, async (more) => {
    done += more;
    if (rows.length > CPU_BATCH) onProgress?.({ what: 'indexing', done, total: rows.length, unit: 'comments' });
  });
}

async function* pagesOfRows(rows: readonly number[], store: CommentStore): AsyncIterable<readonly Comment[]> {
  for (let start = 0; start < rows.length; start += PAGE) {
    const comments = await store.byRow(rows.slice(start, start + PAGE));
    yield comments.filter((comment) => comment !== undefined);
  }
}

async function embedPages(
  pages: AsyncIterable<readonly Comment[]>,
  { store, embedder, recipe, signal }: EmbedOptions,
  report: (more: number) => Promise<void>,
): Promise<void> {
  const layout = layoutOf(recipeOf(recipe).layout(embedder.identity.model));
  const space = await store.space(spaceOf(embedder.identity, layout.name));
  const batchSize = embedder.device === 'cpu' ? CPU_BATCH : PAGE;
  for await (const page of pages) {
    signal?.throwIfAborted();
    const documents = new Map(page.map((comment) => [hashOf(comment), layout.documentOf(comment)]));
    // Another process may be at the same page: each begins elsewhere, and passes over what is there by then.
    const missing = rotated(await store.withoutVector(space, [...documents.keys()]));
    await report(page.length - missing.length);
    for (let start = 0; start < missing.length; start += batchSize) {
      const batch = missing.slice(start, start + batchSize);
      const hashes = await store.withoutVector(space, batch);
      const texts = hashes.map((hash) => documents.get(hash) as string);
      const vectors = await embedder.embed(texts, { priority: 'indexing', signal });
      await store.putVectors(space, hashes, vectors);
      await report(batch.length);
    }
  }
}

/** The same from a random place on. */
function rotated(hashes: readonly string[]): readonly string[] {
  const start = Math.floor(Math.random() * hashes.length);
  return [...hashes.slice(start), ...hashes.slice(0, start)];
}
