import type { Config } from './config.ts';
import { WITHOUT_CREDENTIALS } from './corpus/discussions-reader.ts';
import { OperatorError } from './errors.ts';
import type { FollowSettings } from './retrieval/index-worker.ts';
import { recipeOf } from './retrieval/recipes.ts';

/** What the command line may say instead of the settings. */
export type FollowChoices = {
  readonly keepBots?: boolean | undefined;
  readonly discussions?: boolean | undefined;
};

/**
 * How repositories are followed under a configuration.
 *
 * @throws OperatorError when discussions are wanted and GitHub would not tell them
 */
export function followSettings(
  {
    github,
    recipe,
    excludeAuthors,
    privateSources,
    ...configured
  }: Pick<Config, 'github' | 'recipe' | 'excludeAuthors' | 'privateSources' | 'keepBots' | 'discussions'>,
  { keepBots = configured.keepBots, discussions = configured.discussions }: FollowChoices = {},
): FollowSettings {
  if (discussions && !github.token && !github.app) throw new OperatorError(WITHOUT_CREDENTIALS);
  const { apiUrl, token, app, syncEveryMs, sweepEveryMs } = github;
  return {
    github: { apiUrl, token, app },
    rules: {
      dropBots: recipeOf(recipe).dropsBots && !keepBots,
      syncEveryMs,
      sweepEveryMs,
      discussions,
      allowedPrivate: [...privateSources.keys()],
    },
    excludeAuthors,
  };
}
