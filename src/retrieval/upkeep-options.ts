import type { CommentStore } from '../corpus/store.ts';
import type { ModelOpener, ModelRequest } from '../embedding/open-model.ts';
import type { Logger } from '../log.ts';
import type { OnProgress } from '../progress.ts';
import type { IndexWorkerData } from './index-worker.ts';
import type { RecipeName } from './recipes.ts';
import type { RetrieverControls } from './retriever.ts';
import type { SearchOptions } from './search.ts';

export type UpkeepOptions = {
  readonly retriever: RetrieverControls;
  readonly store: CommentStore;
  readonly storeFile: string;
  /** Where the index files lie. */
  readonly directory: string;
  readonly vectorIndex: SearchOptions['vectorIndex'];
  readonly recipe: RecipeName;
  readonly model: ModelRequest;
  /** What indexes and answers until `model` is there: a model that needs no fetching. Absent: keyword search does. */
  readonly standIn?: ModelRequest | undefined;
  readonly openModel: ModelOpener;
  /** Named by the operator; empty: `defaultSource`, while the corpus is empty. */
  readonly sources: readonly string[];
  readonly defaultSource: string;
  /** Where the index thread fetches sources. */
  readonly hub: IndexWorkerData['hub'];
  /** How it follows repositories. */
  readonly follow: IndexWorkerData['follow'];
  readonly log: Logger;
  readonly onProgress?: OnProgress | undefined;
  readonly timing?: UpkeepTiming | undefined;
};

export type UpkeepTiming = {
  /** How often another process's changes are looked for. */
  readonly pollMs?: number;
  /** How long a first source may take before the sample corpus stands in for it. */
  readonly sampleAfterMs?: number;
  /** Waits between tries of what failed; the last one repeats. */
  readonly retryMs?: readonly number[];
  /** For how long nothing may have changed, before the index is made again for what came since. */
  readonly quietMs?: number;
};
