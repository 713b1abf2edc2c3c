import type { Config } from '../config.ts';
import { createFollower, type Follower } from '../corpus/follower.ts';
import { followSettings } from '../follow-settings.ts';
import { createGithub } from '../github/client.ts';
import type { IndexerOptions } from '../retrieval/indexer.ts';

/** What follows repositories for a command. */
export function openFollower(
  config: Config,
  { store, log }: Pick<IndexerOptions, 'store' | 'log'>,
  options: { readonly keepBots?: boolean | undefined } = {},
): Follower {
  const { github, rules } = followSettings(config, options);
  return createFollower({ store, github: createGithub({ ...github, log }), rules, log });
}
