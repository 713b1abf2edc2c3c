// @ts-check
import { accessSync, constants, existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import { root, SetupError } from './setup-run.mjs';

/** Where ONNX Runtime, the database driver and FAISS all exist. */
const PLATFORMS = ['linux/x64', 'linux/arm64', 'darwin/arm64', 'win32/x64'];

export function checkPlatform() {
  const platform = `${process.platform}/${process.arch}`;
  if (!PLATFORMS.includes(platform)) {
    throw new SetupError(
      `Precedent runs on Linux (x64, arm64), macOS (Apple silicon) and Windows (x64), and this is ${platform}, for which ONNX Runtime or libsql publish no build: run the Dockerfile on one of those.`,
    );
  }
  if (process.platform === 'linux' && libc() !== 'glibc') {
    throw new SetupError(
      'Precedent needs glibc, and this Linux has another C library (musl, as on Alpine), for which ONNX Runtime publishes no build: use Debian, Ubuntu or Fedora, or the Dockerfile.',
    );
  }
}

/** @returns {'glibc' | 'other' | ''} empty off Linux */
function libc() {
  if (process.platform !== 'linux') return '';
  // Without this, the report looks up the name of every network peer.
  Object.assign(process.report, { excludeNetwork: true });
  const { header } = /** @type {{header: {glibcVersionRuntime?: string}}} */ (process.report.getReport());
  return header.glibcVersionRuntime ? 'glibc' : 'other';
}

/** Something has to be written: says so now rather than in the middle. */
export function checkWritable() {
  for (const folder of ['', 'node_modules', 'dist', '.cache'].map((name) => path.join(root, name))) {
    if (!existsSync(folder)) continue;
    try {
      accessSync(folder, constants.W_OK);
    } catch (error) {
      throw new SetupError(
        `${folder} cannot be written by ${userName()} (${/** @type {NodeJS.ErrnoException} */ (error).code}), and something in it has to be installed or compiled: run this as the folder's owner, or make it writable.`,
      );
    }
  }
}

function userName() {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? '?'}`;
  }
}
