import { parseArgs } from 'node:util';
import { readConfig } from '../config.ts';
import { slackManifest } from '../slack/manifest.ts';
import { describedCommands } from './described-commands.ts';

/**
 * `npm run slack:manifest [-- --url https://YOUR-HOST]`: the manifest to create the Slack app from. Before there is
 * any token it is one for Socket Mode; `--url` makes it one for signed HTTP.
 */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { url: { type: 'string' } } });
  const { slack, slackCommandNames } = readConfig();
  const settings = slack ?? { commandNames: slackCommandNames };
  const manifest = slackManifest(settings, { commands: describedCommands(), publicUrl: values.url });
  process.stdout.write(`${JSON.stringify(manifest, undefined, 2)}\n`);
  return 0;
}
