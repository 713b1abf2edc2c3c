import { existsSync } from 'node:fs';
import path from 'node:path';

/** The model that comes with the program, as `MODEL` and manifests name it. `models/box/README.md` tells what it is. */
export const BOX_MODEL = 'box';

/** Where it lies: beside the program's sources, compiled or not. A folder without it gives a clear error when read. */
export function boxFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(path.join(folder, 'models', BOX_MODEL)) && path.dirname(folder) !== folder) {
    folder = path.dirname(folder);
  }
  return path.join(folder, 'models', BOX_MODEL);
}
