import { TOKEN_VECTORS } from '../../src/embedding/onnx-embedder.ts';
import { openOnnxSession } from '../../src/embedding/onnx-session.ts';
import { explainProvider } from '../../src/embedding/provider-fault.ts';
import type { Provider } from '../../src/embedding/weights.ts';

export type GpuProvider = Exclude<Provider, 'cpu'>;
export type Usable = { readonly providers: readonly GpuProvider[]; readonly reasons: readonly string[] };

const BY_PLATFORM: Readonly<Record<string, readonly GpuProvider[]>> = {
  linux: ['cuda', 'webgpu'],
  darwin: ['coreml', 'webgpu'],
  win32: ['dml', 'webgpu'],
};

/** Which providers of this platform load the graph, and why the others do not. */
export async function usableProviders(file: string): Promise<Usable> {
  const providers: GpuProvider[] = [];
  const reasons: string[] = [];
  for (const provider of BY_PLATFORM[process.platform] ?? []) {
    try {
      const session = await openOnnxSession({ file, provider, threads: 1, output: TOKEN_VECTORS });
      await session.close();
      providers.push(provider);
    } catch (error) {
      reasons.push((await explainProvider(provider, error)).message);
    }
  }
  return { providers, reasons };
}
