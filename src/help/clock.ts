/** The time, and what is to be done later: tests turn the hands themselves. */
export type Clock = {
  /** Milliseconds since 1970. */
  now(): number;
  /** Gives what calls it off. */
  after(ms: number, act: () => void): () => void;
};

/** A process that has nothing else to do is not kept alive. */
export const systemClock: Clock = {
  now: Date.now,
  after(ms, act) {
    const timer = setTimeout(act, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
