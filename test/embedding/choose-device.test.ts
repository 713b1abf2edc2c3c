import { describe, expect, it } from 'vitest';
import { type ChooseOptions, chooseDevice, type Encoder } from '../../src/embedding/choose-device.ts';
import type { DeviceSetting } from '../../src/embedding/devices.ts';
import type { Weights } from '../../src/embedding/model-files.ts';
import { openOnnxEmbedder } from '../../src/embedding/onnx-embedder.ts';
import type { Provider } from '../../src/embedding/weights.ts';
import { OperatorError } from '../../src/errors.ts';
import { resolveFolder, TINY_MODEL } from './tiny-model.ts';

const FP32: Weights = { file: 'model.onnx', precision: 'fp32', sha256: '1' };
const O4: Weights = { file: 'model_O4.onnx', precision: 'fp16', sha256: '2' };
const INT8: Weights = { file: 'model_int8.onnx', precision: 'int8', sha256: '3' };
const ROWS = [[1], [2, 3]];

/** How a provider behaves with a file; `tilt` is the tangent of its angle to the right vectors. */
type Behaviour = { readonly ms?: number; readonly tilt?: number; readonly fails?: string };

/** Time is what the encoders say it takes. */
function machine(behaviours: Readonly<Record<string, Behaviour>>) {
  let clock = 0;
  const open: string[] = [];
  const encoderFor = (name: string, { ms = 1, tilt = 0 }: Behaviour): Encoder => ({
    async encode(rows) {
      clock += ms * rows.length;
      return Float32Array.from(rows.flatMap(([id = 0]) => [id, id * tilt]));
    },
    async close() {
      open.splice(open.indexOf(name), 1);
    },
  });
  return {
    open,
    choose: (setting: DeviceSetting, providers: readonly Provider[], weights: ChooseOptions['weights']) =>
      chooseDevice({
        setting,
        providers,
        weights,
        dimensions: 2,
        rows: ROWS,
        now: () => clock,
        explain: async (_provider, error) =>
          error instanceof OperatorError ? error : new OperatorError(`explained: ${String(error)}`),
        async open(provider, file) {
          const name = `${provider} ${file}`;
          const behaviour = behaviours[name] ?? { fails: 'unexpected' };
          if (behaviour.fails) throw new Error(behaviour.fails);
          open.push(name);
          return encoderFor(name, behaviour);
        },
      }),
  };
}

describe('the device', () => {
  it('is the processor where nothing else is to be tried', async () => {
    const { choose, open } = machine({ 'cpu model.onnx': {} });
    expect(await choose('auto', ['cpu'], { cpu: FP32 })).toMatchObject({ provider: 'cpu', weights: FP32, reasons: [] });
    expect(open).toEqual(['cpu model.onnx']);
  });

  it('is the first provider that is faster and gives the same vectors, and nothing else stays loaded', async () => {
    const { choose, open } = machine({ 'cpu model.onnx': { ms: 10 }, 'cuda model.onnx': { ms: 1, tilt: 0.01 } });
    const choice = await choose('auto', ['cuda', 'webgpu', 'cpu'], { cpu: FP32 });
    expect(choice.provider).toBe('cuda');
    expect(choice.reasons.join()).toMatch(/cuda takes 2 ms for 2 texts, cpu 20 ms, lowest cosine 0\.9999/);
    expect(open).toEqual(['cuda model.onnx']);
  });

  it('is the next one, with the reason, when a provider does not load', async () => {
    const { choose, open } = machine({
      'cpu model.onnx': { ms: 10 },
      'cuda model.onnx': { fails: 'no driver' },
      'webgpu model.onnx': { ms: 1 },
    });
    const choice = await choose('auto', ['cuda', 'webgpu', 'cpu'], { cpu: FP32 });
    expect(choice.provider).toBe('webgpu');
    expect(choice.reasons[0]).toMatch(/not used: explained: Error: no driver/);
    expect(open).toEqual(['webgpu model.onnx']);
  });

  it('is the processor when a provider is slower', async () => {
    const { choose, open } = machine({ 'cpu model.onnx': { ms: 1 }, 'coreml model.onnx': { ms: 2 } });
    const choice = await choose('auto', ['coreml', 'cpu'], { cpu: FP32 });
    expect(choice.provider).toBe('cpu');
    expect(choice.reasons.join()).toMatch(/coreml takes 4 ms .* cpu 2 ms.*: not used/);
    expect(open).toEqual(['cpu model.onnx']);
  });

  it('is the processor when a provider gives other vectors from the same file, however fast', async () => {
    // A tangent of 0.06 is a cosine of 0.9982.
    const { choose } = machine({ 'cpu model.onnx': { ms: 100 }, 'webgpu model.onnx': { tilt: 0.06 } });
    const choice = await choose('auto', ['webgpu', 'cpu'], { cpu: FP32 });
    expect(choice.provider).toBe('cpu');
    expect(choice.reasons.join()).toMatch(
      /WEBGPU gives other vectors than the processor \(cosine 0\.9982, expected at least 0\.999\)/,
    );
  });

  it('is the processor when a provider gives no numbers', async () => {
    const { choose } = machine({ 'cpu model.onnx': { ms: 100 }, 'webgpu model.onnx': { tilt: Number.NaN } });
    expect((await choose('auto', ['webgpu', 'cpu'], { cpu: FP32 })).provider).toBe('cpu');
  });

  it('is compared with its own file on the processor where that can run it', async () => {
    const behaviours = { 'cpu model.onnx': { ms: 100 }, 'cuda model_O4.onnx': { tilt: 0.1 } };
    const weights = { cpu: FP32, cuda: O4 };
    // The file alone is 0.1 off, which its own run on the processor shows not to be the provider's doing.
    const sameFile = machine({ ...behaviours, 'cpu model_O4.onnx': { tilt: 0.1 } });
    expect((await sameFile.choose('auto', ['cuda', 'cpu'], weights)).provider).toBe('cuda');
    const wrong = machine({ ...behaviours, 'cpu model_O4.onnx': {} });
    expect((await wrong.choose('auto', ['cuda', 'cpu'], weights)).provider).toBe('cpu');
    expect(wrong.open).toEqual(['cpu model.onnx']);
  });

  it('need agree only roughly with another file: int8, or one that the processor cannot run', async () => {
    const gpu = { 'cuda model_O4.onnx': { tilt: 0.15 } };
    const cannot = machine({ 'cpu model.onnx': { ms: 100 }, 'cpu model_O4.onnx': { fails: 'no kernel' }, ...gpu });
    expect(await cannot.choose('auto', ['cuda', 'cpu'], { cpu: FP32, cuda: O4 })).toMatchObject({
      provider: 'cuda',
      weights: O4,
    });
    const int8 = machine({ 'cpu model_int8.onnx': { ms: 100 }, ...gpu });
    expect((await int8.choose('auto', ['cuda', 'cpu'], { cpu: INT8, cuda: O4 })).provider).toBe('cuda');
    // A tangent of 0.25 is a cosine of 0.970.
    const far = machine({ 'cpu model_int8.onnx': { ms: 100 }, 'cuda model_O4.onnx': { tilt: 0.25 } });
    expect((await far.choose('auto', ['cuda', 'cpu'], { cpu: INT8, cuda: O4 })).provider).toBe('cpu');
  });

  it('that was named serves even when it is slower', async () => {
    const { choose } = machine({ 'cpu model.onnx': { ms: 1 }, 'dml model.onnx': { ms: 2 } });
    expect((await choose('dml', ['dml', 'cpu'], { cpu: FP32 })).provider).toBe('dml');
  });

  it('that was named must load and agree: the operator is told, and nothing serves in its place', async () => {
    const missing = machine({ 'cpu model.onnx': {}, 'cuda model.onnx': { fails: 'no driver' } });
    await expect(missing.choose('cuda', ['cuda', 'cpu'], { cpu: FP32 })).rejects.toThrow('explained: Error: no driver');
    expect(missing.open).toEqual([]);
    const wrong = machine({ 'cpu model.onnx': {}, 'webgpu model.onnx': { tilt: 1 } });
    await expect(wrong.choose('webgpu', ['webgpu', 'cpu'], { cpu: FP32 })).rejects.toThrow(
      /WEBGPU gives other vectors/,
    );
    expect(wrong.open).toEqual([]);
  });

  it('is refused with the reason when it does not exist on this machine, by the real runtime', async () => {
    const elsewhere = process.platform === 'darwin' ? 'dml' : 'coreml';
    const options = { model: await resolveFolder(TINY_MODEL), threads: 1 };
    const named = openOnnxEmbedder({ ...options, setting: elsewhere, providers: [elsewhere, 'cpu'] });
    await expect(named).rejects.toThrow(/is not to be had on this machine: it exists on (macOS|Windows) only/);
    const auto = await openOnnxEmbedder({ ...options, setting: 'auto', providers: [elsewhere, 'cpu'] });
    expect(auto.device).toBe('cpu');
    expect(auto.reasons.join()).toMatch(/not to be had on this machine/);
    await auto.close();
  });
});
