import { execFile } from 'node:child_process';
import path from 'node:path';
import { OperatorError, toError } from '../errors.ts';
import { providerFolder } from './onnx-session.ts';
import type { Provider } from './weights.ts';

/** By the beginning of a library's name: what to install where it is missing. First match counts. */
const INSTALL: readonly (readonly [RegExp, string])[] = [
  [/^libonnxruntime_providers_/, 'run `npm run setup:cuda`, which adds the CUDA provider'],
  [/^libcuda\.so/, 'install the NVIDIA driver, version 580 or later for CUDA 13'],
  [/^libcudnn/, 'install cuDNN 9 for the same CUDA version, and add its folder to LD_LIBRARY_PATH'],
  [
    /^lib(cublas|cublasLt|cudart|curand|cufft|nvrtc|nvJitLink|cusparse)\b/,
    'install the CUDA toolkit of that version, or its runtime libraries, and add their folder to LD_LIBRARY_PATH',
  ],
  [
    /^libvulkan/,
    'install the Vulkan loader (Debian and Ubuntu: apt-get install libvulkan1) and the driver of your GPU',
  ],
];

const HOMES: Readonly<Partial<Record<Provider, string>>> = {
  cuda: 'Linux on x64',
  coreml: 'macOS',
  dml: 'Windows',
  webgpu: 'Linux x64, macOS and Windows',
};

const PROBE_TIMEOUT_MS = 10_000;

/** Why a provider did not load, and what mends it: ONNX Runtime's own message does not say which library is missing. */
export async function explainProvider(provider: Provider, cause: unknown): Promise<OperatorError> {
  const error = toError(cause);
  if (error instanceof OperatorError) return error;
  const missing = await missingLibrary(libraryOf(provider));
  return new OperatorError(describeFault(provider, error.message, missing), { cause: error });
}

export function describeFault(provider: Provider, message: string, missing: string | undefined): string {
  const name = provider.toUpperCase();
  if (/backend not found/i.test(message)) {
    return `${name} is not to be had on this machine: it exists on ${HOMES[provider] ?? 'other machines'} only. Set DEVICE=auto or DEVICE=cpu.`;
  }
  if (missing) {
    const advice = INSTALL.find(([name]) => name.test(missing))?.[1] ?? 'install the package that brings it';
    return `${name} does not load, since the library ${missing} is missing: ${advice}.`;
  }
  const detail = message
    .split('\n')[0]
    ?.replace(/^\/onnxruntime_src\S*\s*/, '')
    .slice(0, 300);
  return `${name} does not load (${detail}): check the driver of the GPU, or set DEVICE=auto or DEVICE=cpu.`;
}

/** The library to look at: the provider's own, or what it opens while it runs. */
function libraryOf(provider: Provider): string | undefined {
  if (process.platform !== 'linux') return undefined;
  if (provider === 'cuda') return path.join(providerFolder(), 'libonnxruntime_providers_cuda.so');
  return provider === 'webgpu' ? 'libvulkan.so.1' : undefined;
}

/**
 * The first library that the dynamic linker misses when it loads `library`; undefined when it misses none. Asked in
 * another process, since loading has side effects and cannot be undone.
 */
export async function missingLibrary(library: string | undefined): Promise<string | undefined> {
  if (!library) return undefined;
  const probe = 'try { process.dlopen({ exports: {} }, process.argv[1]) } catch (error) { console.log(error.message) }';
  const message = await new Promise<string>((resolve) => {
    const options = { timeout: PROBE_TIMEOUT_MS, encoding: 'utf8' } as const;
    execFile(process.execPath, ['-e', probe, library], options, (_error, stdout) => resolve(stdout));
  });
  const found = /(\S+): cannot open shared object file/.exec(message)?.[1];
  return found && path.basename(found);
}
