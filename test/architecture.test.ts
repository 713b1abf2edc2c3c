import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * Who may import whom: a room is a folder below `src`, `commands`, or a file at the top of `src` by its name. What is
 * written `types:ROOM` may be imported as types only.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  version: [],
  log: ['errors'],
  progress: [],
  limits: ['errors'],
  'request-id': [],
  'or-abort': [],
  'seen-set': [],
  'seed-question': [],
  'setting-names': ['config'],
  'process-identity': [],
  lock: ['errors', 'process-identity'],
  'command-name': [],
  'settings-reader': ['errors'],
  'chat-config': ['types:command-name', 'types:settings-reader'],
  config: [
    'types:access',
    'access-rules',
    'chat-config',
    'types:command-name',
    'settings-reader',
    'types:log',
    'source-filters',
  ],
  check: [],
  access: ['corpus'],
  narrowing: ['errors'],
  'source-filters': ['corpus', 'errors', 'narrowing'],
  'access-rules': ['types:access', 'corpus'],
  'follow-settings': ['types:config', 'errors', 'corpus', 'retrieval'],
  platform: [],
  'create-chats': [
    'types:access',
    'types:command',
    'types:config',
    'discord',
    'types:help',
    'types:log',
    'types:memory',
    'types:platform',
    'slack',
  ],
  'start-chats': ['errors', 'types:log', 'types:platform'],
  sqlite: ['errors'],
  worker: ['errors'],
  hub: ['errors', 'log', 'progress', 'process-identity'],
  github: ['types:check', 'errors', 'log', 'types:platform'],
  corpus: ['errors', 'log', 'progress', 'hub', 'github', 'sqlite', 'process-identity'],
  embedding: ['errors', 'log', 'progress', 'hub', 'worker'],
  retrieval: ['errors', 'log', 'narrowing', 'progress', 'limits', 'corpus', 'embedding', 'worker', 'hub', 'github'],
  evaluation: ['errors', 'types:progress', 'corpus', 'embedding', 'retrieval'],
  command: ['types:access', 'types:retrieval'],
  memory: ['types:access', 'errors', 'log', 'sqlite', 'types:command', 'retrieval'],
  report: ['types:access', 'types:command', 'memory', 'reply-text', 'retrieval', 'worker'],
  commands: [
    'types:help',
    'types:access',
    'command',
    'types:command-name',
    'errors',
    'limits',
    'memory',
    'progress',
    'reply-text',
    'report',
    'retrieval',
    'corpus',
    'narrowing',
    'visible-text',
  ],
  help: [
    'types:access',
    'band-text',
    'types:command',
    'types:command-name',
    'errors',
    'limits',
    'log',
    'memory',
    'narrowing',
    'or-abort',
    'reply-text',
    'report',
    'request-id',
    'retrieval',
    'run-command',
    'seen-set',
    'visible-text',
  ],
  'visible-text': [],
  'reply-text': ['types:retrieval', 'visible-text'],
  'band-text': ['reply-text', 'types:retrieval'],
  'comment-code': ['visible-text'],
  'bold-words': ['retrieval'],
  'run-command': ['types:command', 'errors', 'types:log', 'types:memory', 'or-abort', 'reply-text', 'types:retrieval'],
  discord: [
    'types:access',
    'band-text',
    'bold-words',
    'check',
    'help',
    'command',
    'comment-code',
    'types:config',
    'errors',
    'limits',
    'log',
    'types:memory',
    'or-abort',
    'platform',
    'reply-text',
    'request-id',
    'types:retrieval',
    'run-command',
    'seen-set',
    'visible-text',
  ],
  slack: [
    'types:access',
    'band-text',
    'bold-words',
    'check',
    'help',
    'command',
    'command-name',
    'comment-code',
    'types:config',
    'errors',
    'limits',
    'log',
    'types:memory',
    'narrowing',
    'or-abort',
    'platform',
    'reply-text',
    'request-id',
    'types:retrieval',
    'run-command',
    'seen-set',
    'visible-text',
  ],
  web: [
    'band-text',
    'bold-words',
    'check',
    'command',
    'comment-code',
    'types:config',
    'errors',
    'evaluation',
    'limits',
    'log',
    'types:memory',
    'platform',
    'reply-text',
    'report',
    'request-id',
    'retrieval',
    'progress',
    'types:corpus',
    'visible-text',
  ],
  doctor: ['check', 'types:config', 'errors', 'log', 'or-abort', 'progress'],
};

/** These wire everything together, so they may know everything. */
const WIRING = new Set(['main', 'cli', 'terminal', 'data-files']);

/** Native libraries: each imported by one file, lazily. */
const NATIVE: Readonly<Record<string, string>> = {
  'onnxruntime-node': 'src/embedding/onnx-session.ts',
  'faiss-node': 'src/retrieval/faiss-index.ts',
  libsql: 'src/sqlite.ts',
};

type Import = {
  readonly file: string;
  readonly specifier: string;
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
};

const root = path.resolve(import.meta.dirname, '..');
const files = ['src', 'commands'].flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.join(folder, file)),
);
const imports = files.flatMap(importsOf);

function importsOf(file: string): Import[] {
  const code = readFileSync(path.join(root, file), 'utf8');
  const statics = [...code.matchAll(/^(?:import|export)\s+(type\s)?[^'"`;]*?from\s*'([^']+)'/gm)];
  const dynamics = [...code.matchAll(/(?<!\w|typeof )(?:import|require)\(\s*'([^']+)'\s*\)/g)];
  return [
    ...statics.map(([, type, specifier = '']) => ({ file, specifier, typeOnly: type !== undefined, dynamic: false })),
    ...dynamics.map(([, specifier = '']) => ({ file, specifier, typeOnly: false, dynamic: true })),
  ];
}

function roomOf(file: string): string {
  const [top = '', next = ''] = file.split(path.sep);
  return top === 'commands' ? 'commands' : path.basename(next, '.ts');
}

describe('the house', () => {
  it('lets a room import only what its place in the table allows', () => {
    const trespasses = imports
      .filter(({ file, specifier }) => specifier.startsWith('.') && !WIRING.has(roomOf(file)))
      .map((entry) => ({
        ...entry,
        from: roomOf(entry.file),
        to: roomOf(path.join(path.dirname(entry.file), entry.specifier)),
      }))
      .filter(({ from, to, typeOnly }) => {
        const allowed = MAY_IMPORT[from] ?? [];
        return from !== to && !allowed.includes(to) && !(typeOnly && allowed.includes(`types:${to}`));
      })
      .map(({ file, specifier, typeOnly }) => `${file} imports ${specifier}${typeOnly ? ' (types)' : ''}`);
    expect(trespasses).toEqual([]);
  });

  it('has a place in the table for every room', () => {
    const rooms = new Set(files.map(roomOf).filter((room) => !WIRING.has(room)));
    expect([...rooms].filter((room) => !(room in MAY_IMPORT))).toEqual([]);
  });

  it('imports each native library in one file, and not before it is needed', () => {
    for (const [library, home] of Object.entries(NATIVE)) {
      const users = imports.filter(({ specifier, typeOnly }) => specifier === library && !typeOnly);
      expect(users, library).toHaveLength(1);
      expect(users[0], library).toMatchObject({ file: home, dynamic: true });
    }
  });

  it('reads the environment in the configuration alone', () => {
    const readers = files.filter((file) =>
      /process\.env(?!\.OMP_NUM_THREADS)/.test(readFileSync(path.join(root, file), 'utf8')),
    );
    expect(readers).toEqual(['src/config.ts']);
  });

  it('keeps SQL in the files of the stores', () => {
    const sql = /\b(SELECT|INSERT INTO|DELETE FROM|CREATE TABLE)\b/;
    const users = files.filter((file) => sql.test(readFileSync(path.join(root, file), 'utf8')));
    for (const file of users) expect(file).toMatch(/^src\/(corpus\/sqlite-|corpus\/schema|memory\/sqlite-)/);
  });
});

describe('the tests', () => {
  it('have no hooks in helpers, where they would serve only the first of the files that share a process', () => {
    const helpers = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter((file) =>
      /(?<!\.test)\.ts$/.test(file),
    );
    const withHooks = helpers.filter((file) =>
      /^(before|after)(Each|All)\(/m.test(readFileSync(path.join(import.meta.dirname, file), 'utf8')),
    );
    expect(withHooks).toEqual(['set-up-file.ts']);
  });
});
