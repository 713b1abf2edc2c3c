import { OperatorError } from '../errors.ts';
import type { QuerySet } from './query-sets.ts';
import { readLines } from './read-inputs.ts';
import type { Variant } from './variants.ts';

/** A ranking that something else made, to stand beside the product's. */
export type OwnRanking = {
  readonly name: string;
  /** Undefined where nothing in the file is of that set. */
  variantFor(set: QuerySet): Variant | undefined;
};

type Hit = { readonly issue?: unknown; readonly comment?: unknown };
type Line = { readonly set: string; readonly question: string; readonly hits: readonly Hit[] };

/**
 * `{"set": "titles", "question": "…", "hits": [{"issue": "https://…", "comment": 0}, …]}`, best first, one line for each
 * question of a set. `comment` is the place among all comments of the issue; without it the issue's first one that can be
 * found is meant. Questions that a set asks twice stand there twice, in its order.
 */
export async function readOwnRanking(name: string, file: string): Promise<OwnRanking> {
  const lines = await readLines(file, toLine);
  return {
    name,
    variantFor(set) {
      const ofSet = lines.filter((line) => line.set === set.name);
      if (ofSet.length === 0) return undefined;
      const placeOf = placesOf(set);
      const byQuestion = new Map<string, Line[]>();
      for (const line of ofSet) byQuestion.set(line.question, [...(byQuestion.get(line.question) ?? []), line]);
      const rankings = set.queries.map(({ text }) => {
        const line = byQuestion.get(text)?.shift();
        if (line) return line.hits.map((hit) => placeOf(hit, file));
        throw new OperatorError(
          `${file} has no hits for a question of ${set.name}: ${JSON.stringify(text.slice(0, 100))}. Every question of a set needs a line, with "hits": [] where nothing was found.`,
        );
      });
      return { name, rankings };
    },
  };
}

function toLine({ set, question, hits }: Readonly<Record<string, unknown>>): Line {
  if (typeof set === 'string' && typeof question === 'string' && Array.isArray(hits)) return { set, question, hits };
  throw new Error('expected `set` and `question`, texts, and `hits`, a list of {"issue": "https://…", "comment": 0}');
}

function placesOf({ name, passages }: QuerySet): (hit: Hit, file: string) => number {
  const places = new Map<string, number>();
  for (const [place, { issue, position }] of passages.entries()) {
    if (!places.has(issue)) places.set(issue, place);
    places.set(`${issue} ${position}`, place);
  }
  return ({ issue, comment }, file) => {
    const place = places.get(comment === undefined ? String(issue) : `${issue} ${comment}`);
    if (place !== undefined) return place;
    throw new OperatorError(
      `${file} names a comment that cannot be found in ${name}: issue ${issue}, comment ${comment ?? 'any'}. Was it made of the same issues?`,
    );
  };
}
