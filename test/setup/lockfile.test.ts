import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

type LockedPackage = {
  readonly version?: string;
  readonly resolved?: string;
  readonly engines?: { readonly node?: string };
  readonly hasInstallScript?: boolean;
};
const lock: { readonly packages: Readonly<Record<string, LockedPackage>> } = JSON.parse(read('package-lock.json'));
const manifest: {
  readonly engines: { readonly node: string };
  readonly allowScripts: Readonly<Record<string, boolean>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
} = JSON.parse(read('package.json'));
const packages = Object.entries(lock.packages).filter(([name]) => name !== '');

test.each(['20.19.0', '20.20.2', '22.23.0', '24.0.0'])('every package runs on Node %s', (node) => {
  const others = packages.filter(([, { engines }]) => engines?.node && !admits(engines.node, node));
  expect(others.map(([name, { engines }]) => `${name} wants ${engines?.node}`)).toEqual([]);
});

test('the check of engines sees what does not fit', () => {
  const fits = [
    '>=20',
    '^20.0.0 || ^22.0.0 || >=24',
    '20 || >=22',
    '>= 0.8',
    '*',
    '18 - 22',
    '^18.18.0 || >=20.9',
    '20.x',
  ];
  expect(fits.filter((range) => !admits(range, '20.19.0'))).toEqual([]);
  const excludes = ['>=22', '^20.20.0', '~20.18.1', '<20', '18 || >=20.19.1', '>=18 <20', '18 - 19', '22'];
  expect(excludes.filter((range) => admits(range, '20.19.0'))).toEqual([]);
});

test('the set-up asks for the same Node as package.json', () => {
  expect(manifest.engines.node).toBe('>=20.19');
  expect(read('scripts/setup.mjs')).toContain('major < 20 || (major === 20 && minor < 19)');
});

test('package-lock.json names no address, so that any registry or mirror serves it', () => {
  expect(packages.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  expect(read('package-lock.json')).not.toMatch(/https?:\/\/registry/);
});

test('every dependency is pinned exactly', () => {
  const versions = Object.values({ ...manifest.dependencies, ...manifest.devDependencies });
  expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

test('no install script of a package runs unseen', () => {
  const scripted = packages
    .filter(([, entry]) => entry.hasInstallScript)
    .map(([name]) => name.replace(/^.*node_modules\//, ''));
  // What macOS's file watching brings is optional and comes with a binary.
  expect(scripted.filter((name) => name !== 'fsevents' && manifest.allowScripts[name] !== false)).toEqual([]);
  expect(read('.npmrc')).toMatch(/^ignore-scripts=true$/m);
});

/** As npm reads ranges, for what `engines` fields hold: comparators, carets, tildes, hyphens, x, `||`. */
function admits(range: string, version: string): boolean {
  return range.split('||').some((alternative) => {
    const hyphen = /^\s*(\S+)\s+-\s+(\S+)\s*$/.exec(alternative);
    const text = hyphen ? `>=${hyphen[1]} <=${hyphen[2]}` : alternative;
    const comparators = text.matchAll(/(>=|<=|>|<|=|\^|~)?\s*v?(\d+|\*|x)(?:\.(\d+|\*|x))?(?:\.(\d+|\*|x))?/g);
    return [...comparators].every(([, operator = '', ...parts]) =>
      holds(operator, parts, version.split('.').map(Number)),
    );
  });
}

function holds(operator: string, parts: readonly (string | undefined)[], version: readonly number[]): boolean {
  const given = parts.filter((part) => part !== undefined && /^\d+$/.test(part)).map(Number);
  const order = compare(version, given);
  // A partial version stands for all that begin with it: `<=18` holds for 18.5, `>18` does not.
  const within = compare(version.slice(0, given.length), given) === 0;
  if (operator === '>=') return order >= 0;
  if (operator === '>') return order > 0 && !within;
  if (operator === '<=') return order <= 0 || within;
  if (operator === '<') return order < 0 && !within;
  const kept = operator === '^' ? 1 : operator === '~' ? Math.min(2, given.length) : given.length;
  return order >= 0 && compare(version.slice(0, kept), given.slice(0, kept)) === 0;
}

function compare(left: readonly number[], right: readonly number[]): number {
  const index = [0, 1, 2].find((place) => (left[place] ?? 0) !== (right[place] ?? 0));
  return index === undefined ? 0 : (left[index] ?? 0) - (right[index] ?? 0);
}
