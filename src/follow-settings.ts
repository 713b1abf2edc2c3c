import type { Config } from './config.ts';
import type { FollowSettings } from './retrieval/index-worker.ts';
import { recipeOf } from './retrieval/recipes.ts';

/** How repositories are followed under a configuration. */
export function followSettings(
  {
    github,
    recipe,
    excludeAuthors,
    privateSources,
    keepBots: configured,
  }: Pick<Config, 'github' | 'recipe' | 'excludeAuthors' | 'privateSources' | 'keepBots'>,
  { keepBots = configured } = {},
): FollowSettings {
  const { apiUrl, token, app, syncEveryMs, sweepEveryMs } = github;
  return {
    github: { apiUrl, token, app },
    rules: {
      dropBots: recipeOf(recipe).dropsBots && !keepBots,
      syncEveryMs,
      sweepEveryMs,
      allowedPrivate: [...privateSources.keys()],
    },
    excludeAuthors,
  };
}
