import type { Config } from '../config.ts';
import { createFollower, type Follower } from '../corpus/follower.ts';
import { type FollowChoices, followSettings } from '../follow-settings.ts';
import { createGithub } from '../github/client.ts';
import type { IndexerOptions } from '../retrieval/indexer.ts';

/** What follows repositories for a command. */
export function openFollower(
  config: Config,
  { store, log }: Pick<IndexerOptions, 'store' | 'log'>,
  choices: FollowChoices = {},
): Follower {
  const { github, rules } = followSettings(config, choices);
  return createFollower({ store, github: createGithub({ ...github, log }), rules, log });
}
