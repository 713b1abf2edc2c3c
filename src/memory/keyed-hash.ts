import { createHmac } from 'node:crypto';

/** Stands for a person or a text in the memory's file: the same for the same value, and nothing without the key. */
export type KeyedHash = (value: string) => string;

export function createKeyedHash(key: Uint8Array): KeyedHash {
  return (value) => createHmac('sha256', key).update(value).digest('base64url').slice(0, 22);
}
