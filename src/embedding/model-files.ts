import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { OperatorError } from '../errors.ts';
import type { Hub, HubListing, HubRepository } from '../hub/hub.ts';
import type { OnProgress } from '../progress.ts';
import { BOX_MODEL, boxFolder } from './box.ts';
import type { Precision } from './embedder.ts';
import { ENCODER, type ModelFolder } from './model-folder.ts';
import { recall, remember } from './model-memory.ts';
import { type CpuFeatures, detectCpu, type PrecisionSetting, type Provider, pickWeights } from './weights.ts';
import { weightsSha256 } from './weights-sha256.ts';

/** What a kind of model needs: encoders and cross-encoders have their files in other layouts. */
export type ModelKind<Description extends { readonly folder: string }> = {
  /** The setting that names such a model, for errors. */
  readonly setting: string;
  /** The files that make it one; without them nothing in the cache is whole. */
  readonly required: readonly string[];
  /** Whether the file, below the model's folder, has to be fetched beside the weights. */
  readonly isDescription: (file: string) => boolean;
  /** @throws OperatorError when a file is missing or broken, or the model is of another kind */
  readonly read: (folder: string) => Promise<Description>;
};

/** A model whose files are all on this machine. Plain data: it travels to the worker. */
export type ResolvedModel<Description = ModelFolder> = {
  /** The Hub id, or the folder's name. */
  readonly model: string;
  /** The commit on the Hub; for a folder, empty. */
  readonly revision: string;
  readonly description: Description;
  /** For each provider that may be tried, what it would load; the processor's are always there. */
  readonly weights: Readonly<Partial<Record<Provider, Weights>>> & { readonly cpu: Weights };
  /** What the operator should know, one sentence each. */
  readonly notes: readonly string[];
};

export type Weights = { readonly file: string; readonly precision: Precision; readonly sha256: string };

export type ModelOptions = {
  /** `box`, a Hub id (`OWNER/NAME`) or a folder. A folder of that name is preferred to the Hub. */
  readonly model: string;
  /** Branch, tag or commit on the Hub; a folder has none. */
  readonly revision: string;
  readonly precision: PrecisionSetting;
  readonly hub: Hub;
  /** What may be tried on this machine (`providersFor`): weights are fetched for each. The processor is implied. */
  readonly providers?: readonly Provider[];
  readonly cpu?: CpuFeatures;
  /** Where hashes of weights and lists of files are kept between starts, usually in DATA_DIR. */
  readonly memoryFile?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
};

/**
 * Finds a model's files, fetching what is missing. A model that is wholly in the cache is used without asking anybody.
 *
 * @throws OperatorError when it cannot be had, has no ONNX weights, or is of a kind that cannot be run
 */
export async function resolveModel(options: ModelOptions): Promise<ResolvedModel>;
export async function resolveModel<Description extends Described>(
  options: ModelOptions,
  kind: ModelKind<Description>,
): Promise<ResolvedModel<Description>>;
export async function resolveModel(options: ModelOptions, kind: ModelKind<Described> = ENCODER) {
  const cached = await cachedModel(options, kind);
  if (cached) return cached;
  const listing = await options.hub.list(repositoryOf(options.model), options.revision, options.signal);
  const model = await fromHub(options, listing, kind);
  await rememberFiles(options, listing);
  return model;
}

/**
 * The model if everything it needs is on this machine, whole; undefined otherwise. Asks nobody, fetches nothing.
 *
 * @throws OperatorError for a folder that is not a model, and for a cached model of a kind that cannot be run
 */
export async function cachedModel(options: ModelOptions): Promise<ResolvedModel | undefined>;
export async function cachedModel<Description extends Described>(
  options: ModelOptions,
  kind: ModelKind<Description>,
): Promise<ResolvedModel<Description> | undefined>;
export async function cachedModel(options: ModelOptions, kind: ModelKind<Described> = ENCODER) {
  const folder = await modelFolder(options.model, kind.setting);
  if (folder) return await fromFolder(options, folder, kind);
  const listing = await options.hub.cached(repositoryOf(options.model), options.revision);
  return listing && (await isComplete(options, listing, kind)) ? await fromHub(options, listing, kind) : undefined;
}

type Described = { readonly folder: string };

/**
 * The folder that holds a model; undefined for one of the Hub.
 *
 * @throws OperatorError for what is neither a folder nor an id of the Hub
 */
export async function modelFolder(model: string, setting = ENCODER.setting): Promise<string | undefined> {
  if (model === BOX_MODEL) return boxFolder();
  const folder = path.resolve(model);
  if ((await stat(folder).catch(() => undefined))?.isDirectory()) return folder;
  if (/^[\w-][\w.-]*(\/[\w-][\w.-]*)?$/.test(model)) return undefined;
  throw new OperatorError(
    `${setting} is ${JSON.stringify(model)}: expected a folder or an id of the Hub (OWNER/NAME), and there is no such folder.`,
  );
}

function repositoryOf(model: string): HubRepository {
  return { kind: 'model', id: model };
}

async function fromFolder<Description extends Described>(
  options: ModelOptions,
  folder: string,
  kind: ModelKind<Description>,
): Promise<ResolvedModel<Description>> {
  const files = await filesBelow(folder);
  const description = await kind.read(folder);
  const picked = pickAll(options, files);
  return {
    model: path.basename(folder),
    revision: '',
    description,
    weights: await describeWeights(options, picked, async (file) => path.join(folder, file)),
    notes: notesOf(picked),
  };
}

/**
 * Descriptions first, so that a model of the wrong kind is refused before its weights are fetched; the processor's
 * weights last, so that a model counts as there only when the other providers' weights are there too.
 */
async function fromHub<Description extends Described>(
  options: ModelOptions,
  { commit, files }: HubListing,
  kind: ModelKind<Description>,
): Promise<ResolvedModel<Description>> {
  const repository = repositoryOf(options.model);
  const fetchFile = async (name: string) => {
    const file = files.find((candidate) => candidate.path === name);
    if (!file)
      throw new OperatorError(
        `The model ${options.model} lacks ${name}: expected it in its repository. Choose another ${kind.setting}.`,
      );
    return await options.hub.fetch(repository, commit, file, {
      signal: options.signal,
      onProgress: options.onProgress,
    });
  };
  const names = files.map((file) => file.path);
  for (const name of names.filter(kind.isDescription)) await fetchFile(name);
  const folder = path.dirname(await fetchFile('config.json'));
  const description = await kind.read(folder);
  const picked = pickAll(options, names);
  return {
    model: options.model,
    revision: commit,
    description,
    weights: await describeWeights(options, picked, fetchFile),
    notes: notesOf(picked),
  };
}

type Picked = readonly (readonly [Provider, ReturnType<typeof pickWeights>])[];

/** The processor's last. */
function pickAll({ providers = [], precision, cpu = detectCpu() }: ModelOptions, files: readonly string[]): Picked {
  const all = [...providers.filter((provider) => provider !== 'cpu'), 'cpu' as const];
  return all.map((provider) => [provider, pickWeights(files, { precision, provider, cpu })] as const);
}

function notesOf(picked: Picked): readonly string[] {
  return picked.flatMap(([provider, { note }]) => (note ? [`${provider}: ${note}`] : []));
}

async function describeWeights(
  { memoryFile, signal }: ModelOptions,
  picked: Picked,
  locate: (name: string) => Promise<string>,
): Promise<ResolvedModel['weights']> {
  const entries: [Provider, Weights][] = [];
  for (const [provider, { file: name, precision }] of picked) {
    const file = await locate(name);
    const data: string[] = [];
    for (const dataName of await externalDataOf(file))
      data.push(await locate(path.posix.join(path.dirname(name), dataName)));
    const sha256 = await hashWeights([file, ...data], memoryFile, signal);
    entries.push([provider, { file, precision, sha256 }]);
  }
  return Object.fromEntries(entries) as ResolvedModel['weights'];
}

async function hashWeights(files: readonly string[], memoryFile: string | undefined, signal: AbortSignal | undefined) {
  try {
    return await weightsSha256(files, { memoryFile, signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw new OperatorError(`The weights ${files.join(', ')} cannot be read: expected whole files, readable here.`, {
      cause: error,
    });
  }
}

/** Whether what the cache holds is all that `fromHub` would ask for. */
async function isComplete(
  options: ModelOptions,
  listing: HubListing,
  { required }: ModelKind<Described>,
): Promise<boolean> {
  const names = listing.files.map((file) => file.path);
  const has = (name: string) => names.includes(name);
  if (!required.every(has)) return false;
  const all = await rememberedFiles(options);
  let picked: Picked;
  try {
    picked = pickAll(options, all ?? names);
  } catch {
    return false;
  }
  // What the cache lacks the repository may have: only its whole list tells that a precision does not exist.
  const [, cpu] = picked.at(-1) ?? [];
  if (!cpu || (cpu.note && !all)) return false;
  for (const [, { file: name }] of picked) {
    const file = listing.files.find((candidate) => candidate.path === name);
    if (!file) return false;
    const local = await options.hub.fetch(repositoryOf(options.model), listing.commit, file, {
      signal: options.signal,
    });
    const data = (await externalDataOf(local)).map((dataName) => path.posix.join(path.dirname(name), dataName));
    if (!data.every(has)) return false;
  }
  return true;
}

/** A commit never changes, so what it holds is asked for once; what a branch holds may change at any time. */
function filesKey({ model, revision }: ModelOptions): string | undefined {
  return /^[0-9a-f]{40}$/.test(revision) ? `files of ${model} at ${revision}` : undefined;
}

async function rememberFiles(options: ModelOptions, { files }: HubListing): Promise<void> {
  const key = filesKey(options);
  // Without the Hub, the list is only what the cache holds.
  const cached = await options.hub.cached(repositoryOf(options.model), options.revision);
  if (key && cached && cached.files.length < files.length) {
    await remember(
      options.memoryFile,
      key,
      files.map((file) => file.path),
    );
  }
}

async function rememberedFiles(options: ModelOptions): Promise<readonly string[] | undefined> {
  const key = filesKey(options);
  const files = key && (await recall(options.memoryFile, key));
  return Array.isArray(files) ? files : undefined;
}

const LARGEST_WITH_EXTERNAL_DATA = 64 * 2 ** 20;

/**
 * The names of the files beside an ONNX file that hold its numbers, as written in it. Such a file is small itself, and
 * the name ends as PyTorch's and Optimum's exporters have it.
 */
async function externalDataOf(file: string): Promise<readonly string[]> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    if (size > LARGEST_WITH_EXTERNAL_DATA) return [];
    const text = (await handle.readFile()).toString('latin1');
    return [...new Set(text.match(/[\w.-]+\.onnx[._]data(_\d+)?/g))];
  } finally {
    await handle.close();
  }
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const onnx = await readdir(path.join(folder, 'onnx')).catch(() => []);
  return [...(await readdir(folder)), ...onnx.map((name) => `onnx/${name}`)];
}
