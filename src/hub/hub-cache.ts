import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { OperatorError } from '../errors.ts';
import type { HubFile, HubListing, HubRepository } from './hub.ts';

const COMMIT = /^[0-9a-f]{40}$/;

/** One repository's folder in the standard cache: `blobs/` by ETag, `snapshots/COMMIT/` with links to them, `refs/`. */
export type HubCache = {
  readonly blobsDir: string;
  /** Where a file of a commit lies once it is there. */
  snapshotPath(commit: string, file: string): string;
  /** Whether the whole file is there. */
  has(commit: string, file: HubFile): Promise<boolean>;
  /** What is completely there of a branch, tag or commit. */
  listing(revision: string): Promise<HubListing | undefined>;
  /** Makes a complete blob the file of a commit. */
  link(blob: string, commit: string, file: string): Promise<void>;
  /** Remembers which commit a branch or tag stands for. */
  setRef(revision: string, commit: string): Promise<void>;
};

export function hubCache(cacheDir: string, { kind, id }: HubRepository): HubCache {
  const root = path.join(cacheDir, `${kind}s--${id.replaceAll('/', '--')}`);
  const blobsDir = path.join(root, 'blobs');
  const snapshotDir = (commit: string) => path.join(root, 'snapshots', commit);
  const snapshotPath = (commit: string, file: string) => path.join(snapshotDir(commit), ...file.split('/'));
  const refPath = (revision: string) => path.join(root, 'refs', ...revision.split('/'));

  return {
    blobsDir,
    snapshotPath,
    has: async (commit, file) => (await sizeOf(snapshotPath(commit, file.path))) === file.sizeBytes,
    async listing(revision) {
      if (!isSafePath(revision)) return undefined;
      const commit = COMMIT.test(revision)
        ? revision
        : (await readFile(refPath(revision), 'utf8').catch(() => '')).trim();
      if (!COMMIT.test(commit)) return undefined;
      const files = await filesUnder(snapshotDir(commit));
      return files.length > 0 ? { commit, files } : undefined;
    },
    async link(blob, commit, file) {
      const target = snapshotPath(commit, file);
      await mkdir(path.dirname(target), { recursive: true });
      // Made aside and renamed: another process never sees a link or a copy that is half there.
      const aside = path.join(blobsDir, `${randomUUID()}.link`);
      const linked = await symlink(path.relative(path.dirname(target), blob), aside).then(
        () => true,
        () => false,
      );
      if (linked) await rename(aside, target);
      if (linked && (await sizeOf(target)) !== undefined) return;
      await copyFile(blob, aside);
      await rename(aside, target);
    },
    async setRef(revision, commit) {
      if (revision === commit || !isSafePath(revision)) return;
      await mkdir(path.dirname(refPath(revision)), { recursive: true });
      const aside = path.join(blobsDir, `${randomUUID()}.ref`);
      await writeFile(aside, commit);
      await rename(aside, refPath(revision));
    },
  };
}

/** Whether a name from outside stays inside the folder it is joined to. */
export function isSafePath(name: string): boolean {
  const parts = name.split('/');
  return !/[\\\0:]/.test(name) && parts.every((part) => part !== '' && part !== '.' && part !== '..');
}

export async function sizeOf(file: string): Promise<number | undefined> {
  const found = await stat(file).catch(() => undefined);
  return found?.isFile() ? found.size : undefined;
}

/** A failure of the file system, as what the operator can do about it; other errors as they are. */
export function diskError(error: unknown, file: string): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? '';
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new OperatorError(
      `The disk is full: ${file} could not be written. Free some space, or set HF_HOME to another disk.`,
      {
        cause: error,
      },
    );
  }
  if (['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT', 'EISDIR'].includes(code)) {
    return new OperatorError(
      `${file} could not be written. Check that the folder may be written, or set HF_HOME to another.`,
      {
        cause: error,
      },
    );
  }
  return error;
}

async function filesUnder(dir: string, prefix = ''): Promise<HubFile[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  const files: HubFile[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = prefix + entry.name;
    if (entry.isDirectory()) files.push(...(await filesUnder(path.join(dir, entry.name), `${name}/`)));
    else {
      // Follows the link: one whose blob is gone leads nowhere.
      const sizeBytes = await sizeOf(path.join(dir, entry.name));
      if (sizeBytes !== undefined) files.push({ path: name, sizeBytes });
    }
  }
  return files;
}
