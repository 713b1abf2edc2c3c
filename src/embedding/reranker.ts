import type { Precision } from './embedder.ts';

export type RerankerIdentity = {
  /** The Hub id, `cross-encoder/ms-marco-MiniLM-L6-v2`, or the folder's name. */
  readonly model: string;
  /** The commit on the Hub; for a folder, empty. */
  readonly revision: string;
  readonly precision: Precision;
};

/** Reads a question and a text together and says how well the text answers it. Implementation: ONNX Runtime in a worker. */
export interface Reranker {
  readonly identity: RerankerIdentity;
  /** What it runs on, as shown to people: `cpu`, `cuda`, … */
  readonly device: string;
  /**
   * Scores texts of any length (question and text together are cut at `PAIR_TOKENS`).
   *
   * @returns one score a text, in their order; more is better, and only their order means something. Empty for no texts
   * @throws the signal's reason when it aborts; an `OperatorError` when the model cannot run
   */
  score(question: string, texts: readonly string[], signal?: AbortSignal): Promise<Float32Array>;
  close(): Promise<void>;
}
