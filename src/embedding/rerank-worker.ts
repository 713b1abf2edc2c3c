import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { type HandlerContext, serve, withTransfer } from '../worker/channel.ts';
import { type OnnxRerankerOptions, openOnnxReranker } from './onnx-reranker.ts';
import type { RerankerIdentity } from './reranker.ts';

/** What the other side learns of the model that it calls. */
export type RerankerFacts = {
  readonly identity: RerankerIdentity;
  readonly device: string;
  readonly reasons: readonly string[];
};

export type ScoreRequest = { readonly question: string; readonly texts: readonly string[] };

/** Inference is synchronous, so it has a thread of its own: one that is not the embedder's, whose questions go on. */
function start(port: MessagePort, options: OnnxRerankerOptions): void {
  const opening = openOnnxReranker(options);
  // Whoever asks for the facts is told; nobody may ask before it fails.
  opening.catch(() => {});
  serve(port, {
    async facts(): Promise<RerankerFacts> {
      const { identity, device, reasons } = await opening;
      return { identity, device, reasons };
    },
    async score({ question, texts }: ScoreRequest, { signal }: HandlerContext) {
      const scores = await (await opening).score(question, texts, signal);
      return withTransfer(scores, [scores.buffer as ArrayBuffer]);
    },
  });
}

if (parentPort) start(parentPort, workerData as OnnxRerankerOptions);
