import { describe, expect, it } from 'vitest';
import { type Machine, providersFor } from '../../src/embedding/devices.ts';

const PROVIDERS = '/app/onnxruntime/linux/x64';
const CUDA_PROVIDER = `${PROVIDERS}/libonnxruntime_providers_cuda.so`;
const VULKAN = '/usr/lib/x86_64-linux-gnu/libvulkan.so.1';

function machine(platform: string, arch: string, files: readonly string[] = []): Machine {
  return { platform, arch, exists: (file) => files.includes(file), providerFolder: () => PROVIDERS };
}

describe('the devices to try', () => {
  it.each([
    ['a Mac', machine('darwin', 'arm64'), ['coreml', 'webgpu', 'cpu']],
    ['Windows', machine('win32', 'x64'), ['dml', 'webgpu', 'cpu']],
    ['Linux without a GPU', machine('linux', 'x64'), ['cpu']],
    ['Linux on ARM', machine('linux', 'arm64', ['/dev/nvidiactl', CUDA_PROVIDER]), ['cpu']],
    ['Linux with an NVIDIA GPU', machine('linux', 'x64', ['/dev/nvidiactl', CUDA_PROVIDER]), ['cuda', 'cpu']],
    [
      'Linux with an NVIDIA GPU and Vulkan',
      machine('linux', 'x64', ['/dev/nvidiactl', CUDA_PROVIDER, VULKAN]),
      ['cuda', 'webgpu', 'cpu'],
    ],
    ['Linux with another GPU', machine('linux', 'x64', ['/dev/dri/renderD128', VULKAN]), ['webgpu', 'cpu']],
    ['Linux with Vulkan and no GPU', machine('linux', 'x64', [VULKAN]), ['cpu']],
  ])('on %s are those that it can have, by order, the processor last', (_name, computer, providers) => {
    expect(providersFor('auto', computer)).toEqual({ providers, notes: [] });
  });

  it('say what would make an NVIDIA GPU usable', () => {
    const { providers, notes } = providersFor('auto', machine('linux', 'x64', ['/dev/nvidiactl']));
    expect(providers).toEqual(['cpu']);
    expect(notes.join()).toMatch(/npm run setup:cuda/);
  });

  it('are the named one and the processor to compare it with', () => {
    expect(providersFor('cuda', machine('linux', 'arm64')).providers).toEqual(['cuda', 'cpu']);
    expect(providersFor('cpu', machine('darwin', 'arm64')).providers).toEqual(['cpu']);
  });
});
