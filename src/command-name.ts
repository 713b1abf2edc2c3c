/** What a command is called on a platform, with the slash in front. */
export type CommandName = (platform: string, name: string) => string;

/** By our names, what the commands are called in the Slack workspace. */
export type SlackNames = Readonly<Partial<Record<'ask' | 'sources' | 'help-channel', string>>>;

/** Where `/ask` has another name, the commands beside it follow: `/find`, `/find-votes`. */
export function slackCommandName(name: string, names: SlackNames): string {
  const known: Readonly<Record<string, string | undefined>> = names;
  const { ask = 'ask' } = names;
  return known[name] ?? name.replace(/^ask(?=-)/, ask);
}

/** Only Slack has commands of other names: all apps there share one list. */
export function commandNames(slack: SlackNames = {}): CommandName {
  return (platform, name) => `/${platform === 'slack' ? slackCommandName(name, slack) : name}`;
}
