// @ts-check
// FAISS for Node: the published binary, else a build of the same binding with the system's FAISS. No quiet replacement.
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { APT_PACKAGES, installSystemPackages } from './setup-apt.mjs';
import { announce, gist, root, run, SetupError, say } from './setup-run.mjs';

const PUBLISHED_LIMIT_MS = 15_000;
const folder = path.join(root, 'node_modules/faiss-node');
const near = createRequire(path.join(folder, 'package.json'));
/** @param {string} name */
const folderOf = (name) => path.dirname(near.resolve(`${name}/package.json`));

const TRIAL = `const { IndexFlatIP } = require('faiss-node');
const index = new IndexFlatIP(2);
index.add([1, 0, 0, 1]);
process.exit(index.search([0, 1], 1).labels[0] === 1 ? 0 : 3);`;

export async function installFaiss() {
  if (await loads()) return;
  if (await fetchPublished()) return;
  const failure = await build();
  if (failure === '') return;
  if (!LACKING.test(failure)) return giveUp(failure, UNFIT);
  const apt = await installSystemPackages();
  if (apt.state !== 'installed') return giveUp(apt.output || failure, whatToInstall(apt.state));
  const secondFailure = await build();
  if (secondFailure !== '') giveUp(secondFailure, UNFIT);
}

/** Something that the build needs is not on this machine, as opposed to being there and not fitting. */
const LACKING = /No such (file|program)|file not found|cannot find -l|cannot execute|library .* not found/;

async function loads() {
  const { ok } = await run(process.execPath, ['-e', TRIAL], { timeoutMs: 60_000 });
  return ok;
}

/** The package's own install script is not used: after a failed download it goes on to clone and build FAISS. */
async function fetchPublished() {
  const fromSource = process.env.npm_config_build_from_source;
  if (fromSource === 'true' || fromSource === 'faiss-node') return false;
  const script = path.join(folderOf('prebuild-install'), 'bin.js');
  const work = run(process.execPath, [script, '--runtime', 'napi'], { cwd: folder, timeoutMs: PUBLISHED_LIMIT_MS });
  const { ok, timedOut } = await announce('faiss-node: fetching the published binary (15 s at most)', work);
  if (ok && (await loads())) return true;
  const trouble = ok ? 'does not load here' : timedOut ? 'did not come in 15 s' : 'cannot be fetched';
  say(`faiss-node: the published binary ${trouble}`);
  return false;
}

/** @returns {Promise<string>} empty when the binding is built and loads; else what the compiler or the loader said */
async function build() {
  const built = path.join(folder, 'build/Release/faiss-node.node');
  const aside = path.join(folder, 'build/unfinished.node');
  const shim = path.join(folder, 'build/shim.h');
  rmSync(path.join(folder, 'build'), { recursive: true, force: true });
  mkdirSync(path.dirname(built), { recursive: true });
  writeFileSync(shim, IDX_T_SHIM);
  say('faiss-node: building it with the FAISS of this system');
  const failures = [];
  for (const { standard, blas } of VARIANTS) {
    const args = [...compilerFlags(shim), standard, path.join(folder, 'src/faiss.cc'), '-o', aside, '-lfaiss', ...blas];
    const result = await run(compiler(), args, { timeoutMs: 300_000 });
    if (result.missing) return `${compiler()}: No such program`;
    if (result.ok) renameSync(aside, built);
    if (result.ok && (await loads())) return '';
    failures.push(result.ok ? 'error: the binary was built and does not load' : result.output);
    if (/faiss\/\S+( file not found|: No such file)|-lfaiss|cannot execute/.test(result.output)) break;
  }
  return String(failures[0]);
}

const compiler = () => process.env.CXX || (process.platform === 'darwin' ? 'clang++' : 'g++');

/** FAISS before 1.7.4 has `idx_t` only inside `Index`, and the binding names `faiss::idx_t`. */
const IDX_T_SHIM = `#include <faiss/Index.h>
#if FAISS_VERSION_MAJOR == 1 && (FAISS_VERSION_MINOR < 7 || (FAISS_VERSION_MINOR == 7 && FAISS_VERSION_PATCH < 4))
namespace faiss { using idx_t = Index::idx_t; }
#endif
`;

/** Later FAISS headers may want a later C++; BLAS goes by two names. */
const VARIANTS = [
  { standard: '-std=c++17', blas: ['-lopenblas'] },
  { standard: '-std=c++17', blas: ['-lblas', '-llapack'] },
  { standard: '-std=c++20', blas: ['-lopenblas'] },
];

/** @param {string} shim @returns {readonly string[]} */
function compilerFlags(shim) {
  const include = [`-I${folderOf('node-addon-api')}`, `-I${folderOf('node-api-headers')}/include`, '-include', shim];
  const flags = ['-O2', '-fPIC', '-DNAPI_VERSION=8', '-DNODE_ADDON_API_CPP_EXCEPTIONS', ...include];
  if (process.platform !== 'darwin') return [...flags, '-shared', '-fopenmp'];
  const brew = process.env.HOMEBREW_PREFIX || '/opt/homebrew';
  const places = ['', '/opt/libomp', '/opt/openblas'].map((place) => `${brew}${place}`);
  return [
    ...flags,
    '-bundle',
    '-undefined',
    'dynamic_lookup',
    ...places.flatMap((place) => [`-I${place}/include`, `-L${place}/lib`]),
  ];
}

/** @param {string} output @param {string} advice @returns {never} */
function giveUp(output, advice) {
  say(`faiss-node does not load. The last words were:\n${gist(output)}`);
  throw new SetupError(advice);
}

const UNFIT =
  'The FAISS of this system is there, but faiss-node cannot be built with it: set CXX to another C++ compiler (g++ 8 or newer), or use the Dockerfile, whose FAISS fits.';

/** @param {'failed' | 'not allowed' | 'no apt-get'} state @returns {string} */
function whatToInstall(state) {
  const again = 'then run the same command again';
  const apt = APT_PACKAGES.join(' ');
  if (process.platform === 'win32') {
    return `FAISS is missing: its binary for Windows comes from github.com only, so open the way there or set HTTPS_PROXY, ${again} (or use WSL or the Dockerfile).`;
  }
  if (process.platform === 'darwin') {
    return `FAISS is missing: run xcode-select --install and brew install faiss libomp openblas, ${again}.`;
  }
  if (state === 'not allowed')
    return `FAISS is missing, and installing it takes root: run sudo apt-get install ${apt}, ${again}.`;
  if (state === 'failed') {
    return `FAISS is missing, and apt-get could not install it: bring the packages ${apt} onto this machine (on Ubuntu they are in "universe"), ${again}.`;
  }
  return `FAISS is missing: install a C++ compiler, OpenBLAS and FAISS 1.7 or newer with their headers (Fedora: sudo dnf install gcc-c++ openblas-devel, and FAISS from its packages or from https://github.com/facebookresearch/faiss), ${again}, or use the Dockerfile.`;
}
