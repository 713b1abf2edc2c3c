import { readManifestSettings } from '../config.ts';
import { OperatorError } from '../errors.ts';
import { reachOf, slackManifest } from '../slack/manifest.ts';
import { describedActions, describedCommands } from './described-commands.ts';
import { readArguments } from './read-arguments.ts';

/**
 * `npm run slack:manifest [-- --url https://YOUR-HOST]`: the manifest to create the Slack app from. Before there is
 * any token it is one for Socket Mode; `--url` makes it one for signed HTTP.
 */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = readArguments(args, 'npm run slack:manifest [-- --url URL]', {
    options: { url: { type: 'string' } },
  });
  if (values.url !== undefined && !/^https:\/\/[^/]/.test(values.url)) {
    throw new OperatorError(
      `--url is ${JSON.stringify(values.url)}: Slack expects an address that starts with https://.`,
    );
  }
  const settings = readManifestSettings();
  const manifest = slackManifest(settings, {
    commands: describedCommands(),
    actions: describedActions(),
    reach: reachOf(settings.chat, settings),
    publicUrl: values.url,
  });
  process.stdout.write(`${JSON.stringify(manifest, undefined, 2)}\n`);
  return 0;
}
