/** `2.1`, `v2.1.3-rc1`, `==0.13.0.4`; not a part of an address, a path or a time, and nothing that a unit follows. */
const VERSION =
  /(?<![\w.:/-])v?(\d{1,4}(?:\.\d{1,5}){1,3})(?:[-.]?(?:rc|alpha|beta|dev|post|[ab])\.?\d{0,4})?(?![\w:/]|\.\d|\s?(?:%|[kmgt]i?b\b|m?s\b|sec|min|hours?\b|times\b|x\b|[mg]hz\b))/gi;

type NamedVersion = {
  /** Without the `v`, and without what marks a forerunner. */
  readonly version: string;
  /** The word before it, in lower case: what it is a version of, or any other; empty where there is none. */
  readonly of: string;
};

/** The versions that a text names, in order. */
export function versionsIn(text: string): readonly NamedVersion[] {
  return [...text.matchAll(VERSION)].flatMap(({ index, 1: version = '' }) => {
    const before = text.slice(Math.max(0, index - LONGEST_NAME), index);
    const [, of = ''] = /([\p{L}_-]+)\W{0,3}$/u.exec(before) ?? [];
    return isOther(version) ? [] : [{ version, of: of.toLowerCase() }];
  });
}

const LONGEST_NAME = 30;

/** An address of the net, or a fraction: `192.168.0.1`, `0.005`. */
function isOther(version: string): boolean {
  const parts = version.split('.');
  if (parts.length === 4) return parts.some((part) => Number(part) >= 100) || /^(?:10\.|0\.0\.0\.0)/.test(version);
  return parts.length === 2 && /^0\d\d/.test(parts[1] as string);
}

/**
 * The version that a text speaks of, for a question that names one: the same if the text names it (`0.13` and `0.13.2` are,
 * as far as they go), else the first that seems to be of the same thing, by the word before it or by its first number.
 * Undefined where there is none.
 */
export function versionFor(question: string, text: string): string | undefined {
  const asked = versionsIn(question);
  if (asked.length === 0) return undefined;
  const named = versionsIn(text);
  const found =
    named.find(({ version }) => asked.some((one) => isSame(one.version, version))) ??
    named.find((other) => asked.some((one) => isAkin(one, other)));
  return found?.version;
}

function isSame(one: string, other: string): boolean {
  return `${one}.`.startsWith(`${other}.`) || `${other}.`.startsWith(`${one}.`);
}

const SAYS_NOTHING = new Set(['', 'version', 'versions', 'release', 'in', 'since', 'to', 'from', 'on', 'and', 'with']);

function isAkin(one: NamedVersion, other: NamedVersion): boolean {
  if (one.of === other.of && !SAYS_NOTHING.has(one.of)) return true;
  return one.version.split('.')[0] === other.version.split('.')[0];
}
