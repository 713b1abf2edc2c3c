import { createHash } from 'node:crypto';
import { documentOf } from '../corpus/prepare.ts';
import type { Comment } from '../corpus/store.ts';

/** Vectors are kept by it, so that unchanged comments are never embedded again; the layout names another space. */
export function hashOf(comment: Comment): string {
  return createHash('sha256').update(documentOf(comment)).digest('base64url').slice(0, 22);
}
