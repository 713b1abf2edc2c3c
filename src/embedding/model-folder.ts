import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { OperatorError, toError } from '../errors.ts';
import type { Pooling } from './embedder.ts';

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

/** The files below a model's folder that are read here: what has to be fetched beside the weights. */
export function isModelDescription(file: string): boolean {
  return /^([^/]+\/)?(config|modules|config_sentence_transformers|sentence_bert_config|tokenizer|tokenizer_config)\.json$/.test(
    file,
  );
}

type Json = Readonly<Record<string, unknown>>;
type Module = { readonly type: string; readonly path: string };

/** Architectures whose positions start after the padding index, so that fewer tokens fit than there are positions. */
const POSITIONS_AFTER_PADDING = new Set([
  'mpnet',
  'roberta',
  'xlm-roberta',
  'camembert',
  'xlm-roberta-xl',
  'longformer',
]);
const FEWEST_TOKENS = 3;

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

/** What the model was trained for, and never more than it has positions. */
async function readMaxTokens(encoder: string, config: Json, tokenizerConfig: Json): Promise<number> {
  const file = path.join(encoder, 'sentence_bert_config.json');
  const settings = expectObject((await readJson(file)) ?? {});
  const positions = numberOf(config, 'max_position_embeddings', 'n_positions') ?? Number.POSITIVE_INFINITY;
  const skipped = POSITIONS_AFTER_PADDING.has(String(config.model_type))
    ? (numberOf(config, 'pad_token_id') ?? 1) + 1
    : 0;
  const trained = numberOf(settings, 'max_seq_length') ?? numberOf(tokenizerConfig, 'model_max_length') ?? 512;
  const maxTokens = Math.min(trained, positions - skipped);
  if (maxTokens >= FEWEST_TOKENS) return maxTokens;
  throw new OperatorError(
    `The model in ${encoder} has room for ${maxTokens} tokens: expected at least ${FEWEST_TOKENS}. Look at max_seq_length in ${file}.`,
  );
}

async function readPrompt(folder: string): Promise<string> {
  const settings = expectObject((await readJson(path.join(folder, 'config_sentence_transformers.json'))) ?? {});
  const name = settings.default_prompt_name;
  if (typeof name !== 'string' || name === '') return '';
  const prompt = expectObject(settings.prompts)[name];
  return typeof prompt === 'string' ? prompt : '';
}

async function requireJson(file: string, what: string): Promise<unknown> {
  const json = await readJson(file);
  if (json !== undefined) return json;
  throw new OperatorError(`The model lacks ${file}: expected ${what}. Complete the folder, or choose another MODEL.`);
}

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw new OperatorError(`${file} cannot be read: check its permissions.`, { cause: error });
  });
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new OperatorError(`${file} is not JSON: fetch the file again.`, { cause: toError(error) });
  }
}

function expectObject(json: unknown): Json {
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as Json) : {};
}

function numberOf(json: Json, ...keys: readonly string[]): number | undefined {
  for (const key of keys) {
    const value = json[key];
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  }
  return undefined;
}
