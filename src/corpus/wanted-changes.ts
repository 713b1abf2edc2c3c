import type { GithubComment, GithubIssue } from './github-rows.ts';
import { isKept } from './prepare.ts';
import type { FeedChanges } from './store.ts';

export type WantedRules = {
  /** Whether comments by bots are left out. */
  readonly dropBots: boolean;
};

/** What is to be stored of some issues and comments, and what is not to be there (any more). */
export function wantedChanges(
  issues: readonly GithubIssue[],
  comments: readonly GithubComment[],
  rules: WantedRules,
): Pick<FeedChanges, 'issues' | 'comments' | 'removedComments'> {
  return {
    issues,
    comments: comments.filter((comment) => isWanted(comment, rules)),
    removedComments: comments.filter((comment) => !isWanted(comment, rules)).map(({ key }) => key),
  };
}

/** Whether a comment is one that may be found. */
export function isWanted({ text, minimized, byBot }: GithubComment, { dropBots }: WantedRules): boolean {
  return !minimized && !(dropBots && byBot) && isKept(text);
}
