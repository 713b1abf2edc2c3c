/**
 * What can be pressed below a message, on every platform alike. It is written into the control itself, together with
 * the answer's id, so that it needs nothing from memory and works after a restart.
 */
export type Action =
  /** Post these hits for everyone. */
  | { readonly kind: 'share'; readonly id: string; readonly offset: number }
  /** The same in a thread of its own, or on the message that was asked about. */
  | { readonly kind: 'thread'; readonly id: string; readonly offset: number }
  /** The hits after `offset`, for whoever pressed. */
  | { readonly kind: 'page'; readonly id: string; readonly offset: number }
  /** The whole comment of a hit. `rank` 0: the platform asks which, in a select. */
  | { readonly kind: 'whole'; readonly id: string; readonly rank: number; readonly part: number }
  /** A thumb for a hit, or for the whole answer (`rank` 0). Pressed again, it is taken back. */
  | { readonly kind: 'vote'; readonly id: string; readonly rank: number; readonly up: boolean }
  /** This solved it: `rank` names the hit that did, 0 asks which. Pressed again by who may, it is undone. */
  | { readonly kind: 'solved'; readonly id: string; readonly rank: number }
  /** Remove the posted answer, for everyone. */
  | { readonly kind: 'remove'; readonly id: string }
  /** Never show this comment, or its author, here again (managers). `rank` 0 asks which. */
  | { readonly kind: 'hide'; readonly id: string; readonly rank: number; readonly what: 'comment' | 'author' }
  /** Ask a helper. */
  | { readonly kind: 'helper'; readonly id: string }
  /** Open an issue on GitHub: a link with the question filled in (`newIssueUrl`), which nobody is told of. */
  | { readonly kind: 'issue'; readonly id: string }
  /** Switch automatic replies off in this thread (helpers, the asker). */
  | { readonly kind: 'not-here'; readonly id: string }
  /** A suggestion in the helpers' channel: post it, or drop it. */
  | { readonly kind: 'post'; readonly id: string }
  | { readonly kind: 'dismiss'; readonly id: string }
  /** What would have been shown was right or wrong (managers): `id` names the question's outcome. */
  | { readonly kind: 'judge'; readonly id: string; readonly right: boolean }
  /** Open a form with filters. */
  | { readonly kind: 'narrow'; readonly id: string };

const PREFIX = 'p2';

/** At most 60 characters, of letters, digits, `-`, `_` and `|`. */
export function encodeAction(action: Action): string {
  const { kind, id, ...rest } = action;
  return [PREFIX, kind, id, ...Object.values(rest).map(String)].join('|');
}

/** Undefined for what is not of this version. */
export function parseAction(text: string): Action | undefined {
  const [prefix, kind, id, ...rest] = text.split('|');
  if (prefix !== PREFIX || !kind || !id || !/^[\w-]{1,30}$/.test(id)) return undefined;
  const [first, second] = rest;
  const number = (value: string | undefined) => (/^\d{1,6}$/.test(value ?? '') ? Number(value) : undefined);
  const [one, two] = [number(first), number(second)];
  switch (kind) {
    case 'share':
    case 'thread':
    case 'page':
      return one === undefined || rest.length !== 1 ? undefined : { kind, id, offset: one };
    case 'whole':
      return one === undefined || two === undefined || rest.length !== 2
        ? undefined
        : { kind, id, rank: one, part: two };
    case 'vote':
      return one === undefined || (second !== 'true' && second !== 'false')
        ? undefined
        : { kind, id, rank: one, up: second === 'true' };
    case 'solved':
      return one === undefined || rest.length !== 1 ? undefined : { kind, id, rank: one };
    case 'hide':
      return one === undefined || (second !== 'comment' && second !== 'author')
        ? undefined
        : { kind, id, rank: one, what: second };
    case 'judge':
      return rest.length !== 1 || (first !== 'true' && first !== 'false')
        ? undefined
        : { kind, id, right: first === 'true' };
    case 'remove':
    case 'helper':
    case 'issue':
    case 'not-here':
    case 'post':
    case 'dismiss':
    case 'narrow':
      return rest.length === 0 ? { kind, id } : undefined;
    default:
      return undefined;
  }
}
