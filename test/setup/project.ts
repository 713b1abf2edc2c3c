import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { PACKAGES, PROGRAMS } from './stubs.ts';

const repository = path.resolve(import.meta.dirname, '../..');
const NOBODY = 65_534;

type Program = keyof typeof PROGRAMS;
export type RunOptions = {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Values of `process` to pretend, such as another platform. */
  readonly pretend?: Readonly<Record<string, unknown>>;
};
export type Run = {
  readonly code: number | null;
  readonly stdout: string;
  /** What was said, without the time in front. */
  readonly said: readonly string[];
};

/** A small project in a temporary folder, with the real set-up scripts and stubs for the programs they call. */
export type Project = {
  readonly folder: string;
  /** `node scripts/setup.mjs FLAGS`, by a user without rights where the tests run as root. */
  setup(flags?: readonly string[], options?: RunOptions): Promise<Run>;
  start(flags?: readonly string[], options?: RunOptions): { readonly pid: number; readonly done: Promise<Run> };
  /** The stubs called so far, in order. */
  calls(): readonly string[];
  /** FAISS is on this machine from now on. */
  installFaiss(): void;
  write(file: string, text: string): void;
  read(file: string): string;
  has(file: string): boolean;
  remove(file: string): void;
};

export function createProject(options: ProjectOptions = {}): Project {
  const base = mkdtempSync(path.join(tmpdir(), 'precedent-setup-'));
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  return createProjectIn(base, options);
}

let template: Promise<string> | undefined;

/** A project after a set-up, with FAISS on the machine: made once, copied for each test. */
export async function createReadyProject(): Promise<Project> {
  template ??= makeTemplate();
  const base = await template;
  return createProject({ like: base });
}

/** For `afterAll`. */
export async function removeTemplate(): Promise<void> {
  const made = template;
  // Another test file of this process makes one of its own.
  template = undefined;
  if (made) rmSync(await made, { recursive: true, force: true });
}

async function makeTemplate(): Promise<string> {
  const base = mkdtempSync(path.join(tmpdir(), 'precedent-setup-ready-'));
  const project = createProjectIn(base, {});
  project.installFaiss();
  const { code, said } = await project.setup();
  if (code !== 0) throw new Error(`the set-up of a whole project failed:\n${said.join('\n')}`);
  return base;
}

type ProjectOptions = {
  readonly without?: readonly Program[];
  /** Begins as a copy of this folder of another project. */
  readonly like?: string;
};

function createProjectIn(base: string, { without = [], like }: ProjectOptions): Project {
  const folder = path.join(base, 'project');
  const programs = path.join(base, 'bin');
  const state = path.join(base, 'state');
  // Not cpSync: its times are a little off, and the stamps look at them.
  if (like) execFileSync('cp', ['-a', `${like}/.`, base]);
  else fill({ programs, state, folder, without });
  const at = (file: string) => path.join(folder, file);
  const write = (file: string, text: string) => {
    mkdirSync(path.dirname(at(file)), { recursive: true });
    writeFileSync(at(file), text);
    giveAway(base);
  };
  if (!like) for (const [file, text] of Object.entries(SOURCES)) write(file, text);
  chmodSync(base, 0o755);
  giveAway(base);

  const environment = {
    PATH: programs,
    HOME: base,
    STUB_STATE: state,
    STUB_PACKAGES: JSON.stringify(PACKAGES),
    STUB_TYPESCRIPT: path.join(repository, 'node_modules/typescript'),
  };
  const start: Project['start'] = (flags = [], { env = {}, cwd = folder, pretend } = {}) => {
    const preload = pretend ? ['--import', pretending(pretend)] : [];
    const child = spawn(process.execPath, [...preload, at('scripts/setup.mjs'), ...flags], {
      cwd,
      env: { ...environment, ...env },
      ...(isRoot() ? { uid: NOBODY, gid: NOBODY } : {}),
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const done = new Promise<Run>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => {
        const lines = stderr.split('\n').filter((line) => line !== '');
        resolve({ code, stdout, said: lines.map((line) => line.replace(/^\[setup [\d.]+s\] /, '')) });
      });
    });
    return { pid: child.pid ?? 0, done };
  };
  return {
    folder,
    start,
    setup: (flags, options) => start(flags, options).done,
    calls: () => {
      const log = path.join(state, 'calls.log');
      return existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
    },
    installFaiss: () => writeFileSync(path.join(state, 'faiss'), ''),
    write,
    read: (file) => readFileSync(at(file), 'utf8'),
    has: (file) => existsSync(at(file)),
    remove: (file) => rmSync(at(file), { recursive: true }),
  };
}

type Places = {
  readonly programs: string;
  readonly state: string;
  readonly folder: string;
  readonly without: readonly Program[];
};

function fill({ programs, state, folder, without }: Places): void {
  for (const name of [programs, state, path.join(folder, 'scripts')]) mkdirSync(name, { recursive: true });
  for (const [name, text] of Object.entries(PROGRAMS)) {
    if (without.includes(name as Program)) continue;
    writeFileSync(path.join(programs, name), `#!${process.execPath}\n${text}`, { mode: 0o755 });
  }
  symlinkSync('/usr/bin/env', path.join(programs, 'env'));
  for (const name of readdirSync(path.join(repository, 'scripts')).filter((file) => /^setup.*\.mjs$/.test(file))) {
    cpSync(path.join(repository, 'scripts', name), path.join(folder, 'scripts', name));
  }
}

const SOURCES = {
  'package.json': JSON.stringify({ name: 'small', type: 'module' }),
  'package-lock.json': JSON.stringify({ lockfileVersion: 3, packages: {} }),
  'tsconfig.json': JSON.stringify({
    compilerOptions: {
      outDir: 'dist',
      rootDir: '.',
      module: 'nodenext',
      // Little to read, so that it compiles at once.
      lib: ['es5'],
      types: [],
      skipLibCheck: true,
      sourceMap: true,
      strict: true,
    },
    include: ['src', 'commands'],
  }),
  'src/main.ts': 'export const answer: number = 42;\n',
  'src/extra.ts': 'export const extra = true;\n',
  'src/page.html': '<p>A page</p>\n',
  'commands/ask.ts': "export const name = 'ask';\n",
};

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** To the user who runs the set-up in these tests. */
function giveAway(folder: string): void {
  if (!isRoot()) return;
  chownSync(folder, NOBODY, NOBODY);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) giveAway(path.join(folder, entry.name));
    else if (entry.isFile()) chownSync(path.join(folder, entry.name), NOBODY, NOBODY);
  }
}

/** A module that changes what `process` says, to be loaded before the script. */
function pretending(values: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(values).map(([name, value]) => {
    const text = name === 'versions' ? `{...process.versions, ...${JSON.stringify(value)}}` : JSON.stringify(value);
    return `Object.defineProperty(process, '${name}', {value: ${text}});`;
  });
  return `data:text/javascript,${encodeURIComponent(lines.join(''))}`;
}
