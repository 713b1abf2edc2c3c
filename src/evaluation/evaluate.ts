import { type Estimate, estimate, MEASURES, type Quality, qualityOf } from './metrics.ts';
import type { QuerySet } from './query-sets.ts';
import { type Embed, rankVariants, type VariantsOptions } from './variants.ts';

export type Measured = {
  readonly variant: string;
  readonly measures: Readonly<Record<keyof Quality, Estimate>>;
  /** The default recipe minus this variant, question by question. */
  readonly behind: Readonly<Record<keyof Quality, Estimate>>;
};

export type Evaluation = {
  readonly set: string;
  readonly questions: number;
  readonly comments: number;
  readonly variants: readonly Measured[];
};

export type EvaluateOptions = {
  readonly sets: readonly QuerySet[];
  readonly embed: Embed;
  readonly identity: VariantsOptions['identity'];
};

/** Every variant on every set, then on all of them together where there are several. */
export async function evaluate({ sets, embed, identity }: EvaluateOptions): Promise<readonly Evaluation[]> {
  const evaluations: Evaluation[] = [];
  const pooled = new Map<string, Quality[]>();
  for (const set of sets) {
    const qualities = new Map<string, readonly Quality[]>();
    for (const { name, rankings } of await rankVariants({ set, embed, identity })) {
      const judged = set.queries.map((query, index) => qualityOf(rankings[index] ?? [], query, set.passages));
      qualities.set(name, judged);
      pooled.set(name, [...(pooled.get(name) ?? []), ...judged]);
    }
    evaluations.push(evaluationOf(set.name, set.passages.length, qualities));
  }
  if (sets.length < 2) return evaluations;
  const comments = Math.max(...sets.map(({ passages }) => passages.length));
  return [...evaluations, evaluationOf(sets.map(({ name }) => name).join(' + '), comments, pooled)];
}

/** The last variant is the default recipe, which the others are compared with. */
function evaluationOf(set: string, comments: number, qualities: ReadonlyMap<string, readonly Quality[]>): Evaluation {
  const reference = [...qualities.values()].at(-1) ?? [];
  const variants = [...qualities].map(([variant, judged]) => ({
    variant,
    measures: estimates((measure) => judged.map((quality) => quality[measure])),
    behind: estimates((measure) =>
      reference.map((quality, index) => quality[measure] - (judged[index]?.[measure] as number)),
    ),
  }));
  return { set, questions: reference.length, comments, variants };
}

function estimates(valuesOf: (measure: keyof Quality) => readonly number[]): Measured['measures'] {
  const entries = MEASURES.map((measure) => [measure, estimate(valuesOf(measure))] as const);
  return Object.fromEntries(entries) as Record<keyof Quality, Estimate>;
}
