import { OperatorError } from '../errors.ts';
import type { Hub, HubFile, HubListing, HubRepository } from '../hub/hub.ts';
import { rowFile, stagingFileOf } from './files.ts';
import { readRowFiles } from './read-row-files.ts';
import type { Source } from './source.ts';

export type HubSourceOptions = {
  readonly spec: string;
  /** `OWNER/DATASET` */
  readonly id: string;
  /** A branch, tag or commit. */
  readonly revision: string;
  readonly hub: Hub;
  readonly stagingDir: string;
};

/** A dataset on the Hub: the repository's own file list decides what is read. */
export function hubSource({ spec, id, revision, hub, stagingDir }: HubSourceOptions): Source {
  const repository: HubRepository = { kind: 'dataset', id };
  /** What the last `fingerprint` was about, so that exactly that is read. */
  let listed: HubListing | undefined;

  async function list(signal: AbortSignal | undefined): Promise<HubListing> {
    const { commit, files, isPrivate } = await hub.list(repository, revision, signal);
    listed = { commit, files: dataFiles(files, spec), isPrivate };
    return listed;
  }

  return {
    spec,
    isPrivate: () => listed?.isPrivate,
    async fingerprint(signal) {
      const { commit, files } = await list(signal);
      return [commit, ...files.map(({ path, sizeBytes }) => `${path}:${sizeBytes}`)].join(' ');
    },
    async *read({ cursor, signal, onProgress } = {}) {
      const { commit, files } = listed ?? (await list(signal));
      const rowFiles = [];
      for (const file of files) {
        const local = await hub.fetch(repository, commit, file, { signal, onProgress });
        rowFiles.push(await rowFile(local, file.path));
      }
      yield* readRowFiles(rowFiles, { spec, stagingFile: stagingFileOf(stagingDir, spec), cursor, signal });
    },
  };
}

/** In the order of preference; a plain `.json` may be anything, so it comes last. */
const FORMATS = [/\.(jsonl|ndjson)$/, /\.parquet$/, /\.json$/];
const NOT_DATA = /(^|\/)(\.[^/]*|dataset_infos?\.json|dataset_dict\.json|state\.json)(\/|$)/;
const OTHER_SPLITS = new Set(['test', 'validation', 'valid', 'val', 'dev', 'eval']);

/**
 * The files to read: of one format, the `train` split where files are named for splits, else all that are not another
 * split.
 *
 * @throws OperatorError when there are none, or when a numbered part of the data is missing
 */
export function dataFiles(files: readonly HubFile[], spec: string): readonly HubFile[] {
  const candidates = files.filter(({ path }) => !NOT_DATA.test(path));
  const ofFormat = FORMATS.map((format) => candidates.filter(({ path }) => format.test(path)));
  const data = ofFormat.find((found) => found.length > 0);
  if (!data) {
    const names = files.map(({ path }) => path).slice(0, 10);
    throw new OperatorError(
      `${spec} holds no JSONL and no parquet file; it has ${names.join(', ') || 'no file'}. Name another dataset.`,
    );
  }
  const train = data.filter(({ path }) => splitWords(path).includes('train'));
  const notOthers = data.filter(({ path }) => !splitWords(path).some((word) => OTHER_SPLITS.has(word)));
  const chosen = [train, notOthers, data].find((found) => found.length > 0) ?? data;
  refuseMissingParts(chosen, spec);
  return chosen.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** Offline, the cache may hold `train-00000-of-00003` and not the others. */
function refuseMissingParts(files: readonly HubFile[], spec: string): void {
  const groups = new Map<string, { readonly expected: number; found: number }>();
  for (const { path } of files) {
    const [, head, total, tail] = /^(.*)-\d+-of-(\d+)(.*)$/.exec(path) ?? [];
    if (total === undefined) continue;
    const key = `${head} ${total} ${tail}`;
    const group = groups.get(key) ?? { expected: Number(total), found: 0 };
    group.found++;
    groups.set(key, group);
  }
  for (const [key, { expected, found }] of groups) {
    if (found < expected) {
      throw new OperatorError(
        `${spec}: only ${found} of ${expected} parts of ${key.split(' ')[0]} are there. Go online once, so that the rest can be fetched.`,
      );
    }
  }
}

function splitWords(path: string): readonly string[] {
  return path.toLowerCase().split(/[^a-z]+/);
}
