import type { AccessRules, Grant, SourceVisibility } from './access.ts';
import { sourceKey } from './corpus/source-key.ts';

const DISCORD = /^discord:(\d{5,20})(?:\/(\d{5,20}))?$/;
const SLACK = /^slack:([TE][A-Z0-9]{1,20})(?:\/([CG][A-Z0-9]{1,20}))?$/;
/** Allowed for nobody but whoever sits at the machine. */
const LOCAL = 'local';

/**
 * Reads PRIVATE_SOURCES: `github:acme/secret=discord:SERVER,slack:TEAM/CHANNEL; hub:acme/data=local`. Faults are told to
 * `onFault`, each as a sentence.
 */
export function parsePrivateSources(text: string, onFault: (fault: string) => void): AccessRules {
  const rules = new Map<string, readonly Grant[]>();
  for (const entry of text.split(/[;\n]/).map((part) => part.trim())) {
    if (!entry) continue;
    const [, spec = '', places = ''] = /^([^=]+)=(.*)$/.exec(entry) ?? [];
    const names = places.split(',').map((name) => name.trim());
    if (!spec.trim() || !places.trim()) {
      onFault(
        `PRIVATE_SOURCES: ${entry} does not say where: expected SOURCE=discord:SERVER, discord:SERVER/CHANNEL, slack:TEAM, slack:TEAM/CHANNEL or local, several with commas.`,
      );
      continue;
    }
    const grants = names.filter((name) => name !== LOCAL).map((name) => readGrant(name) ?? name);
    for (const wrong of grants.filter((grant) => typeof grant === 'string')) {
      onFault(
        `PRIVATE_SOURCES: ${JSON.stringify(wrong)} of ${spec.trim()} is no place: expected discord:SERVER, discord:SERVER/CHANNEL, slack:TEAM, slack:TEAM/CHANNEL (ids, not names) or local.`,
      );
    }
    const key = sourceKey(spec);
    rules.set(key, [...(rules.get(key) ?? []), ...grants.filter((grant) => typeof grant !== 'string')]);
  }
  return rules;
}

/** The sources with what the rules say of them: one that they name is private, wherever it comes from. */
export function withRules<Source extends SourceVisibility>(
  sources: readonly Source[],
  rules: AccessRules,
): readonly Source[] {
  return sources.map((source) => ({ ...source, isPrivate: source.isPrivate || rules.has(sourceKey(source.spec)) }));
}

function readGrant(name: string): Grant | undefined {
  const [platform, match] = name.startsWith('slack:')
    ? (['slack', SLACK.exec(name)] as const)
    : (['discord', DISCORD.exec(name)] as const);
  return match?.[1] === undefined ? undefined : { platform, server: match[1], channel: match[2] };
}
