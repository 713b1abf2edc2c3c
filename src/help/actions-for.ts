import { newIssueUrl } from '../reply-text.ts';
import type { Answer } from '../retrieval/answer.ts';
import type { Action } from './action.ts';
import type { ActionView } from './conversations.ts';
import type { RoomPolicy } from './help-channels.ts';
import { isByPeople } from './lessons.ts';

/**
 * Which actions belong below an answer, in the order of how often they are wanted. Who finds nothing close is shown to
 * people: helpers, or a new issue; behind all else where it cannot be told how close the first hit is, unless people put
 * it there.
 */
export function actionsFor(answer: Answer, view: ActionView, policy: RoomPolicy): readonly Action[] {
  const { id, offset, hits } = answer;
  if (id === undefined) return [];
  const found = hits.length > 0;
  const helper: readonly Action[] = policy.helpersChannel === undefined ? [] : [{ kind: 'helper', id }];
  const issue: readonly Action[] = newIssueUrl(answer) === undefined ? [] : [{ kind: 'issue', id }];
  const nothingClose = !found || answer.band === 'weak';
  const toPeople = [...helper, ...issue];
  const actions: (Action | false)[] =
    view.audience === 'asker'
      ? [
          found && policy.answers === 'public' && { kind: 'share', id, offset },
          found && policy.answers === 'public' && { kind: 'thread', id, offset },
          ...hitActions(answer, id),
          ...(nothingClose ? toPeople : []),
          ...votes(id, found && policy.buttons),
          found && { kind: 'narrow', id },
        ]
      : [
          ...(view.automatic ? [] : hitActions(answer, id)),
          ...(nothingClose ? toPeople : []),
          found && policy.buttons && { kind: 'solved', id, rank: 0 },
          ...(view.automatic ? [] : votes(id, found && policy.buttons)),
          view.automatic && { kind: 'vote', id, rank: 0, up: false },
          view.automatic && { kind: 'not-here', id },
          ...(view.automatic ? hitActions(answer, id) : []),
          { kind: 'remove', id },
          found && { kind: 'hide', id, rank: 0, what: 'comment' },
          found && { kind: 'hide', id, rank: 0, what: 'author' },
        ];
  const unmeasured = !nothingClose && answer.band === undefined && !isByPeople(hits[0]);
  return [...actions.filter((action): action is Action => action !== false), ...(unmeasured ? toPeople : [])];
}

/** Below a suggestion in the helpers' channel. */
export function suggestionActions(id: string): readonly Action[] {
  return [
    { kind: 'post', id },
    { kind: 'dismiss', id },
  ];
}

function hitActions({ offset, hits, more }: Answer, id: string): readonly (Action | false)[] {
  return [
    more && { kind: 'page', id, offset: hits.at(-1)?.rank ?? offset },
    hits.length > 0 && { kind: 'whole', id, rank: 0, part: 0 },
  ];
}

function votes(id: string, shown: boolean): readonly Action[] {
  return shown ? [true, false].map((up) => ({ kind: 'vote', id, rank: 0, up })) : [];
}
