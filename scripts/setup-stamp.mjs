// @ts-check
// Stamps say what is already in place. Each is written last, so what was cut short is done again.
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';

/** @param {string} file @returns {string} empty when there is none */
export function readStamp(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** @param {string} file @param {string} value */
export function writeStamp(file, value) {
  const aside = `${file}.${process.pid}`;
  writeFileSync(aside, value);
  renameSync(aside, file);
}

/** @param {string} file */
export function removeStamp(file) {
  rmSync(file, { force: true });
}

/** @param {readonly string[]} parts @returns {string} */
export function digest(parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
}

/** Changes when the file does; empty when there is none. @param {string} file @returns {string} */
export function trace(file) {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats ? `${stats.size} ${stats.mtimeMs}` : '';
}
