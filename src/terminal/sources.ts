import { describeSources } from '../../commands/sources.ts';
import { withRules } from '../access-rules.ts';
import { readConfig } from '../config.ts';
import { createLogger } from '../log.ts';
import { openReader } from './open-reader.ts';
import { readArguments } from './read-arguments.ts';
import { renderNotice } from './reply.ts';

/** `npm run sources`: what is indexed, how fresh, and which model answers. */
export async function run(args: readonly string[] = []): Promise<number> {
  readArguments(args, 'npm run sources', {});
  const config = readConfig();
  const reader = await openReader(config, createLogger({ ...config.log, level: 'warn', secrets: config.secrets }));
  try {
    process.stdout.write(
      `${renderNotice(describeSources(withRules(await reader.store.sources(), config.privateSources), reader.retriever.status(), { operator: true }))}\n`,
    );
    return 0;
  } finally {
    await reader.close();
  }
}
