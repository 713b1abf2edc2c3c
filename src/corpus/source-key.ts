import path from 'node:path';

/**
 * What settings and rows of one source are compared by, however it is written: repositories and datasets without regard
 * to upper and lower case, datasets at whatever revision, files by their absolute paths.
 */
export function sourceKey(spec: string): string {
  const name = spec.trim();
  if (name.startsWith('github:')) return name.toLowerCase();
  if (name.startsWith('hub:')) return name.toLowerCase().replace(/@.*$/, '');
  // The sample corpus is no file, and has no ending as files do.
  return /\.\w+$/.test(name)
    ? name
        .split('+')
        .map((file) => path.resolve(file))
        .join('+')
    : name;
}
