import type { CommentStore, RunOptions, SourceFeed } from './store.ts';

/** A source's feed for several users in one process: opened by the first, released after the last. */
export interface SharedFeed {
  use<Result>(work: (feed: SourceFeed) => Promise<Result>, options?: RunOptions): Promise<Result>;
}

export function createSharedFeed(store: CommentStore, spec: string): SharedFeed {
  let users = 0;
  let opening: Promise<SourceFeed> | undefined;
  let releasing: Promise<void> = Promise.resolve();

  return {
    async use(work, options = {}) {
      users++;
      opening ??= releasing.then(() => store.follow(spec, options));
      const opened = opening;
      try {
        return await work(await opened);
      } finally {
        users--;
        if (users === 0) {
          opening = undefined;
          releasing = opened.then(
            (feed) => feed.release(),
            () => {},
          );
          await releasing;
        }
      }
    },
  };
}
