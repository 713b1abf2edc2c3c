// @ts-check
// The npm packages, as package-lock.json has them, without running their install scripts.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { announce, root, run, SetupError } from './setup-run.mjs';
import { digest, readStamp, writeStamp } from './setup-stamp.mjs';

const STAMP = path.join(root, 'node_modules/.setup-packages');

export function packagesInstalled() {
  return readStamp(STAMP) === expected();
}

/** What the installed packages depend on: the platform decides which binary packages npm picks. */
function expected() {
  return digest([readFileSync(path.join(root, 'package-lock.json'), 'utf8'), process.platform, process.arch]);
}

/** `npm ci` empties node_modules first, stamps included, so a half-finished one is seen and done again. */
export async function installPackages() {
  const npm = npmScript();
  const work = npm
    ? run(process.execPath, [npm, ...ARGUMENTS], WATCHED)
    : run('npm', ARGUMENTS, { ...WATCHED, shell: process.platform === 'win32' });
  const result = await announce('npm ci: installing the packages', work);
  if (!result.ok) throw new SetupError(explain(result));
  writeStamp(STAMP, expected());
}

const ARGUMENTS = [
  'ci',
  '--ignore-scripts',
  // The compiler is a dev dependency, and NODE_ENV=production would leave those out.
  '--include=dev',
  '--include=optional',
  '--no-audit',
  '--no-fund',
  // By default npm needs over a minute to find that there is no network.
  '--fetch-retries=2',
  '--fetch-retry-mintimeout=1000',
  '--fetch-retry-factor=3',
  '--loglevel=http',
];

/** npm has no time limit for a connection: on a network that swallows packets it would take many minutes to give up. */
const WATCHED = {
  show: true,
  hide: /^npm http /,
  firstSign: { pattern: /^npm http (fetch \w+ \d{3}|cache) /, withinMs: 60_000 },
};

/** The npm that runs us, if one does: under pnpm or yarn the variable names those. */
function npmScript() {
  const script = process.env.npm_execpath;
  return script && path.basename(script) === 'npm-cli.js' ? script : undefined;
}

/** @param {import('./setup-run.mjs').RunResult} result @returns {string} */
function explain({ missing, timedOut, output }) {
  if (timedOut) return UNREACHABLE;
  const fault = FAULTS.find(({ pattern }) => pattern.test(output));
  if (missing || /npm.{0,3}: (command )?not found|'npm' is not recognized/.test(output)) {
    return 'npm is missing: install it (it comes with Node from https://nodejs.org; Debian and Ubuntu: sudo apt-get install npm), then run the same command again.';
  }
  return fault ? fault.advice : 'npm ci failed: mend what the lines above name, then run the same command again.';
}

const UNREACHABLE =
  'The npm registry cannot be reached: check the network, or name a proxy (npm config set https-proxy URL) or a mirror (npm config set registry URL), then run the same command again.';

const FAULTS = [
  {
    pattern: /ENOSPC/,
    advice: 'npm ci failed because the disk is full: free 1.5 GB, then run the same command again.',
  },
  {
    pattern: /EACCES|EROFS|EPERM/,
    advice:
      'npm ci may not write here: run the same command as the owner of this folder and of the npm cache that is named above.',
  },
  {
    pattern: /EUSAGE|in sync|Missing: .* from lock file/,
    advice:
      'package.json and package-lock.json disagree: run npm install to renew the lock file, then the same command again.',
  },
  {
    pattern: /EINTEGRITY/,
    advice:
      'A package did not have the checksum of package-lock.json: run npm cache clean --force, then the same command again.',
  },
  {
    pattern:
      /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|ENOTCACHED)\b/,
    advice: UNREACHABLE,
  },
];
