import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { OperatorError, toError } from '../errors.ts';

/** What a JSON file of a model's folder holds. */
export type Json = Readonly<Record<string, unknown>>;

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

/** What the model was trained for, and never more than it has positions. */
export async function readMaxTokens(encoder: string, config: Json, tokenizerConfig: Json): Promise<number> {
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

export async function requireJson(file: string, what: string): Promise<unknown> {
  const json = await readJson(file);
  if (json !== undefined) return json;
  throw new OperatorError(`The model lacks ${file}: expected ${what}. Complete the folder, or choose another model.`);
}

export async function readJson(file: string): Promise<unknown> {
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

export function expectObject(json: unknown): Json {
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as Json) : {};
}

export function numberOf(json: Json, ...keys: readonly string[]): number | undefined {
  for (const key of keys) {
    const value = json[key];
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  }
  return undefined;
}
