import path from 'node:path';
import { OperatorError } from '../errors.ts';
import { expectObject, type Json, numberOf, readJson, readMaxTokens, requireJson } from './folder-json.ts';
import type { ModelKind } from './model-files.ts';

/** What a cross-encoder's folder says about scoring a question and a text together. Plain data: it travels to the worker. */
export type CrossEncoderFolder = {
  readonly folder: string;
  /** `bert`, `roberta`, … */
  readonly architecture: string;
  /** Of question and text together, special tokens included. */
  readonly maxTokens: number;
  readonly padTokenId: number;
  readonly tokenizerFile: string;
  readonly tokenizerConfigFile: string;
};

/** What `RERANK` names: a cross-encoder as sentence-transformers saves it, one score for a pair of texts. */
export const CROSS_ENCODER: ModelKind<CrossEncoderFolder> = {
  setting: 'RERANK',
  required: ['config.json', 'tokenizer.json'],
  isDescription: (file) => /^(config|sentence_bert_config|tokenizer|tokenizer_config)\.json$/.test(file),
  read: readCrossEncoderFolder,
};

async function readCrossEncoderFolder(folder: string): Promise<CrossEncoderFolder> {
  const config = expectObject(await requireJson(path.join(folder, 'config.json'), 'what the model looks like'));
  refuseOthers(folder, config);
  const tokenizerConfigFile = path.join(folder, 'tokenizer_config.json');
  const tokenizerFile = path.join(folder, 'tokenizer.json');
  const tokenizerConfig = expectObject((await readJson(tokenizerConfigFile)) ?? {});
  await requireJson(tokenizerFile, 'the fast tokenizer; save it there with `AutoTokenizer(…).save_pretrained(FOLDER)`');
  return {
    folder,
    architecture: String(config.model_type ?? 'unknown'),
    maxTokens: await readMaxTokens(folder, config, tokenizerConfig),
    padTokenId: numberOf(config, 'pad_token_id') ?? 0,
    tokenizerFile,
    tokenizerConfigFile,
  };
}

/** An encoder has no head that scores, and of several labels nobody knows which one is meant. */
function refuseOthers(folder: string, config: Json): void {
  const [architecture = 'nothing'] = Array.isArray(config.architectures) ? config.architectures.map(String) : [];
  if (!architecture.endsWith('ForSequenceClassification')) {
    throw new OperatorError(
      `The model in ${folder} is a ${architecture}: expected a cross-encoder, whose config.json says …ForSequenceClassification. Choose another RERANK, such as cross-encoder/ms-marco-MiniLM-L6-v2.`,
    );
  }
  // As transformers reads it: the names of the labels count, two where nothing is said.
  const names = config.id2label === undefined ? undefined : Object.keys(expectObject(config.id2label)).length;
  const labels = names ?? numberOf(config, 'num_labels') ?? 2;
  if (labels === 1) return;
  throw new OperatorError(
    `The model in ${folder} has ${labels} labels: expected one, a score of how well a text answers. Choose another RERANK.`,
  );
}
