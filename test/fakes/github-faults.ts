import type { Answer } from './github-lists.ts';

/** What goes wrong with requests, `times` times (by default once) after `skip` of them went well. */
export type GitHubFault = {
  /** Part of the path with its query; by default every request. */
  readonly path?: string | RegExp;
  readonly times?: number;
  readonly skip?: number;
  readonly status?: number;
  readonly message?: string;
  readonly retryAfterSeconds?: number;
  /** Before an answer, or in the middle of its body. */
  readonly cut?: 'before' | 'middle';
  readonly delayMs?: number;
  /** The answer, made at once, is held back until this resolves. */
  readonly until?: Promise<unknown>;
  /** GraphQL answers without what is at this path, as in `repository.issue`: null stands there, and an error says why. */
  readonly withheld?: { readonly at: string; readonly type?: string };
};

/** The answer to a GraphQL query with null in place of what is withheld; one that has nothing there stays as it is. */
export function withholding(answer: Answer, { at, type }: NonNullable<GitHubFault['withheld']>): Answer {
  const json = structuredClone(answer.json) as { data?: unknown; errors?: readonly unknown[] };
  const path = at.split('.');
  const last = path.at(-1) ?? '';
  const parent = path
    .slice(0, -1)
    .reduce<unknown>((value, key) => (value as Fields | null | undefined)?.[key], json.data);
  if (!(parent as Fields | null | undefined)?.[last]) return answer;
  (parent as Fields)[last] = null;
  const error = { ...(type !== undefined && { type }), path, message: `What is at ${at} is withheld.` };
  const partial = { ...json, errors: [...(json.errors ?? []), error] };
  return { ...answer, json: partial, text: JSON.stringify(partial) };
}

type Fields = Record<string, unknown>;

export class Faults {
  readonly #entries: { readonly fault: GitHubFault; skip: number; left: number }[] = [];

  add(fault: GitHubFault): void {
    this.#entries.push({ fault, skip: fault.skip ?? 0, left: fault.times ?? 1 });
  }

  take(path: string): GitHubFault | undefined {
    for (const entry of this.#entries) {
      const part = entry.fault.path ?? '';
      if (entry.left === 0 || !(typeof part === 'string' ? path.includes(part) : part.test(path))) continue;
      if (entry.skip === 0) {
        entry.left -= 1;
        return entry.fault;
      }
      entry.skip -= 1;
    }
    return undefined;
  }
}
