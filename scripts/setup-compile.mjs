// @ts-check
// TypeScript to dist/, only when a source was added, changed or deleted.
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { announce, root, run, SetupError } from './setup-run.mjs';
import { digest, readStamp, removeStamp, trace, writeStamp } from './setup-stamp.mjs';

const DIST = path.join(root, 'dist');
const STAMP = path.join(DIST, '.compiled');
const SOURCE_FOLDERS = ['src', 'commands'];

export function compiled() {
  return readStamp(STAMP) === expected();
}

function expected() {
  const inputs = ['tsconfig.json', 'package-lock.json', ...sources()];
  return digest(inputs.map((file) => `${file} ${trace(path.join(root, file))}`));
}

export async function compile() {
  removeStamp(STAMP);
  // What is compiled while the sources change once more is compiled again next time.
  const before = expected();
  const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
  const { ok } = await announce('compiling', run(process.execPath, [compiler, '-p', root], { show: true }));
  if (!ok)
    throw new SetupError(
      'The TypeScript code does not compile: mend what the lines above name, then run the same command again.',
    );
  copyOtherFiles();
  removeOrphans();
  writeStamp(STAMP, before);
}

/** @returns {string[]} every file of the source folders, from the root, sorted */
function sources() {
  return SOURCE_FOLDERS.flatMap((folder) => filesBelow(folder)).sort();
}

/** @param {string} folder from the root @returns {string[]} */
function filesBelow(folder) {
  if (!existsSync(path.join(root, folder))) return [];
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(file) : [file];
  });
}

/** Pages and data that lie beside the code. */
function copyOtherFiles() {
  for (const file of sources().filter((source) => !source.endsWith('.ts'))) {
    mkdirSync(path.join(DIST, path.dirname(file)), { recursive: true });
    copyFileSync(path.join(root, file), path.join(DIST, file));
  }
}

/** In place rather than by emptying dist/ first: a bot that runs from it goes on. */
function removeOrphans() {
  const wanted = new Set(
    sources().flatMap((file) => {
      const script = file.replace(/\.ts$/, '.js');
      return [file, script, `${script}.map`];
    }),
  );
  for (const file of SOURCE_FOLDERS.flatMap((folder) => filesBelow(`dist/${folder}`))) {
    if (!wanted.has(file.slice('dist/'.length))) rmSync(path.join(root, file), { force: true });
  }
}
