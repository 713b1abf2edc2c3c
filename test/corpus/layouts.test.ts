import { expect, it } from 'vitest';
import { layoutOf } from '../../src/corpus/layouts.ts';
import { documentOf } from '../../src/corpus/prepare.ts';

const comment = { title: 'Title', body: `<!-- hint -->${' word'.repeat(100)}`, text: '> what?\nThis  way.' };

it('seed: the course’s document to the letter', () => {
  expect(layoutOf('seed').documentOf(comment)).toBe(documentOf(comment));
  expect(layoutOf('seed').textOf(comment.text)).toBe(comment.text);
});

it('short-body: a body however long leaves the comment its place, and what tells nothing is left out', () => {
  const body = Array.from({ length: 80 }, () => 'word').join(' ');
  expect(layoutOf('short-body').documentOf(comment)).toBe(`Title \n ${body} \n This way.`);
  expect(layoutOf('short-body').textOf(comment.text)).toBe('This way.');
  expect(layoutOf('short-body').documentOf({ ...comment, body: '' })).toBe('Title \n  \n This way.');
});
