// @ts-check
// ONNX Runtime's CUDA provider: from NuGet by the package's own script, else from the Python wheel of the same version.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { announce, gist, root, run, SetupError, say } from './setup-run.mjs';
import { readStamp, removeStamp, writeStamp } from './setup-stamp.mjs';

const FIRST_SIGN_MS = 15_000;
const DOWNLOAD_MS = 1_800_000;
const runtime = path.join(root, 'node_modules/onnxruntime-node');
const binaries = path.join(runtime, 'bin/napi-v6/linux/x64');
const STAMP = path.join(binaries, '.setup-cuda');
const PROVIDERS = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'];

/** @param {{ readonly force: boolean }} options with `force` also where no device shows: for an image, say */
export async function installCuda({ force }) {
  const platform = `${process.platform}/${process.arch}`;
  if (platform !== 'linux/x64') {
    throw new SetupError(
      `ONNX Runtime's CUDA provider exists for linux/x64 only, and this is ${platform}: DEVICE=auto uses what there is here.`,
    );
  }
  if (!force && !hasNvidiaDevice()) {
    throw new SetupError(
      'This machine shows no NVIDIA device, so the CUDA provider (250 MB) is not fetched: DEVICE=auto uses what there is here. To fetch it all the same: npm run setup:cuda -- --force',
    );
  }
  const { version } = JSON.parse(readFileSync(path.join(runtime, 'package.json'), 'utf8'));
  if (readStamp(STAMP) === version && PROVIDERS.every(present)) say('CUDA provider: in place');
  else await fetchProvider(version);
  await checkCuda();
}

/** @param {string} name */
const present = (name) => existsSync(path.join(binaries, name));

/** @param {string} version */
async function fetchProvider(version) {
  removeStamp(STAMP);
  const nuget = await fetchFromNuGet();
  const wheel = nuget === '' ? '' : await fetchFromWheel(version);
  if (wheel !== '') {
    say(`CUDA provider: NuGet said:\n${gist(nuget)}\nand Python's package index said:\n${gist(wheel)}`);
    throw new SetupError(
      `The CUDA provider came neither from NuGet nor from Python's package index: open the way to one of them (HTTPS_PROXY, or PIP_INDEX_URL for a mirror) and have python3 with pip installed (Debian and Ubuntu: sudo apt-get install python3-pip), then run npm run setup:cuda again.`,
    );
  }
  writeStamp(STAMP, version);
}

/** @returns {Promise<string>} empty when it came; else why not */
async function fetchFromNuGet() {
  const script = path.join(runtime, 'script/install.js');
  // Not `cuda12`: the script of 1.30.0 drops that value and then installs nothing, with status 0.
  const env = { ONNXRUNTIME_NODE_INSTALL: 'true', ...globalAgentProxy() };
  // It looks two small documents up before its first word, and has no time limit of its own.
  const firstSign = { pattern: /Downloading/, withinMs: FIRST_SIGN_MS };
  const work = run(process.execPath, [script], { env, firstSign, timeoutMs: DOWNLOAD_MS });
  const { ok, timedOut, output } = await announce(
    'CUDA provider: fetching it from NuGet (15 s at most to connect)',
    work,
  );
  if (ok && PROVIDERS.every(present)) return '';
  say(`CUDA provider: NuGet ${timedOut ? 'did not answer in time' : `cannot be had${because(output)}`}`);
  return output || 'no answer';
}

/** The line that names the error, of all that a script printed. @param {string} output */
function because(output) {
  const line = output.split('\n').find((each) => /^\s*(\w*Error|error)\b.*:/i.test(each));
  return line ? `: ${line.trim().slice(0, 200)}` : '';
}

/** The script reads its own variables for a proxy, not the usual ones. @returns {Record<string, string>} */
function globalAgentProxy() {
  const proxy = process.env.HTTPS_PROXY ?? process.env.https_proxy;
  return proxy ? { GLOBAL_AGENT_HTTP_PROXY: proxy } : {};
}

/** @param {string} version @returns {Promise<string>} empty when it came; else why not */
async function fetchFromWheel(version) {
  mkdirSync(path.join(root, '.cache'), { recursive: true });
  const folder = mkdtempSync(path.join(root, '.cache/cuda-'));
  try {
    const download = [
      ...['-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '--disable-pip-version-check', '--no-cache-dir'],
      // Any of its wheels has the same provider, so this machine's Python need not be one that they are made for.
      ...['--python-version', '3.12', '--implementation', 'cp', '--platform', 'manylinux_2_28_x86_64'],
      ...['--platform', 'manylinux_2_27_x86_64', '--timeout', '15', '--retries', '2', '--dest', folder],
      `onnxruntime-gpu==${version}`,
    ];
    const work = run('python3', download, { timeoutMs: DOWNLOAD_MS });
    const fetched = await announce(
      `CUDA provider: fetching the Python wheel onnxruntime-gpu ${version} (250 MB)`,
      work,
    );
    if (!fetched.ok) return fetched.missing ? 'error: there is no python3' : fetched.output || 'no answer';
    const unpacked = await run('python3', ['-c', UNPACK, folder, ...PROVIDERS], { timeoutMs: 300_000 });
    if (!unpacked.ok) return unpacked.output;
    for (const name of PROVIDERS) renameSync(path.join(folder, name), path.join(binaries, name));
    return '';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const UNPACK = `
import glob, shutil, sys, zipfile
folder, *names = sys.argv[1:]
[wheel] = glob.glob(folder + '/*.whl')
with zipfile.ZipFile(wheel) as archive:
    for name in names:
        with archive.open('onnxruntime/capi/' + name) as source, open(folder + '/' + name, 'wb') as target:
            shutil.copyfileobj(source, target)
`;

async function checkCuda() {
  const script = path.join(root, 'scripts/setup-cuda-check.mjs');
  const work = run(process.execPath, [script], { timeoutMs: 120_000 });
  const { ok, output } = await announce('CUDA provider: trying it', work);
  if (ok) {
    say('CUDA works here: DEVICE=auto uses it where it is faster than the CPU, DEVICE=cuda always.');
    return;
  }
  const again = 'then run npm run setup:cuda again';
  const libraries = await missingLibraries();
  if (libraries.length > 0) {
    const verb = libraries.length === 1 ? 'is' : 'are';
    const doubt = hasNvidiaDevice() ? '' : ' (and this machine shows no NVIDIA device)';
    throw new SetupError(`${libraries.join(', ')} ${verb} missing${doubt}: ${howToGet(libraries)}, ${again}.`);
  }
  if (NO_DEVICE.test(output)) {
    say('The CUDA provider is in place and loads, but there is no CUDA device here: DEVICE=auto uses another one.');
    return;
  }
  say(`CUDA provider: the trial said:\n${gist(output)}`);
  throw new SetupError(
    `The CUDA provider is in place but does not work here (see above): renew the NVIDIA driver (CUDA 13 needs 580 or later, nvidia-smi shows which one runs), ${again}.`,
  );
}

const NO_DEVICE = /no CUDA-capable device|CUDA failure 100|CUDA_ERROR_NO_DEVICE/i;

export function hasNvidiaDevice() {
  const bus = '/sys/bus/pci/devices';
  const vendors = existsSync(bus) ? readdirSync(bus).map((device) => readStamp(path.join(bus, device, 'vendor'))) : [];
  return (
    existsSync('/dev/nvidiactl') || existsSync('/dev/dxg') || vendors.some((vendor) => vendor.startsWith('0x10de'))
  );
}

/** All at once, where ONNX Runtime names only the first. @returns {Promise<readonly string[]>} */
async function missingLibraries() {
  const { output } = await run(
    'ldd',
    PROVIDERS.map((name) => path.join(binaries, name)),
    { timeoutMs: 20_000 },
  );
  return [...new Set([...output.matchAll(/^\s*(\S+) => not found/gm)].map(([, name]) => String(name)))];
}

/** @param {readonly string[]} libraries @returns {string} */
function howToGet(libraries) {
  const major =
    libraries.map((name) => /^lib(?:cublas|cublasLt|cudart)\.so\.(\d+)$/.exec(name)?.[1]).find(Boolean) ?? '13';
  const ways = [];
  if (libraries.some((name) => name.startsWith('libcuda.so'))) {
    ways.push(`install the NVIDIA driver (${major === '12' ? '525' : '580'} or later)`);
  }
  if (libraries.some((name) => /^lib(cublas|cublasLt|curand|cudart|cufft|nvrtc)\.so/.test(name))) {
    const suffix = major === '12' ? '-cu12' : '';
    const names = ['nvidia-cublas', 'nvidia-curand', 'nvidia-cuda-runtime'].map((name) => name + suffix).join(' ');
    const where = major === '12' ? 'their lib folders' : 'their folder nvidia/cu13/lib';
    ways.push(
      `install NVIDIA's CUDA ${major} toolkit (or run python3 -m pip install ${names} and put ${where} into LD_LIBRARY_PATH)`,
    );
  }
  if (libraries.some((name) => name.startsWith('libcudnn'))) ways.push('install cuDNN 9');
  return ways.join(' and ') || 'install the packages that carry them';
}
