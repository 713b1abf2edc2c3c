import { randomBytes } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { MANIFEST_NAME, readManifest } from './index-files.ts';
import { compareIdentity, embeddedLayout, type Manifest } from './manifest.ts';

/** What was measured of how sure hits are. */
export type Measures = Pick<Manifest, 'bands' | 'strongAbove'>;

/**
 * What a new index takes over from the one it replaces: it changes with the model, little with a few comments. The size
 * that was measured goes along, so that many small steps do not lead away from it unnoticed.
 */
export function inheritedMeasures(
  next: Manifest,
  before: Manifest | undefined,
): Measures & Pick<Manifest, 'measuredRows'> {
  if (!before?.bands || !isAlike(next, before)) return {};
  return { bands: before.bands, strongAbove: before.strongAbove, measuredRows: measuredRowsOf(before) };
}

/**
 * Keeps what was measured in the manifest of the folder's index, if that is the one it was measured of or one that would
 * take it over. Should another writer slip in between, the index is found damaged and remade.
 */
export async function keepMeasures(directory: string, of: Manifest, measures: Measures): Promise<void> {
  const current = await readManifest(directory);
  if (!current || !isAlike(current, of)) return;
  const measured: Manifest = { ...current, ...measures, measuredRows: of.rows };
  const aside = path.join(directory, `index-${randomBytes(6).toString('hex')}.json`);
  try {
    await writeFile(aside, `${JSON.stringify(measured, undefined, 2)}\n`, { flush: true });
    const latest = await readManifest(directory);
    if (latest?.files.vectors.name === current.files.vectors.name) {
      await rename(aside, path.join(directory, MANIFEST_NAME));
    }
  } finally {
    await rm(aside, { force: true });
  }
}

function isAlike(next: Manifest, before: Manifest): boolean {
  if (
    before.metric !== next.metric ||
    compareIdentity(before, next, next.metric, next.recipe, embeddedLayout(next)) !== 'same'
  )
    return false;
  const growth = next.rows / Math.max(1, measuredRowsOf(before));
  return growth > 0.8 && growth < 1.25;
}

function measuredRowsOf({ measuredRows, rows }: Manifest): number {
  return measuredRows ?? rows;
}
