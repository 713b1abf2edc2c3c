import { describe, expect, it } from 'vitest';
import { type Action, encodeAction, parseAction } from '../../src/help/action.ts';

const id = 'Ab-c_1234567';

describe('an action', () => {
  it.each<Action>([
    { kind: 'share', id, offset: 5 },
    { kind: 'thread', id, offset: 0 },
    { kind: 'page', id, offset: 45 },
    { kind: 'whole', id, rank: 50, part: 12 },
    { kind: 'vote', id, rank: 3, up: true },
    { kind: 'vote', id, rank: 0, up: false },
    { kind: 'solved', id, rank: 2 },
    { kind: 'remove', id },
    { kind: 'hide', id, rank: 1, what: 'author' },
    { kind: 'helper', id },
    { kind: 'issue', id },
    { kind: 'not-here', id },
    { kind: 'post', id },
    { kind: 'dismiss', id },
    { kind: 'narrow', id },
  ])('is read as it was written: $kind', (action) => {
    const text = encodeAction(action);
    expect(parseAction(text)).toEqual(action);
    expect(text).toMatch(/^[\w|-]{1,60}$/);
  });

  it.each([
    '',
    'p1|share|a|0',
    'p2|share|a',
    'p2|share|a|x',
    'p2|vote|a|1|maybe',
    'p2|remove|a|1',
    'p2|else|a',
    'p2|remove|<b>',
  ])('is none: %j', (text) => {
    expect(parseAction(text)).toBeUndefined();
  });
});
