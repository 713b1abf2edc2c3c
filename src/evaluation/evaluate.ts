import type { OnProgress } from '../progress.ts';
import { type Estimate, estimate, MEASURES, type Quality, qualityOf } from './metrics.ts';
import type { OwnRanking } from './own-rankings.ts';
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
  readonly score?: VariantsOptions['score'];
  readonly ownRankings?: readonly OwnRanking[] | undefined;
  readonly onProgress?: OnProgress | undefined;
};

type Judged = ReadonlyMap<string, readonly Quality[]>;

/** Every variant on every set, then on all of them together where there are several. */
export async function evaluate(options: EvaluateOptions): Promise<readonly Evaluation[]> {
  const { sets } = options;
  const judged: Judged[] = [];
  const evaluations: Evaluation[] = [];
  for (const set of sets) {
    const variants = await variantsOf(set, options);
    const qualities = new Map(
      variants.map(({ name, rankings }) => [
        name,
        set.queries.map((query, place) => qualityOf(rankings[place] ?? [], query, set.passages)),
      ]),
    );
    judged.push(qualities);
    evaluations.push(evaluationOf(set.name, set.passages.length, qualities));
  }
  const together = sets.filter(({ partOf }) => !sets.some(({ name }) => name === partOf));
  if (together.length < 2) return evaluations;
  const comments = Math.max(...together.map(({ passages }) => passages.length));
  const pooled = pool(together.map((set) => judged[sets.indexOf(set)] as Judged));
  return [...evaluations, evaluationOf(together.map(({ name }) => name).join(' + '), comments, pooled)];
}

/** The product's own, with those of files before the last one. */
async function variantsOf(set: QuerySet, { ownRankings = [], ...options }: EvaluateOptions) {
  const variants = await rankVariants({ set, ...options });
  const own = ownRankings.map((ranking) => ranking.variantFor(set)).filter((variant) => variant !== undefined);
  return [...variants.slice(0, -1), ...own, ...variants.slice(-1)];
}

/** What was judged on every set. */
function pool(sets: readonly Judged[]): Judged {
  const names = [...(sets[0]?.keys() ?? [])].filter((name) => sets.every((set) => set.has(name)));
  return new Map(names.map((name) => [name, sets.flatMap((set) => set.get(name) ?? [])]));
}

/** The last variant is the default recipe, which the others are compared with. */
function evaluationOf(set: string, comments: number, qualities: Judged): Evaluation {
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
