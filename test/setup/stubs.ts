/**
 * Stand-ins for the programs and packages that the set-up uses, for a project in a temporary folder. The scripts are
 * the real ones. What a stub does is set by STUB_ variables, and each call is a line in `calls.log`.
 */

const LOG = `
const { appendFileSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const args = process.argv.slice(2);
const state = (name) => path.join(process.env.STUB_STATE, name);
const log = (line) => appendFileSync(state('calls.log'), line + '\\n');
`;

/** `npm ci`: empties node_modules, then fills it. */
const NPM = `${LOG}
log('npm ' + args.join(' '));
const put = (name, files) => {
  for (const [file, text] of Object.entries(files)) {
    const target = path.join('node_modules', name, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, text);
  }
};
const main = async () => {
  rmSync('node_modules', { recursive: true, force: true });
  if (process.env.STUB_NPM === 'offline') {
    console.error('npm error code ENOTFOUND\\nnpm error network request to the registry failed');
    process.exit(1);
  }
  if (process.env.STUB_NPM === 'hang') {
    put('half', { 'package.json': '{}' });
    log('hanging ' + process.pid);
    // Like npm itself, it ends once nobody reads what it prints.
    setInterval(() => console.error('npm http fetch'), 50);
    await new Promise(() => {});
  }
  if (process.env.STUB_NPM === 'slow') await new Promise((resolve) => setTimeout(resolve, 600));
  for (const [name, files] of Object.entries(JSON.parse(process.env.STUB_PACKAGES))) put(name, files);
  symlinkSync(process.env.STUB_TYPESCRIPT, 'node_modules/typescript');
  console.log('added 7 packages');
};
main();
`;

/** Compiles only while FAISS is "installed", as a file in the state folder. */
const COMPILER = `${LOG}
log('g++');
if (!existsSync(state('faiss'))) {
  console.error('faiss.cc:1:10: fatal error: faiss/Index.h: No such file or directory');
  process.exit(1);
}
writeFileSync(args[args.indexOf('-o') + 1], process.env.STUB_COMPILED ?? 'works');
`;

/** Installs only while it has package lists, which \`update\` brings. */
const APT_GET = `${LOG}
const verb = args.find((arg) => ['install', 'update', '--version'].includes(arg));
if (verb !== '--version') log('apt-get ' + verb);
if (verb === 'update') writeFileSync(state('lists'), '');
if (verb === 'install') {
  if (!existsSync(state('lists')) || process.env.STUB_APT === 'broken') {
    console.error('E: Unable to locate package libfaiss-dev');
    process.exit(100);
  }
  writeFileSync(state('faiss'), '');
}
`;

/** \`sudo -n\`: runs the rest where it is allowed to. */
const SUDO = `${LOG}
if (process.env.STUB_SUDO !== 'yes') {
  console.error('sudo: a password is required');
  process.exit(1);
}
const [command, ...rest] = args.slice(1);
const { status } = command === 'true' ? { status: 0 } : require('node:child_process').spawnSync(command, rest, { stdio: 'inherit' });
process.exit(status ?? 1);
`;

/** \`pip download\` and the unpacking that follows it. */
const PYTHON = `${LOG}
if (args.includes('pip')) {
  log('pip ' + args.at(-1));
  if (process.env.STUB_WHEEL !== 'works') {
    console.error('ERROR: Could not find a version that satisfies the requirement');
    process.exit(1);
  }
} else {
  const [folder, ...names] = args.slice(2);
  for (const name of names) writeFileSync(path.join(folder, name), 'from the wheel');
}
`;

const LDD = `${LOG}
for (const name of (process.env.STUB_LACKS ?? '').split(' ').filter(Boolean)) console.log('\\t' + name + ' => not found');
`;

/** By name: an executable for the PATH. */
export const PROGRAMS = {
  npm: NPM,
  'g++': COMPILER,
  'apt-get': APT_GET,
  sudo: SUDO,
  python3: PYTHON,
  ldd: LDD,
} as const;

const FAISS = `
const binary = require('node:fs').readFileSync(require('node:path').join(__dirname, '../build/Release/faiss-node.node'), 'utf8');
if (binary !== 'works') throw new Error('invalid ELF header');
exports.IndexFlatIP = class { add() {} search() { return { labels: [1] }; } };
`;

const PREBUILD = `
const { appendFileSync, mkdirSync, writeFileSync } = require('node:fs');
appendFileSync(process.env.STUB_STATE + '/calls.log', 'prebuild-install\\n');
if (!process.env.STUB_PUBLISHED) process.exit(1);
mkdirSync('build/Release', { recursive: true });
writeFileSync('build/Release/faiss-node.node', process.env.STUB_PUBLISHED);
`;

/** Its CUDA session works, or fails with STUB_CUDA for a message. */
const ONNX_RUNTIME = `
exports.Tensor = class {};
exports.InferenceSession = {
  async create() {
    if (process.env.STUB_CUDA !== 'works') throw new Error(process.env.STUB_CUDA);
    return { run: async () => ({ y: { data: [2, 4, 6, 8] } }) };
  },
};
`;

/** The package's own script, which fetches from NuGet. */
const NUGET = `
const { appendFileSync, writeFileSync } = require('node:fs');
appendFileSync(process.env.STUB_STATE + '/calls.log', 'nuget ' + process.env.ONNXRUNTIME_NODE_INSTALL + '\\n');
if (process.env.STUB_NUGET !== 'works') throw new Error('getaddrinfo ENOTFOUND');
console.log('Downloading');
for (const name of ['cuda', 'shared']) {
  writeFileSync(__dirname + '/../bin/napi-v6/linux/x64/libonnxruntime_providers_' + name + '.so', 'from NuGet');
}
`;

const named = (version: string, more: Readonly<Record<string, string>> = {}) => ({
  'package.json': JSON.stringify({ version, ...more }),
});

/** What the stub of npm puts into node_modules: files by package. */
export const PACKAGES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'faiss-node': { ...named('0.5.1', { main: 'lib/index.js' }), 'lib/index.js': FAISS, 'src/faiss.cc': '' },
  'prebuild-install': { ...named('7.1.3'), 'bin.js': PREBUILD },
  'node-addon-api': named('6.0.0'),
  'node-api-headers': named('1.9.0'),
  'onnxruntime-node': {
    ...named('1.30.0', { main: 'index.js' }),
    'index.js': ONNX_RUNTIME,
    'script/install.js': NUGET,
    'bin/napi-v6/linux/x64/libonnxruntime.so.1': '',
  },
  libsql: { ...named('0.5.29', { main: 'index.js' }), 'index.js': '' },
};
