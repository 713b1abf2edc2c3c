import { chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, describe, expect, test } from 'vitest';
import { expectFailure } from './expect-failure.ts';
import { createProject, createReadyProject, type Project, removeTemplate } from './project.ts';

afterAll(removeTemplate);

/** The programs that the set-up calls here have POSIX stubs, and apt-get is Linux's. */
describe.skipIf(process.platform !== 'linux')('set-up', () => {
  test('a fresh clone becomes ready, with its words on stderr only', async () => {
    const project = createProject();
    project.installFaiss();

    const { code, stdout, said } = await project.setup();

    expect(said).toEqual([
      'npm ci: installing the packages',
      'added 7 packages',
      'faiss-node: fetching the published binary (15 s at most)',
      'faiss-node: the published binary cannot be fetched',
      'faiss-node: building it with the FAISS of this system',
      'compiling',
    ]);
    expect(code).toBe(0);
    expect(stdout).toBe('');
    expect(project.read('dist/src/main.js')).toContain('42');
    expect(project.has('.cache/setup-lock')).toBe(false);
  });

  test('nothing is called and nothing is said when nothing is missing', async () => {
    const project = await createReadyProject();
    const before = project.calls();

    const { code, said } = await project.setup();

    expect({ code, said }).toEqual({ code: 0, said: [] });
    expect(project.calls()).toEqual(before);
  });

  test('it works from another working directory', async () => {
    const project = createProject();
    project.installFaiss();
    const { code } = await project.setup([], { cwd: tmpdir() });
    expect(code).toBe(0);
    expect(project.has('dist/src/main.js')).toBe(true);
  });

  test('NODE_ENV=production still installs what compiles', async () => {
    const project = createProject();
    project.installFaiss();
    const { code } = await project.setup([], { env: { NODE_ENV: 'production' } });
    expect(code).toBe(0);
    expect(project.calls()[0]).toMatch(/^npm ci .*--include=dev/);
  });

  test('install scripts of packages are not run', async () => {
    const project = await createReadyProject();
    expect(project.calls()[0]).toMatch(/^npm ci .*--ignore-scripts/);
  });

  test('an unknown flag is named', async () => {
    expectFailure(await createProject().setup(['--cudda']), /^--cudda is not known here/);
  });

  describe('stops with one sentence that says what to do', () => {
    test.each(['18.20.8', '20.18.3', '12.22.12'])('on Node %s', async (node) => {
      const run = await createProject().setup([], { pretend: { versions: { node }, version: `v${node}` } });
      expect(run.code).toBe(1);
      expect(run.said).toHaveLength(1);
      expect(run.said[0]).toMatch(/needs Node 20\.19 or newer .* this is v\d+.*: install one/);
    });

    test('on a platform that ONNX Runtime has no build for', async () => {
      const run = await createProject().setup([], { pretend: { platform: 'darwin', arch: 'x64' } });
      expectFailure(run, /this is darwin\/x64, for which .* no build/);
    });

    test('without npm', async () => {
      expectFailure(await createProject({ without: ['npm'] }).setup(), /^npm is missing: install it/);
    });

    test('without a way to the npm registry, and goes on once there is one', async () => {
      const project = createProject();
      project.installFaiss();
      expectFailure(
        await project.setup([], { env: { STUB_NPM: 'offline' } }),
        /^The npm registry cannot be reached: check the network, or name a proxy/,
      );
      expect((await project.setup()).code).toBe(0);
    });

    test('where node_modules cannot be written', async () => {
      const project = createProject();
      chmodSync(project.folder, 0o555);
      const run = await project.setup();
      chmodSync(project.folder, 0o755);
      expectFailure(run, /cannot be written by .*: run this as the folder's owner/);
      expect(project.calls()).toEqual([]);
    });

    test('where the code does not compile, and compiles once it is mended', async () => {
      const project = await createReadyProject();
      project.write('src/main.ts', 'export const answer: number = "many";\n');
      const run = await project.setup();
      expectFailure(run, /^The TypeScript code does not compile/);
      expect(run.said.join('\n')).toContain('src/main.ts(1,14)');

      expectFailure(await project.setup(), /does not compile/);
      project.write('src/main.ts', 'export const answer: number = 43;\n');
      expect((await project.setup()).code).toBe(0);
      expect(project.read('dist/src/main.js')).toContain('43');
    });
  });

  describe('repairs', () => {
    test('an npm ci that was killed half-way', async () => {
      const project = createProject();
      project.installFaiss();
      const { pid, done } = project.start([], { env: { STUB_NPM: 'hang' } });
      await until(() => project.calls().some((call) => call.startsWith('hanging')));
      process.kill(pid, 'SIGKILL');
      await done;
      expect(project.has('node_modules/faiss-node')).toBe(false);

      const { code, said } = await project.setup();

      expect(isAlive(hangingPid(project))).toBe(false);
      expect(code).toBe(0);
      expect(said[0]).toMatch(/^taking over from process \d+, which did not finish its set-up$/);
      expect(said).toContain('npm ci: installing the packages');
    });

    test('packages that package-lock.json no longer describes', async () => {
      const project = await createReadyProject();
      project.write('package-lock.json', '{"lockfileVersion": 3, "packages": {"": {}}}');
      expect((await project.setup()).said).toContain('npm ci: installing the packages');
    });

    test('a FAISS binary that was damaged', async () => {
      const project = await createReadyProject();
      project.write('node_modules/faiss-node/build/Release/faiss-node.node', 'half');
      const { code, said } = await project.setup();
      expect(code).toBe(0);
      expect(said).toContain('faiss-node: building it with the FAISS of this system');
      expect(said).not.toContain('npm ci: installing the packages');
    });

    test('nothing, but tries the libraries, after a change of Node', async () => {
      const project = await createReadyProject();
      project.write('node_modules/libsql/index.js', 'throw new Error("built for another Node")');
      expect((await project.setup()).code).toBe(0);
      const run = await project.setup([], { pretend: { versions: { node: '99.0.0' } } });
      expectFailure(run, /^libsql does not load on this machine/);
      expect(project.calls().filter((call) => call.startsWith('npm'))).toHaveLength(1);
    });
  });

  describe('compiles', () => {
    test('again after a source changed, and drops what a deleted source left', async () => {
      const project = await createReadyProject();
      project.write('src/main.ts', 'export const answer: number = 1764;\n');
      project.remove('src/extra.ts');

      const { said } = await project.setup();

      expect(said).toEqual(['compiling']);
      expect(project.read('dist/src/main.js')).toContain('1764');
      expect(project.has('dist/src/extra.js')).toBe(false);
      expect(project.has('dist/src/extra.js.map')).toBe(false);
      expect(project.has('dist/commands/ask.js')).toBe(true);
    });

    test('with the files that lie beside the code', async () => {
      const project = await createReadyProject();
      expect(project.read('dist/src/page.html')).toBe(project.read('src/page.html'));
      project.remove('src/page.html');
      await project.setup();
      expect(project.has('dist/src/page.html')).toBe(false);
    });

    test('unasked after half of dist is gone with its stamp, and always with --build', async () => {
      const project = await createReadyProject();
      project.remove('dist');
      expect((await project.setup()).said).toEqual(['compiling']);
      expect((await project.setup(['--build'])).said).toEqual(['compiling']);
    });

    test('not with --no-compile', async () => {
      const project = createProject();
      project.installFaiss();
      const { code } = await project.setup(['--no-compile']);
      expect(code).toBe(0);
      expect(project.has('dist')).toBe(false);
    });
  });

  describe('two at once', () => {
    test('install once: the second waits and finds everything in place', async () => {
      const project = createProject();
      project.installFaiss();
      const first = project.start(['--no-compile'], { env: { STUB_NPM: 'slow' } });
      await until(() => project.has('.cache/setup-lock'));
      const second = await project.setup(['--no-compile'], { env: { STUB_NPM: 'slow' } });

      expect(second.said).toEqual([`waiting for another set-up (process ${first.pid}) to finish`]);
      expect([(await first.done).code, second.code]).toEqual([0, 0]);
      expect(project.calls().filter((call) => call.startsWith('npm'))).toHaveLength(1);
    });

    test('many started together leave one whole installation and no lock', async () => {
      const project = createProject();
      project.installFaiss();
      const runs = await Promise.all(
        Array.from({ length: 5 }, () => project.setup(['--no-compile'], { env: { STUB_NPM: 'slow' } })),
      );
      expect(runs.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
      expect(project.calls().filter((call) => call.startsWith('npm'))).toHaveLength(1);
      expect(project.has('.cache/setup-lock')).toBe(false);
    });

    test('a lock whose process is gone is taken over', async () => {
      const project = createProject();
      project.installFaiss();
      const { pid, done } = project.start(['--no-compile'], { env: { STUB_NPM: 'hang' } });
      await until(() => project.has('.cache/setup-lock/owner.json'));
      process.kill(pid, 'SIGKILL');
      await done;
      const runs = await Promise.all([
        project.setup(['--no-compile']),
        project.setup(['--no-compile']),
        project.setup(['--no-compile']),
      ]);
      expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
    });
  });

  test('a signal ends what the set-up had started, and frees its lock', async () => {
    const project = createProject();
    const { pid, done } = project.start(['--no-compile'], { env: { STUB_NPM: 'hang' } });
    await until(() => project.calls().some((call) => call.startsWith('hanging')));
    process.kill(pid, 'SIGTERM');
    const { code } = await done;
    expect(code).toBe(143);
    await until(() => !isAlive(hangingPid(project)));
    expect(project.has('.cache/setup-lock')).toBe(false);
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** The npm that was started and left hanging. */
function hangingPid(project: Project): number {
  const pid = Number(
    project
      .calls()
      .find((call) => call.startsWith('hanging'))
      ?.split(' ')[1],
  );
  expect(pid).toBeGreaterThan(0);
  return pid;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
