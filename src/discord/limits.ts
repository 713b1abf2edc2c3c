/**
 * What Discord accepts. Lengths are counted in UTF-16 units, which is never fewer than Discord counts. Where its
 * documentation is unsure the stricter value stands: all text of a message together, labels included.
 */
export const LIMITS = { messageText: 4_000, selectText: 100, threadName: 100, optionText: 6_000 } as const;
