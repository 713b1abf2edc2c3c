import { existsSync } from 'node:fs';
import path from 'node:path';
import { providerFolder } from './onnx-session.ts';
import type { Provider } from './weights.ts';

export type DeviceSetting = 'auto' | Provider;

export type Devices = {
  /** In the order to be tried; the processor last. */
  readonly providers: readonly Provider[];
  /** What the operator could do for more speed, one sentence each. */
  readonly notes: readonly string[];
};

export type Machine = {
  readonly platform: string;
  readonly arch: string;
  readonly exists: (file: string) => boolean;
  /** Where the libraries of ONNX Runtime's providers lie. */
  readonly providerFolder: () => string;
};

const THIS_MACHINE: Machine = {
  platform: process.platform,
  arch: process.arch,
  exists: existsSync,
  providerFolder,
};

const VULKAN_PLACES = ['/usr/lib/x86_64-linux-gnu', '/usr/lib64', '/usr/lib', '/usr/local/lib'];

/**
 * What may be tried on this machine. `auto` looks at files only, in microseconds, and leaves out what cannot load, so
 * that a machine without a GPU starts as fast as with DEVICE=cpu; a device that was named is tried in any case.
 */
export function providersFor(setting: DeviceSetting, machine: Machine = THIS_MACHINE): Devices {
  if (setting === 'cpu') return { providers: ['cpu'], notes: [] };
  if (setting !== 'auto') return { providers: [setting, 'cpu'], notes: [] };
  const { platform, arch } = machine;
  if (platform === 'darwin') return { providers: ['coreml', 'webgpu', 'cpu'], notes: [] };
  if (platform === 'win32') return { providers: ['dml', 'webgpu', 'cpu'], notes: [] };
  return platform === 'linux' && arch === 'x64' ? linuxDevices(machine) : { providers: ['cpu'], notes: [] };
}

function linuxDevices(machine: Machine): Devices {
  const { exists } = machine;
  const nvidia = ['/dev/nvidiactl', '/dev/nvidia0', '/usr/lib/wsl/lib/libcuda.so.1'].some(exists);
  const cuda = nvidia && exists(path.join(machine.providerFolder(), 'libonnxruntime_providers_cuda.so'));
  const vulkan = VULKAN_PLACES.some((folder) => exists(path.join(folder, 'libvulkan.so.1')));
  const webgpu = vulkan && (nvidia || exists('/dev/dri/renderD128'));
  return {
    providers: [...(cuda ? (['cuda'] as const) : []), ...(webgpu ? (['webgpu'] as const) : []), 'cpu'],
    notes: nvidia && !cuda ? ['There is an NVIDIA GPU without its provider: `npm run setup:cuda` adds it.'] : [],
  };
}
