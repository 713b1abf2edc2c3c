import { createHash } from 'node:crypto';
import type { Logger } from '../log.ts';
import type { Shown } from '../memory/posts.ts';
import type { Hit } from '../retrieval/answer.ts';
import type { Retriever } from '../retrieval/retriever.ts';
import type { Conversations } from './conversations.ts';

/** Has posted answers follow the corpus: what was edited, removed or made private there. */
export interface CorpusWatch {
  /** Looks now, if the corpus is another one than at the last look. Never rejects. */
  look(): Promise<void>;
  close(): Promise<void>;
}

export type CorpusWatchOptions = {
  readonly conversations: Pick<Conversations, 'commentsChanged' | 'sourcesChanged'>;
  readonly posts: { allShown(): Promise<readonly Shown[]> };
  readonly comments: Retriever['comments'];
  /** Changes with every change of the corpus. */
  readonly version: () => Promise<number>;
  /** The sources that are private now. */
  readonly privateSources: () => Promise<readonly string[]>;
  readonly everyMs: number;
  readonly log: Logger;
};

/** The comments of hits as they are shown: what becomes of them is compared with it. */
export function shownOf(hits: readonly Hit[]): readonly Shown[] {
  return hits.map(({ key, comment, title }) => ({ comment: key, content: contentOf(comment, title) }));
}

function contentOf(text: string, title: string): string {
  return createHash('sha256').update(`${title}\0${text}`).digest('base64url').slice(0, 16);
}

/** Between two looks at other events. */
const LOOKED_UP_AT_ONCE = 100;

/** Starts looking, at once and then again and again: what changed while the bot was down is found as well. */
export function watchCorpus({
  conversations,
  posts,
  comments,
  version,
  privateSources,
  everyMs,
  log,
}: CorpusWatchOptions): CorpusWatch {
  let seenVersion: number | undefined;
  let seenPrivate: string | undefined;
  let looking: Promise<void> | undefined;

  async function changed(): Promise<readonly string[]> {
    const shown = await posts.allShown();
    const keys = new Set<string>();
    for (let start = 0; start < shown.length; start += LOOKED_UP_AT_ONCE) {
      const part = shown.slice(start, start + LOOKED_UP_AT_ONCE);
      const found = await comments(
        part.map(({ comment }) => comment),
        'all',
      );
      for (const [index, { comment: key, content }] of part.entries()) {
        const comment = found[index];
        if (!comment || contentOf(comment.text, comment.title) !== content) keys.add(key);
      }
    }
    return [...keys];
  }

  async function lookOnce(): Promise<void> {
    const current = await version();
    if (current !== seenVersion) {
      const keys = await changed();
      if (keys.length > 0) await conversations.commentsChanged(keys);
      seenVersion = current;
    }
    const hidden = JSON.stringify([...(await privateSources())].sort());
    if (hidden !== seenPrivate) await conversations.sourcesChanged();
    seenPrivate = hidden;
  }

  function look(): Promise<void> {
    looking ??= lookOnce()
      .catch((error: unknown) => log.warn('It could not be looked whether posted answers are up to date', { error }))
      .finally(() => {
        looking = undefined;
      });
    return looking;
  }

  const timer = setInterval(() => void look(), everyMs);
  timer.unref();
  return {
    look,
    async close() {
      clearInterval(timer);
      await looking;
    },
  };
}
