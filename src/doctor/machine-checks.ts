import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rm, stat, statfs, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Check, Finding } from '../check.ts';
import { ConfigError, describeError, toError } from '../errors.ts';

const LOWEST_NODE = [20, 19] as const;
/** About what 100,000 comments take with vectors and index. */
const ROOMY_BYTES = 1e9;
const FULL_BYTES = 50e6;
const MAKE_ROOM = 'Make room on the disk, or move DATA_DIR to another one.';

/** @param version `20.19.0`, as Node itself says it */
export function nodeCheck(version: string = process.versions.node): Check {
  return {
    name: 'Node.js',
    fast: true,
    run: async () => {
      const [major = 0, minor = 0] = version.split('.').map(Number);
      const [lowestMajor, lowestMinor] = LOWEST_NODE;
      if (major > lowestMajor || (major === lowestMajor && minor >= lowestMinor)) return [ok(version)];
      const lowest = LOWEST_NODE.join('.');
      return [fault(`${version} is too old`, `Install Node.js ${lowest} or later: 20, 22 or 24.`)];
    },
  };
}

/** @param read reads the configuration, and throws a `ConfigError` with all its faults */
export function configurationCheck(read: () => unknown): Check {
  return {
    name: 'Settings',
    fast: true,
    run: async () => {
      try {
        read();
        return [ok('complete')];
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        return error.faults.map((message) =>
          fault(message, 'Change it in .env or in the environment; .env.example explains every setting.'),
        );
      }
    },
  };
}

/** The data folder: there or makeable, writable, with room. Makes nothing that stays. */
export function dataFolderCheck(dataDir: string): Check {
  return {
    name: 'Data folder',
    fast: true,
    run: async () => {
      const folder = await nearestFolder(dataDir);
      const refused = await writeProbe(folder);
      if (refused) return [fault(`${folder} cannot be written: ${describeError(refused)}`, writeMend(refused))];
      const { bavail, bsize } = await statfs(folder);
      const state = folder === dataDir ? dataDir : `${dataDir} will be made at the first start`;
      return [roomFinding(state, bavail * bsize)];
    },
  };
}

export function roomFinding(state: string, freeBytes: number): Finding {
  const message = `${state}, ${formatBytes(freeBytes)} free`;
  if (freeBytes < FULL_BYTES) return fault(message, MAKE_ROOM);
  return freeBytes < ROOMY_BYTES ? { level: 'warning', message, mend: MAKE_ROOM } : ok(message);
}

export type NativeLibrary = {
  /** The npm package. */
  readonly name: string;
  /** JavaScript that works with `library`, and throws when it does not work. */
  readonly trial: string;
  readonly mend: string;
};

export const NATIVE_LIBRARIES: readonly NativeLibrary[] = [
  {
    name: 'faiss-node',
    trial: 'const index = new library.IndexFlatIP(2); index.add([1, 0, 0, 1]); index.search([0, 1], 1);',
    mend: 'Run `npm run build`. On Debian or Ubuntu it may need `sudo apt-get install g++ libfaiss-dev libopenblas-dev` first.',
  },
  {
    name: 'onnxruntime-node',
    trial: 'library.listSupportedBackends();',
    mend: 'Run `npm run build`. It needs Linux x64 or arm64 with glibc, macOS on arm64, or Windows x64.',
  },
  { name: 'libsql', trial: "new library(':memory:').prepare('select 1').get();", mend: 'Run `npm run build`.' },
];

/** Loads and tries the library in a process of its own: one that crashes takes nobody along. */
export function nativeLibraryCheck({ name, trial, mend }: NativeLibrary): Check {
  return {
    name,
    fast: false,
    run: async (signal) => {
      const script = `const library = require(process.argv[1]); ${trial}`;
      const cwd = fileURLToPath(new URL('.', import.meta.url));
      try {
        await promisify(execFile)(process.execPath, ['-e', script, name], { cwd, signal });
        return [ok('loads')];
      } catch (error) {
        signal.throwIfAborted();
        return [fault(`does not load: ${failureOf(error)}`, mend)];
      }
    },
  };
}

export type PortCheckOptions = {
  readonly host: string;
  readonly port: number;
  /** The setting that names it: `PORT`. */
  readonly setting: string;
  /** Whether a bot of this data folder runs, so that the port is rightly taken. */
  readonly running: () => Promise<boolean>;
};

export function portCheck({ host, port, setting, running }: PortCheckOptions): Check {
  return {
    name: setting,
    fast: true,
    run: async () => {
      const code = await listenFailure(host, port);
      if (code === undefined) return [ok(`${port} on ${host} is free`)];
      if (code === 'EADDRINUSE' && (await running())) return [ok(`${port} on ${host} is used by the running bot`)];
      const message = code === 'EADDRINUSE' ? 'is in use by another program' : `cannot be listened on (${code})`;
      return [fault(`${port} on ${host} ${message}`, `Stop what uses it, or set ${setting} to a free port.`)];
    },
  };
}

async function nearestFolder(folder: string): Promise<string> {
  const parent = path.dirname(folder);
  const exists = await stat(folder).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  );
  return exists || parent === folder ? folder : nearestFolder(parent);
}

/** Why the folder cannot be written; undefined when it can. */
async function writeProbe(folder: string): Promise<NodeJS.ErrnoException | undefined> {
  const file = path.join(folder, `.doctor-${randomUUID()}`);
  try {
    await writeFile(file, 'written by doctor');
    return undefined;
  } catch (error) {
    return toError(error);
  } finally {
    await rm(file, { force: true }).catch(() => {});
  }
}

/** What to do about a folder that cannot be written. */
export function writeMend({ code }: { readonly code?: string | undefined }): string {
  if (code === 'ENOSPC' || code === 'EDQUOT') return MAKE_ROOM;
  if (code === 'ENOTDIR') return 'Set DATA_DIR to a folder: this is a file.';
  return 'Give this user the right to write there, or set DATA_DIR.';
}

/** The error's code when the port cannot be had; undefined when it can. */
function listenFailure(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** The line of a child's output that says what is wrong, or the signal that ended it. */
function failureOf(error: unknown): string {
  const { stderr = '', signal } = error as { stderr?: string; signal?: string | null };
  if (signal) return `it crashed (${signal})`;
  return /^\w*Error: .*/m.exec(stderr)?.[0] ?? describeError(error);
}

function formatBytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.floor(bytes / 1e6)} MB`;
}

function ok(message: string): Finding {
  return { level: 'ok', message };
}

function fault(message: string, mend: string): Finding {
  return { level: 'fault', message, mend };
}
