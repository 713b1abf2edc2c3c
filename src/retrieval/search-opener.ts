import { indexStamp } from './index-files.ts';
import type { KnownIndex } from './known-index.ts';
import { type Search, startSearch } from './search.ts';
import type { UpkeepOptions } from './upkeep-options.ts';

type SearchOpenerContext = Pick<UpkeepOptions, 'storeFile' | 'directory' | 'vectorIndex' | 'recipe' | 'log'> & {
  readonly known: Pick<KnownIndex, 'noteDamage'>;
  /** A search that was opened cannot be used any more. */
  readonly onLost: () => void;
};

/**
 * Opens the index on disk for questions. One that proves to be damaged is noted as such, to be made again from the store;
 * until then keyword search answers.
 */
export function createSearchOpener(context: SearchOpenerContext): (useVectors: boolean) => Promise<Search> {
  const { storeFile, directory, vectorIndex, recipe, known, log } = context;
  const onLost = () => {
    log.error('the thread that searches has failed; another one takes its place');
    context.onLost();
  };
  const start = (useVectors: boolean) => startSearch({ storeFile, directory, vectorIndex, useVectors, recipe }, onLost);

  return async (useVectors) => {
    const stamp = await indexStamp(directory);
    try {
      return await start(useVectors);
    } catch (error) {
      known.noteDamage(error, stamp);
      return start(false);
    }
  };
}
