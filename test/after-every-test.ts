const works: (() => Promise<void>)[] = [];

/**
 * For what helpers have to close and check. An `afterEach` of a helper would serve only the first of the test files that
 * share a process, and so a module: see `vitest.config.ts`.
 */
export function afterEveryTest(work: () => Promise<void>): void {
  works.push(work);
}

export async function afterThisTest(): Promise<void> {
  for (const work of works) await work();
}
