/** What a vector means depends on all of this: two embedders serve one index only when these agree. */
export type EmbedderIdentity = {
  /** The Hub id, `sentence-transformers/multi-qa-mpnet-base-dot-v1`, or the folder's name. */
  readonly model: string;
  /** The commit on the Hub; for a folder, empty. */
  readonly revision: string;
  /** Of the weights file, 64 hex digits. */
  readonly weightsSha256: string;
  readonly precision: Precision;
  readonly pooling: Pooling;
  /** Whether vectors are scaled to length 1. */
  readonly normalized: boolean;
  readonly dimensions: number;
  /** Longest text in tokens, both special tokens included; what is longer is cut. */
  readonly maxTokens: number;
};

export type Precision = 'fp32' | 'fp16' | 'int8';
export type Pooling = 'cls' | 'mean' | 'max';

/** Turns texts into vectors. Implementations: ONNX Runtime in a worker thread; a hash of words in tests. */
export interface Embedder {
  readonly identity: EmbedderIdentity;
  /** What it runs on, as shown to people: `cpu`, `cuda`, … */
  readonly device: string;
  /**
   * Embeds texts of any length (cut at `maxTokens`, keeping both special tokens).
   *
   * @returns `texts.length` x `dimensions` floats, row by row in the order of `texts`; empty for no texts
   * @throws the signal's reason when it aborts; an `OperatorError` when the model cannot run
   */
  embed(texts: readonly string[], options?: EmbedOptions): Promise<Float32Array>;
  /** Whether `embed` would cut the text. */
  truncates(text: string): Promise<boolean>;
  close(): Promise<void>;
}

export type EmbedOptions = {
  /** Questions go before indexing batches; at most one text of a batch is waited for. Default `question`. */
  readonly priority?: 'question' | 'indexing';
  readonly signal?: AbortSignal | undefined;
};
