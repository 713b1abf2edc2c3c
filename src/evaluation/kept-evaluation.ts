import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { EmbedderIdentity } from '../embedding/embedder.ts';
import { type RecipeName, recipeOf } from '../retrieval/recipes.ts';
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
  /** The default recipe, as it was then. */
  readonly recipe: { readonly name: string; readonly layout: string; readonly meaningWeight: number };
  /** The name of a file of issues; absent: the corpus. */
  readonly file?: string | undefined;
  readonly issues: number;
  readonly evaluations: readonly Evaluation[];
};

type Measured = Pick<KeptEvaluation, 'measuredAt' | 'tookSeconds' | 'file' | 'issues' | 'evaluations'> & {
  readonly identity: Pick<EmbedderIdentity, 'model' | 'precision' | 'maxTokens'>;
};

export function toKept({ identity, ...measured }: Measured): KeptEvaluation {
  const { model, precision, maxTokens } = identity;
  return { version: VERSION, model, precision, maxTokens, recipe: recipeFor(model), ...measured };
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
  return undefined;
}

function recipeFor(model: string): KeptEvaluation['recipe'] {
  const recipe = recipeOf(RECIPE);
  return { name: recipe.name, layout: recipe.layout(model), meaningWeight: recipe.meaningWeight(model) };
}
