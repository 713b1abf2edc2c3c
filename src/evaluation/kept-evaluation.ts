import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { EmbedderIdentity } from '../embedding/embedder.ts';
import type { RerankerIdentity } from '../embedding/reranker.ts';
import { type RecipeName, recipeOf } from '../retrieval/recipes.ts';
import type { RerankingStatus } from '../retrieval/reranking.ts';
import type { Evaluation } from './evaluate.ts';

const VERSION = 1;
const RECIPE: RecipeName = 'precedent';

/** What `npm run eval` found and what of, as its `--json` prints it and the local page shows it. */
export type KeptEvaluation = {
  readonly version: typeof VERSION;
  /** ISO 8601. */
  readonly measuredAt: string;
  readonly tookSeconds: number;
  readonly model: string;
  readonly precision: string;
  readonly maxTokens: number;
  /** The cross-encoder whose rankings are among them; absent: none was set. */
  readonly rerank?: Pick<RerankerIdentity, 'model' | 'precision'> | undefined;
  /** The default recipe, as it was then. */
  readonly recipe: { readonly name: string; readonly layout: string; readonly meaningWeight: number };
  /** The name of a file of issues; absent: the corpus. */
  readonly file?: string | undefined;
  readonly issues: number;
  readonly evaluations: readonly Evaluation[];
};

type Measured = Pick<KeptEvaluation, 'measuredAt' | 'tookSeconds' | 'file' | 'issues' | 'evaluations'> & {
  readonly identity: Pick<EmbedderIdentity, 'model' | 'precision' | 'maxTokens'>;
  readonly reranker?: RerankerIdentity | undefined;
};

export function toKept({ identity, reranker, ...measured }: Measured): KeptEvaluation {
  const { model, precision, maxTokens } = identity;
  const rerank = reranker && { model: reranker.model, precision: reranker.precision };
  return { version: VERSION, model, precision, maxTokens, rerank, recipe: recipeFor(model), ...measured };
}

/** `all-MiniLM-L6-v2 in int8, 256 tokens; re-ranked by ms-marco-MiniLM-L6-v2 in fp32` */
export function modelsText({ model, precision, maxTokens, rerank }: KeptEvaluation): string {
  const reranked = rerank ? `; re-ranked by ${rerank.model} in ${rerank.precision}` : '';
  return `${model} in ${precision}, ${maxTokens} tokens${reranked}`;
}

/** Replaces what an earlier run left there. */
export async function keepEvaluation(file: string, kept: KeptEvaluation): Promise<void> {
  const aside = `${file}.${randomBytes(6).toString('hex')}.part`;
  await mkdir(path.dirname(file), { recursive: true });
  try {
    await writeFile(aside, `${JSON.stringify(kept)}\n`);
    await rename(aside, file);
  } finally {
    await rm(aside, { force: true });
  }
}

/** Undefined where there is none that this version can read: it is made again in minutes. */
export async function readEvaluation(file: string): Promise<KeptEvaluation | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  try {
    const kept = JSON.parse(text) as KeptEvaluation | null;
    return kept?.version === VERSION ? kept : undefined;
  } catch {
    return undefined;
  }
}

/** What answers questions now; null is keyword search. */
export type Served = {
  readonly model: string | null;
  readonly precision: string | null;
  readonly recipe: string | null;
  readonly reranking?: Pick<RerankingStatus, 'model' | 'precision'> | undefined;
};

/** Why the figures say little of today's answers; undefined where they do. */
export function whyStale(kept: KeptEvaluation, served: Served): string | undefined {
  if (served.model !== null && (served.model !== kept.model || served.precision !== kept.precision)) {
    return `questions are answered with ${served.model} in ${served.precision} now`;
  }
  if (JSON.stringify(kept.recipe) !== JSON.stringify(recipeFor(kept.model))) {
    return 'the recipe ranks otherwise since then';
  }
  if (served.recipe !== null && served.recipe !== kept.recipe.name) {
    return `questions are answered by the recipe ${served.recipe} now`;
  }
  const { reranking } = served;
  // Without a precision it is not loaded: a folder has its whole path for a name then.
  if (!reranking?.precision) return undefined;
  const isMeasured = reranking.model === kept.rerank?.model && reranking.precision === kept.rerank.precision;
  return isMeasured ? undefined : `hits are re-ranked by ${reranking.model} in ${reranking.precision} now`;
}

function recipeFor(model: string): KeptEvaluation['recipe'] {
  const recipe = recipeOf(RECIPE);
  return { name: recipe.name, layout: recipe.layout(model), meaningWeight: recipe.meaningWeight(model) };
}
