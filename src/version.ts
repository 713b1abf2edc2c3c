/** Of `package.json`, which is not beside the compiled code: what outcomes are counted by. */
export const VERSION = '0.1.0';

/** What outcomes are counted by: another recipe or model answers as another version. */
export function answeringVersion({
  recipe,
  model,
}: {
  readonly recipe: string | null;
  readonly model: string | null;
}): string {
  return [VERSION, ...(recipe && model ? [recipe, model.split('/').at(-1)] : ['keyword search'])].join(', ');
}
