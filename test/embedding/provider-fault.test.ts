import { describe, expect, it } from 'vitest';
import { describeFault, explainProvider, missingLibrary } from '../../src/embedding/provider-fault.ts';
import { OperatorError } from '../../src/errors.ts';

describe('a provider that does not load', () => {
  it.each([
    ['libonnxruntime_providers_cuda.so', /npm run setup:cuda/],
    ['libcuda.so.1', /NVIDIA driver, version 580/],
    ['libcublasLt.so.13', /CUDA toolkit of that version.*LD_LIBRARY_PATH/],
    ['libcudart.so.13', /CUDA toolkit/],
    ['libcudnn.so.9', /cuDNN 9/],
    ['libvulkan.so.1', /libvulkan1/],
    ['libsomething.so.2', /install the package that brings it/],
  ])('names the first missing library, %s, and what to install', (library, advice) => {
    const message = describeFault('cuda', 'Failed to load shared library', library);
    expect(message).toContain(`CUDA does not load, since the library ${library} is missing`);
    expect(message).toMatch(advice);
  });

  it('says where it exists when it exists elsewhere', () => {
    expect(describeFault('coreml', 'no available backend found. ERR: [coreml] backend not found.', undefined)).toBe(
      'COREML is not to be had on this machine: it exists on macOS only. Set DEVICE=auto or DEVICE=cpu.',
    );
  });

  it('passes on what ONNX Runtime said when no library is missing', () => {
    expect(
      describeFault('cuda', 'CUDA failure 100: no CUDA-capable device is detected\nat somewhere', undefined),
    ).toMatch(/CUDA does not load \(CUDA failure 100: no CUDA-capable device is detected\): check the driver/);
  });

  it('keeps an error that says already what to do', async () => {
    const error = new OperatorError('The weights are not whole.');
    expect(await explainProvider('cuda', error)).toBe(error);
  });
});

describe.skipIf(process.platform !== 'linux')('the dynamic linker', () => {
  it('tells which library is missing, without harm to this process', async () => {
    expect(await missingLibrary('libthere-is-no-such-library.so.7')).toBe('libthere-is-no-such-library.so.7');
    expect(await missingLibrary('/nowhere/libonnxruntime_providers_cuda.so')).toBe('libonnxruntime_providers_cuda.so');
  });

  it('misses nothing in a library that loads', async () => {
    expect(await missingLibrary('libc.so.6')).toBeUndefined();
    expect(await missingLibrary(undefined)).toBeUndefined();
  });
});
