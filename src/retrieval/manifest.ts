import type { EmbedderIdentity } from '../embedding/embedder.ts';
import { OperatorError } from '../errors.ts';
import { type Bands, isBands } from './bands.ts';

/** What an index was built with and from. Kept as `index.json`; the files it names hold rows and vectors. */
export type Manifest = EmbedderIdentity & {
  readonly format: typeof MANIFEST_FORMAT;
  readonly metric: IndexMetric;
  readonly recipe: string;
  /** What of a comment was embedded (`Layout`); absent where it was the course's document, `seed`. */
  readonly layout?: string | undefined;
  /** How many comments the index holds. */
  readonly rows: number;
  /** The store's version that the index agrees with. */
  readonly corpusVersion: number;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly files: { readonly vectors: IndexFile; readonly rows: IndexFile };
  /** How sure hits are; absent until it was measured. */
  readonly bands?: Bands | undefined;
  /**
   * Where nothing can be said of bands: beyond this score, in its metric, a hit is nearer than coincidence. Absent until
   * it was measured, and where too few issues tell.
   */
  readonly strongAbove?: number | undefined;
  /** How many comments the index held that this was measured of, which may be an earlier one. Absent in older files. */
  readonly measuredRows?: number | undefined;
};

export type IndexMetric = 'ip' | 'l2';

/** A file beside the manifest. `crc32` is of its content, of the vectors file without FAISS's header. */
export type IndexFile = { readonly name: string; readonly sizeBytes: number; readonly crc32: number };

export const MANIFEST_FORMAT = 1;

/** The index on disk cannot be used as it is: it has to be built again, from the vectors that the store keeps. */
export class DamagedIndexError extends OperatorError {}

/**
 * @param file for messages
 * @throws OperatorError when a newer Precedent wrote it; DamagedIndexError when it is no manifest
 */
export function parseManifest(text: string, file: string): Manifest {
  const value = parseObject(text, file);
  if (typeof value.format === 'number' && value.format > MANIFEST_FORMAT) {
    throw new OperatorError(
      `${file} has format ${value.format}, but this Precedent knows formats up to ${MANIFEST_FORMAT}. ` +
        'Install the newer Precedent again, or delete the file to have the index built anew.',
    );
  }
  const wrong = CHECKS.filter(([name, isRight]) => !isRight(value[name])).map(([name]) => name);
  if (wrong.length > 0) throw new DamagedIndexError(`${file} is damaged: missing or wrong ${wrong.join(', ')}.`);
  return value as unknown as Manifest;
}

function parseObject(text: string, file: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new DamagedIndexError(`${file} is damaged: it is not JSON.`, { cause });
  }
  if (!isObject(value)) throw new DamagedIndexError(`${file} is damaged: it holds no object.`);
  return value;
}

/** Far beyond any encoder; keeps arithmetic on sizes honest. */
const MOST_DIMENSIONS = 65_536;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown) => typeof value === 'string';
const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
const isOneOf =
  (...values: readonly unknown[]) =>
  (value: unknown) =>
    values.includes(value);
const isFile = (ending: string) => (value: unknown) =>
  isObject(value) &&
  isCount(value.sizeBytes) &&
  isCount(value.crc32) &&
  isText(value.name) &&
  isName(value.name, ending);
/** Nothing but a name of ours: a manifest must not lead out of its folder. */
const isName = (name: unknown, ending: string) => new RegExp(`^index-[0-9a-z]+\\.${ending}$`).test(String(name));

const CHECKS: readonly (readonly [keyof Manifest, (value: unknown) => boolean])[] = [
  ['format', isOneOf(MANIFEST_FORMAT)],
  ['model', isText],
  ['revision', isText],
  ['weightsSha256', isText],
  ['precision', isOneOf('fp32', 'fp16', 'int8')],
  ['pooling', isOneOf('cls', 'mean', 'max')],
  ['normalized', isOneOf(true, false)],
  ['dimensions', (value) => isCount(value) && (value as number) > 0 && (value as number) <= MOST_DIMENSIONS],
  ['maxTokens', isCount],
  ['metric', isOneOf('ip', 'l2')],
  ['recipe', isText],
  ['layout', (value) => value === undefined || isText(value)],
  ['rows', isCount],
  ['corpusVersion', isCount],
  ['createdAt', (value) => isText(value) && !Number.isNaN(Date.parse(String(value)))],
  ['strongAbove', (value) => value === undefined || Number.isFinite(value)],
  ['measuredRows', (value) => value === undefined || isCount(value)],
  ['bands', (value) => value === undefined || isBands(value)],
  ['files', (value) => isObject(value) && isFile('faiss')(value.vectors) && isFile('rows')(value.rows)],
];

/** Exactly the fields of an identity, of whatever holds more. */
export function identityOf(wider: EmbedderIdentity): EmbedderIdentity {
  const { model, revision, weightsSha256, precision, pooling, normalized, dimensions, maxTokens } = wider;
  return { model, revision, weightsSha256, precision, pooling, normalized, dimensions, maxTokens };
}

/** Names the vector space that an embedder's vectors lie in: everything that decides what a document's vector is. */
export function spaceOf(identity: EmbedderIdentity, layout: string): string {
  // Called recipe from when the course's layout was the only one: vectors of then are found again.
  return JSON.stringify({ ...identityOf(identity), recipe: layout });
}

/** `same`; `other-precision` serves, with a line in the log; a mismatch must not serve. */
export type Comparison = 'same' | 'other-precision' | { readonly mismatch: string };

/**
 * Whether vectors of the embedder given may be compared with those of an index.
 *
 * @param metric as configured; the manifest's own when nothing is configured
 */
export function compareIdentity(
  manifest: Manifest,
  identity: EmbedderIdentity,
  metric: IndexMetric = manifest.metric,
  recipe: string = manifest.recipe,
  layout: string = embeddedLayout(manifest),
): Comparison {
  const built: Facts = {
    ...identityOf(manifest),
    metric: manifest.metric,
    recipe: manifest.recipe,
    layout: embeddedLayout(manifest),
  };
  const asked: Facts = { ...identityOf(identity), metric, recipe, layout };
  const differing = FACTS.filter(([name]) => built[name] !== asked[name]);
  if (differing.length === 0) return 'same';
  // Other weights are expected of another precision; only a revision says that they come from the same model.
  const others = differing.filter(([name]) => name !== 'precision' && name !== 'weightsSha256');
  if (others.length === 0 && built.precision !== asked.precision && built.revision !== '') return 'other-precision';
  const [name, label] = (others[0] ?? differing[0]) as (typeof FACTS)[number];
  const of = name === 'model' ? '' : ` (${manifest.model})`;
  return {
    mismatch:
      `The index was built with ${label} ${show(built[name])}${of}, but ${label} ${show(asked[name])} is configured: ` +
      'configure what it was built with, or run `npm run index` to build it anew.',
  };
}

/** What of a comment the vectors of an index are of. */
export function embeddedLayout({ layout = 'seed' }: Pick<Manifest, 'layout'>): string {
  return layout;
}

type Facts = EmbedderIdentity & { readonly metric: IndexMetric; readonly recipe: string; readonly layout: string };

const FACTS = [
  ['model', 'model'],
  ['revision', 'revision'],
  ['pooling', 'pooling'],
  ['normalized', 'normalised vectors'],
  ['dimensions', 'dimensions'],
  ['maxTokens', 'a maximum length of'],
  ['metric', 'metric'],
  ['recipe', 'recipe'],
  ['layout', 'document layout'],
  ['precision', 'precision'],
  ['weightsSha256', 'weights of sha256'],
] as const satisfies readonly (readonly [keyof Facts, string])[];

const show = (value: string | number | boolean): string =>
  typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value) || '(none)';
