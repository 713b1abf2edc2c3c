import path from 'node:path';
import { OperatorError } from '../errors.ts';
import type { Pooling } from './embedder.ts';
import { expectObject, type Json, numberOf, readJson, readMaxTokens, requireJson } from './folder-json.ts';
import type { ModelKind } from './model-files.ts';

/** What a sentence-transformers folder says about turning a text into a vector. Plain data: it travels to the worker. */
export type ModelFolder = {
  readonly folder: string;
  /** `mpnet`, `bert`, … */
  readonly architecture: string;
  readonly dimensions: number;
  readonly pooling: Pooling;
  readonly normalized: boolean;
  /** Both special tokens included. */
  readonly maxTokens: number;
  /** Put before every text; empty for nearly all models. */
  readonly prompt: string;
  readonly padTokenId: number;
  readonly tokenizerFile: string;
  readonly tokenizerConfigFile: string;
};

/** What `MODEL` names: a sentence-transformers encoder. */
export const ENCODER: ModelKind<ModelFolder> = {
  setting: 'MODEL',
  required: ['config.json', 'modules.json', 'tokenizer.json'],
  isDescription: (file) =>
    /^([^/]+\/)?(config|modules|config_sentence_transformers|sentence_bert_config|tokenizer|tokenizer_config)\.json$/.test(
      file,
    ),
  read: readModelFolder,
};

type Module = { readonly type: string; readonly path: string };

/**
 * Reads the folder of a sentence-transformers encoder; the weights are not looked at.
 *
 * @throws OperatorError when a file is missing or broken, or the model needs a step that is not built in
 */
export async function readModelFolder(folder: string): Promise<ModelFolder> {
  const modules = parseModules(folder, await readJson(path.join(folder, 'modules.json')));
  const encoder = path.join(folder, modules.encoder.path);
  const config = expectObject(await requireJson(path.join(encoder, 'config.json'), 'what the encoder looks like'));
  const pooling = await readPooling(folder, modules.pooling, numberOf(config, 'hidden_size', 'dim', 'd_model'));
  const tokenizerConfigFile = path.join(encoder, 'tokenizer_config.json');
  const tokenizerFile = path.join(encoder, 'tokenizer.json');
  const tokenizerConfig = expectObject((await readJson(tokenizerConfigFile)) ?? {});
  await requireJson(tokenizerFile, 'the fast tokenizer; save it there with `AutoTokenizer(…).save_pretrained(FOLDER)`');
  return {
    folder,
    architecture: String(config.model_type ?? 'unknown'),
    ...pooling,
    normalized: modules.normalized,
    maxTokens: await readMaxTokens(encoder, config, tokenizerConfig),
    prompt: await readPrompt(folder),
    padTokenId: numberOf(config, 'pad_token_id') ?? 0,
    tokenizerFile,
    tokenizerConfigFile,
  };
}

function parseModules(folder: string, json: unknown): { encoder: Module; pooling: Module; normalized: boolean } {
  if (json === undefined) {
    throw new OperatorError(
      `${folder} is not a sentence-transformers model: expected modules.json, which says how token vectors become one vector. Use the model's sentence-transformers repository, or save it with \`SentenceTransformer(…).save(FOLDER)\`.`,
    );
  }
  const modules = (Array.isArray(json) ? json : []).map((entry) => ({
    // Written as sentence_transformers.models.Pooling, and differently by newer versions: the class name decides.
    type: String(entry?.type ?? '').replace(/^.*\./, ''),
    path: String(entry?.path ?? ''),
  }));
  const known = new Set(['Transformer', 'Pooling', 'Normalize', 'Dropout']);
  const unknown = modules.find(({ type }) => !known.has(type));
  if (unknown) {
    throw new OperatorError(
      `The model in ${folder} has a module ${JSON.stringify(unknown.type)}: expected Transformer, Pooling and Normalize only. Choose another MODEL.`,
    );
  }
  const order = modules.map(({ type }) => type).filter((type) => type !== 'Dropout');
  const [encoder, pooling] = modules.filter(({ type }) => type !== 'Dropout');
  if (!encoder || !pooling || !/^Transformer,Pooling(,Normalize)?$/.test(order.join(','))) {
    throw new OperatorError(
      `modules.json in ${folder} lists ${order.join(', ') || 'nothing'}: expected Transformer, Pooling and at most one Normalize, in this order. Choose another MODEL.`,
    );
  }
  return { encoder, pooling, normalized: order.length === 3 };
}

async function readPooling(
  folder: string,
  module: Module,
  hiddenSize: number | undefined,
): Promise<{ readonly dimensions: number; readonly pooling: Pooling }> {
  const file = path.join(folder, module.path, 'config.json');
  const config = expectObject(await requireJson(file, 'how token vectors become one vector'));
  const pooling = poolingOf(file, config);
  const dimensions = numberOf(config, 'word_embedding_dimension', 'embedding_dimension') ?? hiddenSize;
  if (!dimensions || (hiddenSize !== undefined && hiddenSize !== dimensions)) {
    throw new OperatorError(
      `${file} says ${dimensions ?? 'no'} dimensions, config.json says ${hiddenSize ?? 'none'}: expected the same number in both. The folder mixes files of two models.`,
    );
  }
  return { dimensions, pooling };
}

/** Two forms: one flag for each mode, or (since sentence-transformers 6) one name. */
function poolingOf(file: string, config: Json): Pooling {
  const flags: Readonly<Record<string, string>> = {
    pooling_mode_cls_token: 'cls',
    pooling_mode_mean_tokens: 'mean',
    pooling_mode_max_tokens: 'max',
  };
  const named = config.pooling_mode === undefined ? [] : [config.pooling_mode].flat();
  const flagged = Object.keys(config)
    .filter((key) => key.startsWith('pooling_mode_') && config[key] === true)
    .map((key) => flags[key] ?? key);
  const modes = named.length > 0 ? named : flagged;
  const [mode] = modes;
  const supported = mode === 'cls' || mode === 'mean' || mode === 'max';
  if (modes.length !== 1 || !supported || config.include_prompt === false) {
    const found = config.include_prompt === false ? 'pooling without the prompt' : modes.join(' + ') || 'none';
    throw new OperatorError(`${file} asks for the pooling ${found}: expected cls, mean or max. Choose another MODEL.`);
  }
  return mode;
}

async function readPrompt(folder: string): Promise<string> {
  const settings = expectObject((await readJson(path.join(folder, 'config_sentence_transformers.json'))) ?? {});
  const name = settings.default_prompt_name;
  if (typeof name !== 'string' || name === '') return '';
  const prompt = expectObject(settings.prompts)[name];
  return typeof prompt === 'string' ? prompt : '';
}
