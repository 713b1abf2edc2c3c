import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import type { Check, Finding } from '../check.ts';
import { filesOf } from '../corpus/open-source.ts';

/** The files among the configured sources. Not part of a start: a bot goes on trying, and has the rows of before. */
export function sourcesCheck(sources: readonly string[]): Check {
  return {
    name: 'Sources',
    fast: false,
    run: async () => (await Promise.all(sources.flatMap(filesOf).map(lookAt))).flat(),
  };
}

async function lookAt(file: string): Promise<readonly Finding[]> {
  try {
    await access(file, constants.R_OK);
    const found = await stat(file);
    if (!found.isFile()) return [fault(`${file} is no file`)];
    return found.size > 0 ? [{ level: 'ok', message: `${file} is there` }] : [fault(`${file} is empty`)];
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return [fault(isMissing ? `${file} is not there` : `${file} cannot be read`)];
  }
}

function fault(message: string): Finding {
  return { level: 'fault', message, mend: 'Put the file there, let this user read it, or change SOURCES.' };
}
