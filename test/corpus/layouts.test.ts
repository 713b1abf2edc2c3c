import { expect, it } from 'vitest';
import { layoutOf } from '../../src/corpus/layouts.ts';
import { documentOf } from '../../src/corpus/prepare.ts';

const comment = { title: 'Title', body: `<!-- hint -->${' word'.repeat(100)}`, text: '> what?\nThis  way.' };

it('seed: the course’s document to the letter', () => {
  expect(layoutOf('seed').documentOf(comment)).toBe(documentOf(comment));
});

it('short-body: a body however long leaves the comment its place, and of it what tells nothing is left out', () => {
  const body = Array.from({ length: 80 }, () => 'word').join(' ');
  expect(layoutOf('short-body').documentOf(comment)).toBe(`Title \n ${body} \n ${comment.text}`);
  expect(layoutOf('short-body').documentOf({ ...comment, body: '' })).toBe(`Title \n  \n ${comment.text}`);
});
