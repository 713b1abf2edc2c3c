import type { Config } from '../config.ts';
import { openSqliteStore } from '../corpus/sqlite-store.ts';
import type { CommentStore } from '../corpus/store.ts';
import { BOX_MODEL } from '../embedding/box.ts';
import { createModelOpener, type ModelOpener, type PortableEmbedder } from '../embedding/open-model.ts';
import { createRerankerOpener } from '../embedding/open-reranker.ts';
import { OperatorError } from '../errors.ts';
import { createHub } from '../hub/http-hub.ts';
import { createJobQueue } from '../limits.ts';
import type { Logger } from '../log.ts';
import { corpusFacts } from '../retrieval/corpus-facts.ts';
import { freshnessNote } from '../retrieval/freshness.ts';
import { readManifest } from '../retrieval/index-files.ts';
import { compareIdentity, DamagedIndexError, type Manifest } from '../retrieval/manifest.ts';
import { createReranking } from '../retrieval/reranking.ts';
import { createRetriever, type Retriever } from '../retrieval/retriever.ts';
import { startSearch } from '../retrieval/search.ts';
import { standingFilter } from '../source-filters.ts';
import { corpusFile } from './corpus-file.ts';

export type Reader = { readonly retriever: Retriever; readonly store: CommentStore; close(): Promise<void> };

/**
 * The corpus as it is on disk, for a command that only reads; beside a running bot as well as alone. Nothing is
 * fetched: without the model on this machine keyword search answers.
 *
 * @throws OperatorError when there is no corpus, which makes none; when the index was built with another model than the
 *   one configured, or is damaged
 */
export async function openReader(config: Config, log: Logger): Promise<Reader> {
  const directory = config.dataDir;
  const storeFile = corpusFile(directory);
  const store = await openSqliteStore(storeFile);
  const opened: { close(): unknown }[] = [store];
  try {
    const manifest = await readManifest(directory);
    const models = { hub: createHub({ ...config.hub, log }), device: config.embedding.device, directory, log };
    const embedder = manifest && (await openEmbedder(config, manifest, createModelOpener(models)));
    if (embedder) opened.push(embedder);
    const search = await startSearch({
      storeFile,
      directory,
      vectorIndex: config.vectorIndex,
      useVectors: embedder !== undefined,
      recipe: config.recipe,
    });
    opened.push(search);
    const reranking = createReranking({ model: config.rerank, openReranker: createRerankerOpener(models), log });
    opened.push(reranking);
    if (embedder) await reranking.openQuietly();
    const retriever = createRetriever({
      queue: createJobQueue({ concurrency: 1, capacity: 1 }),
      log,
      reranking,
      standing: (spec) => standingFilter(config.sourceFilters, spec),
    });
    const sources = await store.sources();
    retriever.serve({
      search,
      embedder,
      keywordReason: () => reasonFor(manifest, config),
      standInReason: isStandIn(manifest, config) ? () => `${config.embedding.model} has no index yet` : undefined,
      ...corpusFacts(sources),
      freshness: () => freshnessNote(sources),
    });
    return { retriever, store, close: () => closeAll(opened) };
  } catch (error) {
    await closeAll(opened);
    if (!(error instanceof DamagedIndexError)) throw error;
    throw new OperatorError(`${error.message} \`npm run index\` makes it again, and so does a bot when it starts.`);
  }
}

async function openEmbedder(
  config: Config,
  manifest: Manifest,
  openModel: ModelOpener,
): Promise<PortableEmbedder | undefined> {
  // The index of the model in the box says by itself what it is answered with: the configured one's is still to come.
  const { model, revision } = manifest;
  const request = model === BOX_MODEL ? { model, revision, precision: 'auto' as const } : config.embedding;
  const embedder = await openModel(request, { fetch: false, signal: new AbortController().signal });
  if (!embedder) return undefined;
  const verdict = compareIdentity(manifest, embedder.identity);
  if (typeof verdict === 'string') return embedder;
  await embedder.close();
  throw new OperatorError(verdict.mismatch);
}

/** The model in the box answers while the configured one, or its index, is still to come. */
function isStandIn(manifest: Manifest | undefined, { embedding }: Config): boolean {
  return manifest?.model === BOX_MODEL && embedding.model !== BOX_MODEL;
}

function reasonFor(manifest: Manifest | undefined, { embedding }: Config): string {
  return manifest
    ? `the model ${embedding.model} is not on this machine; \`npm start\` or \`npm run index\` fetches it`
    : 'there is no index by meaning yet; `npm start` or `npm run index` makes it';
}

async function closeAll(opened: readonly { close(): unknown }[]): Promise<void> {
  for (const part of [...opened].reverse()) await part.close();
}
