import { readConfig } from './config.ts';

/** Conventions of the system that are honoured, and no settings of ours. */
const NOT_OURS = new Set(['XDG_CACHE_HOME']);

/** Every setting that the configuration reads, by watching it read an empty environment. */
export function settingNames(): ReadonlySet<string> {
  const names = new Set<string>();
  readConfig(
    new Proxy<Record<string, string | undefined>>(
      {},
      {
        get(_target, name) {
          names.add(String(name));
          return undefined;
        },
      },
    ),
  );
  return new Set([...names].filter((name) => !NOT_OURS.has(name)));
}
