import type { Config } from './config.ts';
import type { FollowSettings } from './retrieval/index-worker.ts';

/** How repositories are followed under a configuration. */
export function followSettings(
  {
    github,
    recipe,
    excludeAuthors,
    privateSources,
  }: Pick<Config, 'github' | 'recipe' | 'excludeAuthors' | 'privateSources'>,
  { keepBots = false } = {},
): FollowSettings {
  const { apiUrl, token, app, syncEveryMs, sweepEveryMs } = github;
  return {
    github: { apiUrl, token, app },
    // The course's pipeline drops nobody.
    rules: {
      dropBots: recipe !== 'seed' && !keepBots,
      syncEveryMs,
      sweepEveryMs,
      allowedPrivate: [...privateSources.keys()],
    },
    excludeAuthors,
  };
}
