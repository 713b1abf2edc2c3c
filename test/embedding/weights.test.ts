import { describe, expect, it } from 'vitest';
import {
  type CpuFeatures,
  detectCpu,
  type PrecisionSetting,
  type Provider,
  pickWeights,
} from '../../src/embedding/weights.ts';
import { OperatorError } from '../../src/errors.ts';

/** As seen in sentence-transformers' and in Xenova's repositories. */
const SENTENCE_TRANSFORMERS = [
  'config.json',
  'onnx/model.onnx',
  'onnx/model_O1.onnx',
  'onnx/model_O4.onnx',
  'onnx/model_qint8_arm64.onnx',
  'onnx/model_qint8_avx512.onnx',
  'onnx/model_qint8_avx512_vnni.onnx',
  'onnx/model_quint8_avx2.onnx',
  'openvino/openvino_model.xml',
];
const XENOVA = [
  'config.json',
  'onnx/model.onnx',
  'onnx/model_fp16.onnx',
  'onnx/model_int8.onnx',
  'onnx/model_quantized.onnx',
];

const OLD: CpuFeatures = { arch: 'x64', avx2: false, avx512: false, vnni: false };
const AVX2 = { ...OLD, avx2: true };
const AVX512 = { ...AVX2, avx512: true };
const VNNI = { ...AVX512, vnni: true };
const ARM: CpuFeatures = { ...OLD, arch: 'arm64' };

function pick(files: readonly string[], precision: PrecisionSetting, provider: Provider = 'cpu', cpu = VNNI) {
  return pickWeights(files, { precision, provider, cpu });
}

describe('the weights', () => {
  it.each([
    ['AVX-512 with VNNI', VNNI, 'onnx/model_qint8_avx512_vnni.onnx'],
    ['AVX-512', AVX512, 'onnx/model_qint8_avx512.onnx'],
    ['AVX2', AVX2, 'onnx/model_quint8_avx2.onnx'],
    ['ARM', ARM, 'onnx/model_qint8_arm64.onnx'],
  ])('in int8 are those made for a processor with %s', (_name, cpu, file) => {
    expect(pick(SENTENCE_TRANSFORMERS, 'int8', 'cpu', cpu)).toEqual({ file, precision: 'int8' });
  });

  it('in int8 that are made for any processor serve where no others are', () => {
    expect(pick(XENOVA, 'int8', 'cpu', OLD)).toEqual({ file: 'onnx/model_quantized.onnx', precision: 'int8' });
    expect(pick(['onnx/model.onnx', 'onnx/model_int8.onnx'], 'int8').file).toBe('onnx/model_int8.onnx');
  });

  it('made for newer instructions than the processor has are not taken', () => {
    const picked = pick(['onnx/model.onnx', 'onnx/model_qint8_avx512_vnni.onnx'], 'int8', 'cpu', AVX2);
    expect(picked).toMatchObject({
      file: 'onnx/model.onnx',
      precision: 'fp32',
      note: expect.stringMatching(/no int8 weights/),
    });
  });

  it('are fp32 on a processor and fp16 on a GPU when nothing is asked for', () => {
    expect(pick(SENTENCE_TRANSFORMERS, 'auto')).toEqual({ file: 'onnx/model.onnx', precision: 'fp32' });
    expect(pick(SENTENCE_TRANSFORMERS, 'auto', 'cuda')).toEqual({ file: 'onnx/model_O4.onnx', precision: 'fp16' });
    expect(pick(XENOVA, 'auto', 'cuda')).toEqual({ file: 'onnx/model_fp16.onnx', precision: 'fp16' });
    expect(pick(XENOVA, 'auto', 'webgpu').file).toBe('onnx/model_fp16.onnx');
    expect(pick(XENOVA, 'auto', 'coreml').file).toBe('onnx/model.onnx');
  });

  it('with operators that only CUDA has are for CUDA only', () => {
    expect(pick(SENTENCE_TRANSFORMERS, 'auto', 'webgpu')).toEqual({ file: 'onnx/model.onnx', precision: 'fp32' });
    expect(pick(SENTENCE_TRANSFORMERS, 'fp16')).toMatchObject({
      file: 'onnx/model.onnx',
      precision: 'fp32',
      note: expect.any(String),
    });
    expect(pick(XENOVA, 'fp16')).toEqual({ file: 'onnx/model_fp16.onnx', precision: 'fp16' });
  });

  it('in fp32 are never replaced where fp32 was asked for', () => {
    expect(pick(SENTENCE_TRANSFORMERS, 'fp32', 'cuda')).toEqual({ file: 'onnx/model.onnx', precision: 'fp32' });
  });

  it('on a GPU are not int8, which its providers cannot run', () => {
    expect(pick(SENTENCE_TRANSFORMERS, 'int8', 'cuda')).toEqual({ file: 'onnx/model_O4.onnx', precision: 'fp16' });
  });

  it('of another precision serve, with a note, when the one asked for is missing', () => {
    expect(pick(['model.onnx'], 'int8')).toEqual({
      file: 'model.onnx',
      precision: 'fp32',
      note: 'no int8 weights for this machine in the model, fp32 serves',
    });
    expect(pick(['onnx/model_quantized.onnx'], 'auto')).toMatchObject({ precision: 'int8', note: expect.any(String) });
  });

  it('that are not ONNX are refused with what was expected and what is there', () => {
    expect(() => pick(['config.json', 'model.safetensors'], 'auto')).toThrow(
      /expected onnx\/model\.onnx, found no file/,
    );
    expect(() => pick(['onnx/decoder.onnx'], 'auto')).toThrow(/found onnx\/decoder\.onnx/);
    expect(() => pick([], 'auto')).toThrow(OperatorError);
  });
});

describe('the processor', () => {
  const read = (flags: string) =>
    detectCpu({ platform: 'linux', arch: 'x64', readCpuInfo: () => `processor : 0\nflags\t\t: ${flags}\nbugs : \n` });

  it('is known by its flags on Linux', () => {
    expect(read('fpu sse2 avx avx2')).toEqual(AVX2);
    expect(read('avx2 avx512f avx512dq avx512bw avx512vl')).toEqual(AVX512);
    expect(read('avx2 avx512f avx512dq avx512bw avx512vl avx512_vnni')).toEqual(VNNI);
    expect(read('avx2 avx512f')).toEqual(AVX2);
    expect(read('fpu sse2')).toEqual(OLD);
  });

  it('is assumed to have AVX2 and no more where the system does not tell', () => {
    expect(detectCpu({ platform: 'win32', arch: 'x64' })).toEqual(AVX2);
    expect(detectCpu({ platform: 'darwin', arch: 'arm64' })).toEqual(ARM);
    const unreadable = () => {
      throw new Error('no such file');
    };
    expect(detectCpu({ platform: 'linux', arch: 'x64', readCpuInfo: unreadable })).toEqual(AVX2);
  });
});
