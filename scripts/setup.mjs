// Makes a fresh clone ready to run: npm packages, FAISS, ONNX Runtime, the compiled code.
// Node built-ins only, since it runs before node_modules exists. Does nothing when nothing is missing.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const self = fileURLToPath(import.meta.url);
const root = path.resolve(path.dirname(self), '..');
process.chdir(root);
const say = (message) => console.error(`[setup ${process.uptime().toFixed(1)}s] ${message}`);
const run = (command, args, options = {}) =>
  spawnSync(command, args, { stdio: 'pipe', encoding: 'utf8', ...options, env: { ...process.env, ...options.env } });
const ok = (result) => result.status === 0;
const sha = (...files) =>
  files.reduce((hash, file) => hash.update(readFileSync(file)), createHash('sha256')).digest('hex');
const mark = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '');
const fail = (message) => {
  say(message);
  process.exit(1);
};

const LOCK = 'node_modules/.setup-lock';
const DONE = 'node_modules/.setup-done';
const APT = ['g++', 'libfaiss-dev', 'libopenblas-dev'];

function installPackages() {
  if (mark(LOCK) === sha('package-lock.json')) return;
  say('npm ci');
  const npm = process.env.npm_execpath;
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--include=dev'];
  const options = { stdio: ['ignore', 2, 2], shell: !npm && process.platform === 'win32' };
  const result = npm ? run(process.execPath, [npm, ...args], options) : run('npm', args, options);
  if (!ok(result)) fail('npm ci failed: see the lines above.');
  writeFileSync(LOCK, sha('package-lock.json'));
}

const SMOKE =
  "const f=require('faiss-node');const i=new f.IndexFlatIP(2);i.add([1,0,0,1]);process.exit(i.search([0,1],1).labels[0]===1?0:3)";
const faissWorks = () => ok(run(process.execPath, ['-e', SMOKE]));

function installFaiss() {
  if (faissWorks()) return;
  const faiss = path.join(root, 'node_modules/faiss-node');
  const near = createRequire(path.join(faiss, 'package.json'));
  const directoryOf = (name) => path.dirname(near.resolve(`${name}/package.json`));
  say('faiss-node: fetching the published binary (15 s at most)');
  run(process.execPath, [path.join(directoryOf('prebuild-install'), 'bin.js'), '--runtime', 'napi'], {
    cwd: faiss,
    timeout: 15_000,
  });
  if (faissWorks()) return;
  rmSync(path.join(faiss, 'build'), { recursive: true, force: true });
  say('faiss-node: building it against the system FAISS');
  if (compileFaiss(faiss, directoryOf) && faissWorks()) return;
  if (installSystemPackages() && compileFaiss(faiss, directoryOf) && faissWorks()) return;
  fail(`faiss-node does not load. On Debian or Ubuntu: sudo apt-get install ${APT.join(' ')}, then again.`);
}

function compileFaiss(faiss, directoryOf) {
  const out = path.join(faiss, 'build/Release/faiss-node.node');
  mkdirSync(path.dirname(out), { recursive: true });
  // FAISS up to 1.7.3 has no faiss::idx_t, which the binding names.
  const shim = path.join(faiss, 'build/shim.h');
  writeFileSync(shim, '#include <faiss/Index.h>\nnamespace faiss { using idx_t = Index::idx_t; }\n');
  const include = [`-I${directoryOf('node-addon-api')}`, `-I${directoryOf('node-api-headers')}/include`];
  const flags = [
    '-O2',
    '-std=c++17',
    '-fPIC',
    '-shared',
    '-fopenmp',
    '-DNAPI_VERSION=8',
    '-DNODE_ADDON_API_CPP_EXCEPTIONS',
    ...include,
  ];
  const source = path.join(faiss, 'src/faiss.cc');
  return [[], ['-include', shim]].some((extra) =>
    ok(run(process.env.CXX || 'g++', [...flags, ...extra, source, '-o', out, '-lfaiss', '-lopenblas'])),
  );
}

function installSystemPackages() {
  if (process.platform !== 'linux' || !ok(run('apt-get', ['--version']))) return false;
  const prefix = process.getuid() === 0 ? [] : ok(run('sudo', ['-n', 'true'])) ? ['sudo', '-n'] : undefined;
  if (!prefix) return false;
  const apt = (...args) => {
    const [command, ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args];
    return ok(run(command, rest, { timeout: 600_000 }));
  };
  const install = () => apt('install', '-y', '--no-install-recommends', ...APT);
  say(`apt-get install ${APT.join(' ')}`);
  return install() || (apt('update') && install());
}

function checkOnnxRuntime() {
  if (!ok(run(process.execPath, ['-e', "require('onnxruntime-node')"]))) {
    fail(
      'onnxruntime-node does not load on this machine: it needs Linux x64 or arm64 with glibc, macOS on arm64, or Windows x64.',
    );
  }
}

/** The newest change below the given folders, in milliseconds since 1970. */
function newest(...folders) {
  let time = 0;
  for (const folder of folders) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const file = path.join(folder, entry.name);
      time = Math.max(time, entry.isDirectory() ? newest(file) : statSync(file).mtimeMs);
    }
  }
  return time;
}

function compile() {
  const entry = 'dist/.built';
  const changed = Math.max(newest('src', 'commands'), statSync('tsconfig.json').mtimeMs);
  if (existsSync(entry) && statSync(entry).mtimeMs >= changed) return;
  say('compiling');
  rmSync('dist', { recursive: true, force: true });
  const result = run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.'], { stdio: ['ignore', 2, 2] });
  if (!ok(result)) fail('the TypeScript code does not compile: see the lines above.');
  writeFileSync(entry, '');
}

installPackages();
const done = `${sha('package-lock.json', self)} ${process.platform} ${process.arch} ${process.version}`;
if (mark(DONE) !== done) {
  installFaiss();
  checkOnnxRuntime();
  writeFileSync(DONE, done);
  say('ready');
}
compile();
