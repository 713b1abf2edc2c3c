import path from 'node:path';
import { OperatorError } from '../errors.ts';
import type { Hub } from '../hub/hub.ts';
import { filesSource } from './files.ts';
import { repositoryOf } from './github.ts';
import { hubSource } from './hub.ts';
import { sampleSource } from './sample.ts';
import { SAMPLE_SOURCE, type Source } from './source.ts';

export type SourceDeps = {
  readonly hub: Hub;
  /** A folder for temporary files as large as the source: `DATA_DIR`. */
  readonly stagingDir: string;
};

const FILE_ENDINGS = /\.(jsonl|ndjson|json|parquet)$/;
/** `issues.jsonl+comments.jsonl`; a plus within a name stays. */
const BETWEEN_FILES = /(?<=\.(?:jsonl|ndjson|json|parquet))\+/;

/**
 * A source by what the operator calls it: `hub:OWNER/DATASET` (`@REVISION` for another than `main`), a `.jsonl` file,
 * several joined by `+` (issues and comments of GitHub's API), or `sample`. Not `github:OWNER/REPO`, which is followed
 * (`Follower`).
 *
 * @throws OperatorError for anything else
 */
export function openSource(spec: string, { hub, stagingDir }: SourceDeps): Source {
  const name = sourceName(spec);
  if (repositoryOf(name) !== undefined) throw new Error(`${name} is followed, not read once`);
  if (name === SAMPLE_SOURCE) return sampleSource(stagingDir);
  const [, id, revision = 'main'] = /^hub:([^@]+)(?:@(.+))?$/.exec(name) ?? [];
  if (id !== undefined) return hubSource({ spec: name, id, revision, hub, stagingDir });
  return filesSource(name, name.split(BETWEEN_FILES), stagingDir);
}

/** The files that a source is made of; none where it is no file. */
export function filesOf(spec: string): readonly string[] {
  const name = sourceName(spec);
  return FILE_ENDINGS.test(name) && !/^(hub|github):/.test(name) ? name.split(BETWEEN_FILES) : [];
}

/**
 * The name under which a source's rows are kept: files by their absolute paths, the rest as given.
 *
 * @throws OperatorError when it names no kind of source
 */
export function sourceName(spec: string): string {
  const given = spec.trim();
  if (given === SAMPLE_SOURCE) return SAMPLE_SOURCE;
  if (given.startsWith('github:')) {
    if (repositoryOf(given) !== undefined) return given;
    throw new OperatorError(`${given} names no repository: expected github:OWNER/REPO.`);
  }
  if (given.startsWith('hub:')) {
    if (/^hub:[\w-][\w.-]*\/[\w-][\w.-]*(@\S+)?$/.test(given)) return given;
    throw new OperatorError(`${given} names no dataset: expected hub:OWNER/DATASET, or hub:OWNER/DATASET@REVISION.`);
  }
  const files = given.split(BETWEEN_FILES);
  if (files.every((file) => FILE_ENDINGS.test(file))) return files.map((file) => path.resolve(file)).join('+');
  throw new OperatorError(
    `${given || 'An empty name'} is no source: expected github:OWNER/REPO, hub:OWNER/DATASET, a file that ends in .jsonl (or .parquet), ` +
      'or two joined by a plus: issues.jsonl+comments.jsonl.',
  );
}
