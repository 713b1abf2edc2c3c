import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { makeMpnet } from '../../scripts/make-mpnet-onnx.ts';

const FOLDER = fileURLToPath(new URL('../../.cache/mpnet-true-shape', import.meta.url));

/** A model of the true MPNet shape with random weights (0.7 GB), made by the first who asks for it. */
export async function trueShapeModel(): Promise<string> {
  if (!existsSync(FOLDER)) {
    const aside = `${FOLDER}.${process.pid}`;
    await rm(aside, { recursive: true, force: true });
    await makeMpnet(aside);
    await rename(aside, FOLDER);
  }
  return FOLDER;
}
