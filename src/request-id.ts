import { randomBytes } from 'node:crypto';

/** Names one request to the asker and in the log: eight characters that are easy to read out. */
export function newRequestId(): string {
  const letters = '23456789abcdefghjkmnpqrstuvwxyz';
  return Array.from(randomBytes(8), (byte) => letters[byte % letters.length]).join('');
}
