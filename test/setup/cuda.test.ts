import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { hasNvidiaDevice } from '../../scripts/setup-cuda.mjs';
import { createReadyProject, type Project, type Run, removeTemplate } from './project.ts';

const PROVIDER = 'node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so';

afterAll(removeTemplate);

test('the model that the check makes runs on the real ONNX Runtime', async () => {
  const script = path.resolve(import.meta.dirname, '../../scripts/setup-cuda-check.mjs');
  await promisify(execFile)(process.execPath, [script, 'cpu']);
});

describe.skipIf(process.platform !== 'linux' || process.arch !== 'x64')('setup:cuda', () => {
  test('fetches the provider from NuGet, with the one value that its script understands', async () => {
    const project = await createReadyProject();
    const { code, said } = await setupCuda(project, { STUB_NUGET: 'works', STUB_CUDA: 'works' });
    expect(said.at(-1)).toMatch(/^CUDA works here/);
    expect(code).toBe(0);
    expect(project.read(PROVIDER)).toBe('from NuGet');
    expect(newCalls(project)).toEqual(['nuget true']);
  });

  test('fetches it from the Python wheel of the same version where NuGet cannot be reached', async () => {
    const project = await createReadyProject();
    const { code, said } = await setupCuda(project, { STUB_WHEEL: 'works', STUB_CUDA: 'works' });
    expect(code).toBe(0);
    expect(said).toContain('CUDA provider: NuGet cannot be had: Error: getaddrinfo ENOTFOUND');
    expect(project.read(PROVIDER)).toBe('from the wheel');
    expect(newCalls(project)).toEqual(['nuget true', 'pip onnxruntime-gpu==1.30.0']);
  });

  test('fetches nothing twice, and the provider again after one that came half', async () => {
    const project = await createReadyProject();
    const env = { STUB_WHEEL: 'works', STUB_CUDA: 'works' };
    await setupCuda(project, env);
    expect((await setupCuda(project, env)).said[0]).toBe('CUDA provider: in place');
    project.remove(PROVIDER);
    await setupCuda(project, env);
    expect(project.read(PROVIDER)).toBe('from the wheel');
  });

  test('says what to do where it comes from neither', async () => {
    const run = await setupCuda(await createReadyProject(), {});
    expect(run.code).toBe(1);
    expect(run.said.at(-1)).toMatch(/came neither from NuGet nor from Python's package index: open the way/);
  });

  test.each([
    ['libcublasLt.so.13 libcudart.so.13', /^libcublasLt\.so\.13, libcudart\.so\.13 are missing.*CUDA 13 toolkit/],
    ['libcublas.so.12', /^libcublas\.so\.12 is missing.*CUDA 12 toolkit .*nvidia-cublas-cu12/],
    ['libcuda.so.1', /^libcuda\.so\.1 is missing.*install the NVIDIA driver \(580 or later\), then/],
    ['libcudnn.so.9', /^libcudnn\.so\.9 is missing.*install cuDNN 9/],
  ])('names every missing library and what to install: %s', async (libraries, sentence) => {
    const project = await createReadyProject();
    const env = { STUB_NUGET: 'works', STUB_CUDA: 'Failed to load library', STUB_LACKS: libraries };
    const { code, said } = await setupCuda(project, env);
    expect(code).toBe(1);
    expect(said.at(-1)).toMatch(sentence);
  });

  test('says that there is no CUDA device, which is not a fault of the set-up', async () => {
    const env = { STUB_NUGET: 'works', STUB_CUDA: 'CUDA failure 100: no CUDA-capable device is detected' };
    const { code, said } = await setupCuda(await createReadyProject(), env);
    expect(code).toBe(0);
    expect(said.at(-1)).toMatch(/there is no CUDA device here/);
  });

  test('shows what the trial said where nothing is missing', async () => {
    const env = { STUB_NUGET: 'works', STUB_CUDA: 'CUDA failure 35: driver version is insufficient' };
    const { code, said } = await setupCuda(await createReadyProject(), env);
    expect(code).toBe(1);
    expect(said.join('\n')).toContain('driver version is insufficient');
    expect(said.at(-1)).toMatch(/renew the NVIDIA driver/);
  });

  test.skipIf(hasNvidiaDevice())('fetches nothing where no NVIDIA device shows, unless that is forced', async () => {
    const project = await createReadyProject();
    const { code, said } = await project.setup(['--cuda'], { env: { STUB_NUGET: 'works', STUB_CUDA: 'works' } });
    expect(code).toBe(1);
    expect(said.at(-1)).toMatch(/shows no NVIDIA device.*npm run setup:cuda -- --force$/);
    expect(newCalls(project)).toEqual([]);
  });

  test('says where there is no such provider', async () => {
    const project = await createReadyProject();
    const run = await project.setup(['--cuda'], { pretend: { arch: 'arm64' }, env: { STUB_PUBLISHED: 'works' } });
    expect(run.code).toBe(1);
    expect(run.said.at(-1)).toMatch(/exists for linux\/x64 only, and this is linux\/arm64/);
  });
});

function setupCuda(project: Project, env: Readonly<Record<string, string>>): Promise<Run> {
  return project.setup(['--cuda', '--force'], { env });
}

function newCalls(project: Project): readonly string[] {
  return project.calls().filter((call) => /^(nuget|pip)/.test(call));
}
