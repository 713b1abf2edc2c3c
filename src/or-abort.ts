/**
 * What `start` gives, or the signal's reason as soon as that aborts: for what cannot be aborted itself. What was
 * started then ends unheard, without an unhandled rejection; where the signal has aborted, nothing is started.
 */
export async function orAbort<Result>(start: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  signal.throwIfAborted();
  let leave: () => void = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    leave = () => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([start(), aborted]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
