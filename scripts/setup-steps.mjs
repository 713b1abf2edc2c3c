// @ts-check
// The steps of the set-up, in order. Node built-ins only, since it runs before node_modules exists; its words go to
// stderr, since stdout belongs to the command behind it (`npm run --silent ask -- QUESTION --json`).
import { compile, compiled } from './setup-compile.mjs';
import { installCuda } from './setup-cuda.mjs';
import { checkLibraries, librariesChecked } from './setup-libraries.mjs';
import { withLock } from './setup-lock.mjs';
import { installPackages, packagesInstalled } from './setup-packages.mjs';
import { checkPlatform, checkWritable } from './setup-platform.mjs';
import { SetupError, say } from './setup-run.mjs';

const FLAGS = ['--build', '--cuda', '--force', '--no-compile'];

/** @param {readonly string[]} flags */
export async function setup(flags) {
  try {
    const unknown = flags.find((flag) => !FLAGS.includes(flag));
    if (unknown) throw new SetupError(`${unknown} is not known here: expected ${FLAGS.join(', ')}.`);
    if (ready(flags)) return;
    checkPlatform();
    checkWritable();
    await withLock(() => makeReady(flags));
  } catch (error) {
    say(
      error instanceof SetupError
        ? error.message
        : `A fault of the set-up itself: ${error instanceof Error ? error.stack : error}`,
    );
    process.exitCode = 1;
  }
}

/** @param {readonly string[]} flags */
function ready(flags) {
  if (flags.includes('--cuda') || flags.includes('--build')) return false;
  return packagesInstalled() && librariesChecked() && (flags.includes('--no-compile') || compiled());
}

/** @param {readonly string[]} flags */
async function makeReady(flags) {
  if (!packagesInstalled()) await installPackages();
  if (!librariesChecked()) await checkLibraries();
  if (flags.includes('--cuda')) return installCuda({ force: flags.includes('--force') });
  if (flags.includes('--no-compile')) return;
  if (flags.includes('--build') || !compiled()) await compile();
}
