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
};

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
