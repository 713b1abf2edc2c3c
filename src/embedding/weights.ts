import { readFileSync } from 'node:fs';
import { OperatorError } from '../errors.ts';
import type { Precision } from './embedder.ts';

/** What can run a model: ONNX Runtime's execution providers. */
export type Provider = 'cuda' | 'coreml' | 'dml' | 'webgpu' | 'cpu';
export type PrecisionSetting = 'auto' | Precision;

/** What decides which int8 file a processor runs well. */
export type CpuFeatures = {
  readonly arch: string;
  readonly avx2: boolean;
  readonly avx512: boolean;
  readonly vnni: boolean;
};

export type PickedWeights = {
  /** Below the model's folder. */
  readonly file: string;
  readonly precision: Precision;
  /** What the operator should know: the precision that was asked for is not there. */
  readonly note?: string;
};

const FILES: Readonly<Record<'fp32' | 'fp16' | 'fp16ForCuda', readonly string[]>> = {
  fp32: ['model.onnx'],
  fp16: ['model_fp16.onnx'],
  // Optimum's level 4: half precision with operators that only a GPU has.
  fp16ForCuda: ['model_O4.onnx', 'model_fp16.onnx'],
};

/**
 * Chooses among a repository's files, by the names that sentence-transformers and Xenova give them.
 *
 * `auto` is fp32, and fp16 on a GPU where there is such a file: int8 is 3 times faster on a processor, but costs
 * quality, so it has to be asked for. GPUs have no kernels for int8 of this kind; there `int8` means what `auto` does.
 * A precision that is not there falls to fp32, with a note.
 *
 * @throws OperatorError when there are no weights in ONNX form
 */
export function pickWeights(
  files: readonly string[],
  { precision, provider, cpu }: { precision: PrecisionSetting; provider: Provider; cpu: CpuFeatures },
): PickedWeights {
  const wanted = wantedPrecision(precision, provider);
  const found = firstOf(files, namesFor(wanted, provider, cpu));
  if (found) return { file: found, precision: wanted };
  for (const other of ['fp32', 'fp16', 'int8'] as const) {
    const file = firstOf(files, namesFor(other, provider, cpu));
    if (!file) continue;
    const asked = precision === 'auto' ? other === 'fp32' : precision === other || provider !== 'cpu';
    return asked
      ? { file, precision: other }
      : { file, precision: other, note: `no ${wanted} weights for this machine in the model, ${other} serves` };
  }
  const onnx = files.filter((file) => file.endsWith('.onnx'));
  throw new OperatorError(
    `The model has no weights that can be used: expected onnx/model.onnx, found ${onnx.join(', ') || 'no file that ends in .onnx'}. Choose a model that has an onnx folder, or export it with sentence-transformers (\`backend="onnx"\`).`,
  );
}

function wantedPrecision(precision: PrecisionSetting, provider: Provider): Precision {
  if (provider === 'cpu') return precision === 'auto' ? 'fp32' : precision;
  if (precision === 'fp32') return 'fp32';
  // CoreML brings fp32 into the form that its chip wants by itself.
  return provider === 'coreml' && precision !== 'fp16' ? 'fp32' : 'fp16';
}

function namesFor(precision: Precision, provider: Provider, cpu: CpuFeatures): readonly string[] {
  if (precision === 'int8') return int8Names(cpu);
  return FILES[precision === 'fp16' && provider === 'cuda' ? 'fp16ForCuda' : precision];
}

/**
 * Best first. A file for newer instructions is not taken on a processor without them: its products overflow 16 bits
 * there. The files without an instruction set in their name are made to run anywhere.
 */
function int8Names({ arch, avx2, avx512, vnni }: CpuFeatures): readonly string[] {
  return [
    ...(vnni ? ['model_qint8_avx512_vnni.onnx'] : []),
    ...(avx512 ? ['model_qint8_avx512.onnx'] : []),
    ...(avx2 ? ['model_quint8_avx2.onnx'] : []),
    ...(arch === 'arm64' ? ['model_qint8_arm64.onnx'] : []),
    'model_quantized.onnx',
    'model_int8.onnx',
  ];
}

function firstOf(files: readonly string[], names: readonly string[]): string | undefined {
  return names.flatMap((name) => [`onnx/${name}`, name]).find((file) => files.includes(file));
}

/** Reads what the processor can do. Where the system does not tell, AVX2 is assumed on x64 and no more. */
export function detectCpu({
  platform = process.platform,
  arch = process.arch,
  readCpuInfo = () => readFileSync('/proc/cpuinfo', 'utf8'),
}: {
  platform?: string;
  arch?: string;
  readCpuInfo?: () => string;
} = {}): CpuFeatures {
  const unknown = { arch, avx2: arch === 'x64', avx512: false, vnni: false };
  if (platform !== 'linux' || arch !== 'x64') return unknown;
  try {
    const flags = new Set(/^flags\s*:(.*)$/m.exec(readCpuInfo())?.[1]?.trim().split(/\s+/));
    if (flags.size === 0) return unknown;
    const avx512 = ['avx512f', 'avx512bw', 'avx512vl', 'avx512dq'].every((flag) => flags.has(flag));
    return { arch, avx2: flags.has('avx2'), avx512, vnni: avx512 && flags.has('avx512_vnni') };
  } catch {
    return unknown;
  }
}
