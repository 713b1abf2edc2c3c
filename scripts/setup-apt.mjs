// @ts-check
import { announce, run } from './setup-run.mjs';

/** What building faiss-node takes on Debian and Ubuntu. */
export const APT_PACKAGES = ['g++', 'libfaiss-dev', 'libopenblas-dev'];

/**
 * @typedef {{readonly state: 'installed' | 'failed' | 'not allowed' | 'no apt-get', readonly output: string}} AptResult
 *
 * @returns {Promise<AptResult>} with what apt-get said, where it failed
 */
export async function installSystemPackages() {
  if (process.platform !== 'linux') return { state: 'no apt-get', output: '' };
  if (!(await run('apt-get', ['--version'], { timeoutMs: 10_000 })).ok) return { state: 'no apt-get', output: '' };
  const prefix = await rootPrefix();
  if (!prefix) return { state: 'not allowed', output: '' };
  const install = () => {
    const work = aptGet(prefix, ['install', '-y', '--no-install-recommends', ...APT_PACKAGES]);
    return announce(`apt-get install ${APT_PACKAGES.join(' ')}`, work);
  };
  if ((await install()).ok) return { state: 'installed', output: '' };
  // Most likely the package lists are absent or old.
  await announce('apt-get update', aptGet(prefix, ['update']));
  const { ok, output } = await install();
  return { state: ok ? 'installed' : 'failed', output };
}

/** @param {readonly string[]} prefix @param {readonly string[]} args */
function aptGet(prefix, args) {
  const options = ['-o', 'DPkg::Lock::Timeout=120', '-o', 'Acquire::Retries=1', '-o', 'Acquire::http::Timeout=20'];
  const line = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...options, ...args];
  const [command = 'env', ...rest] = line;
  return run(command, rest, { timeoutMs: 600_000 });
}

/** @returns {Promise<readonly string[] | undefined>} what makes a command run as root, if anything does unasked */
async function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  return (await run('sudo', ['-n', 'true'], { timeoutMs: 10_000 })).ok ? ['sudo', '-n'] : undefined;
}
