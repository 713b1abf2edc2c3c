import { stat } from 'node:fs/promises';
import { filesOf } from '../corpus/open-source.ts';
import type { CommentStore } from '../corpus/store.ts';
import { modelFolder } from '../embedding/model-files.ts';
import { OperatorError } from '../errors.ts';

export type NamedPaths = {
  readonly store: CommentStore;
  /** The sources that the operator named. */
  readonly named: readonly string[];
  /** A folder or an id of the Hub. */
  readonly model: string;
};

/**
 * What is to be on this machine and is not comes by no waiting. A file whose comments are kept already may be gone: it
 * is not read again.
 *
 * @throws OperatorError that names what is missing
 */
export async function requireNamedPaths({ store, named, model }: NamedPaths): Promise<void> {
  await modelFolder(model);
  const kept = (await store.sources()).filter(({ comments }) => comments > 0).map(({ spec }) => spec);
  const files = named.filter((spec) => !kept.includes(spec)).flatMap(filesOf);
  const found = await Promise.all(files.map((file) => stat(file).catch(() => undefined)));
  const missing = files.filter((_file, place) => !found[place]?.isFile());
  if (missing.length === 0) return;
  throw new OperatorError(
    `SOURCES names ${missing.join(' and ')}, and there is no such file. Check the path: one that does not begin with / is looked for in ${process.cwd()}.`,
  );
}
