import { safeLink } from '../reply-text.ts';
import type { Hit } from '../retrieval/answer.ts';
import { excerpt, visibleLine } from '../visible-text.ts';

const LONGEST_LINK = 300;

export function titleOf(hit: Hit, limit: number): string {
  return excerpt(visibleLine(hit.title), limit) || '(no title)';
}

/** The address, where it may be linked and is of a sensible length. */
export function linkOf(hit: Hit, url: string | undefined): string | undefined {
  const link = safeLink(hit, url);
  return link && link.length <= LONGEST_LINK ? link : undefined;
}
