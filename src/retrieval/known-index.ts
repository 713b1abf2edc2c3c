import type { PortableEmbedder } from '../embedding/open-model.ts';
import type { Logger } from '../log.ts';
import { indexStamp, readManifest } from './index-files.ts';
import { compareIdentity, DamagedIndexError, type Manifest } from './manifest.ts';

/** What a running bot knows of the index on disk. */
export interface KnownIndex {
  /** What it was built with; undefined when there is none that can be used. */
  usableManifest(): Promise<Manifest | undefined>;
  /** Whether questions may be embedded by this for an index of that manifest. */
  serves(manifest: Manifest, embedder: PortableEmbedder): boolean;
  /**
   * An index that proved to be damaged is none from then on. Only damage is mended by making it again; a newer format,
   * say, must not be overwritten: any other error is thrown.
   *
   * @param stamp of the index that was looked at
   */
  noteDamage(error: unknown, stamp: string | undefined): void;
  /** Has the log say once that this index answers by meaning, and with what. */
  noteServing(manifest: Manifest, embedder: PortableEmbedder): void;
}

export function createKnownIndex({
  directory,
  log,
}: {
  /** Where the index files lie. */
  readonly directory: string;
  readonly log: Logger;
}): KnownIndex {
  /** The stamp of an index that is to be made again. */
  let damaged: string | undefined;
  /** The index whose other precision is in the log already. */
  let notedPrecision = '';
  /** The index that is in the log as the one that serves. */
  let notedServing = '';

  function noteDamage(error: unknown, stamp: string | undefined): void {
    if (!(error instanceof DamagedIndexError)) throw error;
    damaged = stamp;
    log.error(`${error.message} It is made again from the store.`);
  }

  return {
    async usableManifest() {
      const stamp = await indexStamp(directory);
      if (stamp === undefined || stamp === damaged) return undefined;
      try {
        return await readManifest(directory);
      } catch (error) {
        noteDamage(error, stamp);
        return undefined;
      }
    },
    serves(manifest, { identity }) {
      const verdict = compareIdentity(manifest, identity);
      if (verdict === 'other-precision' && notedPrecision !== manifest.createdAt) {
        notedPrecision = manifest.createdAt;
        log.info(`the index was made in ${manifest.precision}; questions are embedded in ${identity.precision}`);
      }
      return verdict === 'same' || verdict === 'other-precision';
    },
    noteDamage,
    noteServing({ createdAt, rows }, { identity, device }) {
      const { model, precision } = identity;
      const index = `${createdAt} ${model} ${precision}`;
      if (index === notedServing) return;
      notedServing = index;
      log.info('an index by meaning serves', { model, precision, device, comments: rows });
    },
  };
}
