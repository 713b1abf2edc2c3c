import type { EmbedderIdentity } from '../../src/embedding/embedder.ts';

/** An embedder's identity with three dimensions; `overrides` says what matters to the test. */
export function anIdentity(overrides: Partial<EmbedderIdentity> = {}): EmbedderIdentity {
  return {
    model: 'example/model',
    revision: '0123456789abcdef0123456789abcdef01234567',
    weightsSha256: 'a'.repeat(64),
    precision: 'fp32',
    pooling: 'cls',
    normalized: false,
    dimensions: 3,
    maxTokens: 512,
    ...overrides,
  };
}
