import type { Embedder } from '../embedding/embedder.ts';
import { type Progress, percent } from '../progress.ts';
import type { Answer, Band } from './answer.ts';
import { surestBand } from './bands-of.ts';
import type { RerankingStatus } from './reranking.ts';
import type { Search } from './search.ts';

/** What answers questions at this moment; replaced as a whole when the index or the model changes. */
export type Serving = {
  readonly search: Search;
  /** Absent: keyword search, for `keywordReason`. */
  readonly embedder?: Embedder | undefined;
  /** Said to askers while there is no embedder: "the model is still being fetched". */
  readonly keywordReason?: (() => string) | undefined;
  /** Said to askers when the corpus is not as fresh as it should be. */
  readonly freshness?: (() => string | undefined) | undefined;
  /** While the model in the box stands in for the configured one, why; said with every answer of its. */
  readonly standInReason?: (() => string) | undefined;
  /** True while the sample corpus stands in for a source. */
  readonly sample: boolean;
  /** The sources that comments are found of. */
  readonly sources?: readonly string[] | undefined;
  /** ISO 8601: when the corpus was last read. */
  readonly readAt?: string | undefined;
  /** Whether search by meaning has to wait for a model that is not on this machine. Absent: it does not. */
  readonly awaitsModel?: (() => boolean) | undefined;
  /**
   * Called when comments that the index knows have left the corpus, which then is a newer one: resolves once whatever
   * is newest serves. Absent where nobody looks after that.
   */
  readonly renew?: (() => Promise<void>) | undefined;
};

export type RetrieverStatus = {
  /** Whether questions are answered at all, if only by keyword search. */
  readonly serving: boolean;
  readonly mode: Answer['mode'];
  /** Why it is keyword search; undefined under `semantic`. */
  readonly keywordReason: string | undefined;
  /** Comments that can be found. */
  readonly rows: number;
  /** Under `semantic`: those of them that are found by meaning. */
  readonly indexed: number | undefined;
  readonly sample: boolean;
  /** Those that comments are found of. */
  readonly sources: readonly string[];
  /** Under `keyword`: whether search by meaning waits for a model that is not on this machine. */
  readonly awaitsModel: boolean;
  /** By which the index that answers was made; null under `keyword`, as the model is. */
  readonly recipe: string | null;
  readonly model: string | null;
  readonly precision: string | null;
  readonly device: string | null;
  readonly metric: Answer['metric'];
  readonly indexedAt: string | null;
  /** The surest band that a hit can be in; undefined where nothing tells, as under `keyword`. */
  readonly surest: Band | undefined;
  /** What is being made ready; undefined when nothing is. */
  readonly progress: Progress | undefined;
  /** Absent where no re-ranking is set. */
  readonly reranking?: RerankingStatus | undefined;
};

export const NO_INDEX = 'there is no index by meaning yet';

/** What the asker should know of the state that things are in. */
export function notesOf(
  { sample, search, freshness }: Serving,
  progress: Progress | undefined,
  found: boolean,
): string[] {
  const notes: string[] = [];
  if (progress) notes.push(progressNote(progress));
  else notes.push(...missingNote(search.status));
  if (sample) notes.push('These are sample data: no real source could be read yet.');
  const age = freshness?.();
  if (age && found) notes.push(age);
  if (!found && !progress && search.status.rows === 0) notes.push('Nothing is indexed yet.');
  return notes;
}

/** A run that was stopped leaves comments without vectors. A few are missing for a moment whenever something comes. */
const FEW = 0.05;

export function missingNote({
  rows,
  indexed,
}: {
  readonly rows: number;
  readonly indexed?: number | undefined;
}): string[] {
  if (indexed === undefined || rows - indexed <= rows * FEW) return [];
  const [some, all] = [indexed, rows].map((number) => number.toLocaleString('en-US'));
  return [`Only ${some} of ${all} comments are found by meaning so far: the index is not whole.`];
}

/** `Indexing, 34 %.` */
export function progressNote({ what, done, total }: Progress): string {
  const head = what.charAt(0).toUpperCase() + what.slice(1);
  return total === undefined ? `${head}.` : `${head}, ${percent(done, total)} %.`;
}

export function statusOf(serving: Serving | undefined, progress: Progress | undefined): RetrieverStatus {
  const manifest = serving?.search.status.manifest;
  const embedder = manifest ? serving?.embedder : undefined;
  const semantic = embedder !== undefined && manifest !== undefined;
  return {
    serving: serving !== undefined && serving.search.status.rows > 0,
    mode: semantic ? 'semantic' : 'keyword',
    keywordReason: semantic ? undefined : (serving?.keywordReason?.() ?? NO_INDEX),
    rows: serving?.search.status.rows ?? 0,
    indexed: semantic ? serving?.search.status.indexed : undefined,
    sample: serving?.sample ?? false,
    sources: serving?.sources ?? [],
    awaitsModel: !semantic && (serving?.awaitsModel?.() ?? false),
    recipe: semantic ? manifest.recipe : null,
    model: embedder?.identity.model ?? null,
    precision: embedder?.identity.precision ?? null,
    device: embedder?.device ?? null,
    metric: semantic ? manifest.metric : 'bm25',
    indexedAt: (semantic ? manifest.createdAt : serving?.readAt) ?? null,
    surest: semantic ? surestBand(manifest) : undefined,
    progress,
  };
}
