import { createHash } from 'node:crypto';
import path from 'node:path';
import { jsonlFile, statFile } from './jsonl.ts';
import { parquetFile } from './parquet.ts';
import { readRowFiles } from './read-row-files.ts';
import type { RowFile } from './row-file.ts';
import type { Source } from './source.ts';

/** A source that is one or several files on this machine, read as one. `spec` names it. */
export function filesSource(spec: string, files: readonly string[], stagingDir: string): Source {
  return {
    spec,
    async fingerprint() {
      const marks = [];
      for (const file of files) {
        const { sizeBytes, modifiedMs } = await statFile(file, file);
        marks.push(`${file}:${sizeBytes}:${modifiedMs}`);
      }
      return marks.join(' ');
    },
    async *read({ cursor, signal } = {}) {
      const rowFiles = [];
      for (const file of files) rowFiles.push(await rowFile(file));
      yield* readRowFiles(rowFiles, { spec, stagingFile: stagingFileOf(stagingDir, spec), cursor, signal });
    },
  };
}

/** A file of rows, by its ending: parquet, else JSON lines. */
export function rowFile(file: string, name = file): Promise<RowFile> {
  return name.endsWith('.parquet') ? parquetFile(file, name) : jsonlFile(file, name);
}

/** One for each source, which has one writer; what an interrupted run left is overwritten by the next. */
export function stagingFileOf(stagingDir: string, spec: string): string {
  return path.join(stagingDir, `joining-${createHash('sha256').update(spec).digest('hex').slice(0, 16)}.sqlite`);
}
