/**
 * The buttons below an answer. What a button needs is in its value (which answer, which hit), so it works after a
 * restart as long as the answer book knows the answer.
 */
export const ACTIONS = {
  share: 'precedent_share',
  thread: 'precedent_thread',
  more: 'precedent_more',
  whole: 'precedent_whole',
  part: 'precedent_part',
} as const;

/** What all action ids look like: how the listener finds ours. */
export const ACTION_PATTERN = /^precedent_/;

/** `at` is the offset of a page of hits, or the rank of one hit; `part` is a part of a long comment. */
export type ButtonValue = { readonly answerId: string; readonly at: number; readonly part: number };

export function encodeValue({ answerId, at, part = 0 }: { answerId: string; at: number; part?: number }): string {
  return part === 0 ? `${answerId}:${at}` : `${answerId}:${at}:${part}`;
}

/** Undefined for what no button of ours carries. */
export function parseValue(value: string | undefined): ButtonValue | undefined {
  const match = /^([\w-]{1,100}):(\d{1,7})(?::(\d{1,4}))?$/.exec(value ?? '');
  if (!match) return undefined;
  return { answerId: match[1] as string, at: Number(match[2]), part: Number(match[3] ?? 0) };
}
