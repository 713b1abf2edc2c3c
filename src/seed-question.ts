/** What the course asks of its dataset, and the sample corpus answers too. */
export const SEED_QUESTION = 'How can I load a dataset offline?';

/** That question where the corpus knows about it; none for an operator's own. */
export function exampleQuestion(
  { sample, sources }: { readonly sample: boolean; readonly sources: readonly string[] },
  defaultSource: string,
): string | undefined {
  return sample || sources.every((spec) => spec === defaultSource) ? SEED_QUESTION : undefined;
}
