import { describe, expect, test } from 'vitest';
import { expectFailure } from './expect-failure.ts';
import { createProject } from './project.ts';

/** Its stubs are POSIX programs, and apt-get is Linux's. */
describe.skipIf(process.platform !== 'linux')('FAISS', () => {
  test('comes as the published binary where that loads', async () => {
    const project = createProject({ without: ['g++', 'apt-get'] });
    const { code } = await project.setup(['--no-compile'], { env: { STUB_PUBLISHED: 'works' } });
    expect(code).toBe(0);
    expect(project.calls().slice(1)).toEqual(['prebuild-install']);
  });

  test('is built here where the published binary does not load', async () => {
    const project = createProject();
    project.installFaiss();
    const { code, said } = await project.setup(['--no-compile'], {
      env: { STUB_PUBLISHED: 'made for another libc' },
    });
    expect(code).toBe(0);
    expect(said).toContain('faiss-node: the published binary does not load here');
    expect(project.calls().slice(1)).toEqual(['prebuild-install', 'g++']);
  });

  test('is built without asking for a binary when the operator says so', async () => {
    const project = createProject();
    project.installFaiss();
    const { code } = await project.setup(['--no-compile'], { env: { npm_config_build_from_source: 'true' } });
    expect(code).toBe(0);
    expect(project.calls().slice(1)).toEqual(['g++']);
  });

  test('is installed with apt-get, whose lists are fetched only when it fails', async () => {
    const project = createProject();
    const { code } = await project.setup(['--no-compile'], { env: { STUB_SUDO: 'yes' } });
    expect(code).toBe(0);
    expect(project.calls().slice(2)).toEqual(['g++', 'apt-get install', 'apt-get update', 'apt-get install', 'g++']);
  });

  test('is named, with what to install, without root', async () => {
    const project = createProject();
    expectFailure(
      await project.setup(['--no-compile']),
      /^FAISS is missing, and installing it takes root: run sudo apt-get install g\+\+ libfaiss-dev libopenblas-dev, then/,
    );
    project.installFaiss();
    expect((await project.setup(['--no-compile'])).code).toBe(0);
  });

  test('is named without a compiler', async () => {
    expectFailure(
      await createProject({ without: ['g++', 'sudo'] }).setup(['--no-compile']),
      /run sudo apt-get install g\+\+/,
    );
  });

  test('is named where apt-get cannot install it, after what apt-get said', async () => {
    const run = await createProject().setup(['--no-compile'], { env: { STUB_SUDO: 'yes', STUB_APT: 'broken' } });
    expect(run.said.join('\n')).toContain('E: Unable to locate package libfaiss-dev');
    expectFailure(run, /^FAISS is missing, and apt-get could not install it/);
  });

  test('is named on a Linux without apt-get', async () => {
    expectFailure(
      await createProject({ without: ['apt-get'] }).setup(['--no-compile']),
      /Fedora: sudo dnf install gcc-c\+\+/,
    );
  });

  test('that is there and does not fit is not installed once more', async () => {
    const project = createProject();
    project.installFaiss();
    const run = await project.setup(['--no-compile'], {
      env: { STUB_COMPILED: 'of another world', STUB_SUDO: 'yes' },
    });
    expectFailure(run, /^The FAISS of this system is there, but faiss-node cannot be built with it/);
    expect(project.calls()).not.toContain('apt-get install');
  });
});
