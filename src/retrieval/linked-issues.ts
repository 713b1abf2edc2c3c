/** Not a frame of a debugger's backtrace: `#3  0x00007f…`. */
const NUMBER = /(?<![\w/&])#(\d{1,7})\b(?!\s+0x)/g;

/** The issues that a text of an issue names: `#12`, of the same repository, or whole addresses. Without the issue itself. */
export function linkedIssues(text: string, issueUrl: string): ReadonlySet<string> {
  const repository = /^(.+\/(?:issues|pull|discussions)\/)\d+$/.exec(issueUrl)?.[1];
  if (repository === undefined) return new Set();
  const named = [...text.matchAll(NUMBER)].map(([, number]) => `${repository}${number}`);
  const start = repository.replace(/(?:issues|pull|discussions)\/$/, '');
  const addresses = new RegExp(`${escaped(start)}(?:issues|pull|discussions)/\\d{1,7}`, 'g');
  const linked = new Set([...named, ...(text.match(addresses) ?? [])]);
  linked.delete(issueUrl);
  return linked;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
