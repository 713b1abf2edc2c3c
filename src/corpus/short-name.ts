/** A source as it is named to people: a file's folder is nobody's business in a chat. */
export function shortName(spec: string): string {
  return spec.startsWith('hub:') || spec.startsWith('github:') ? spec : (spec.split(/[\\/]/).at(-1) ?? spec);
}
