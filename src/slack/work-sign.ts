import type { Posted } from './posting.ts';

/** A message that appears when an answer takes its time, and becomes the answer. */
export interface WorkSign {
  /** No sign from now on. Resolves to the one that was posted, if any. */
  settle(): Promise<Posted | undefined>;
}

/** `show` posts the sign; what it throws only means that there is none. */
export function createWorkSign(afterMs: number, show: () => Promise<Posted>): WorkSign {
  let shown: Promise<Posted | undefined> = Promise.resolve(undefined);
  const timer = setTimeout(() => {
    shown = show().catch(() => undefined);
  }, afterMs);
  return {
    settle() {
      clearTimeout(timer);
      return shown;
    },
  };
}
