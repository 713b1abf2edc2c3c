import path from 'node:path';
import { expect, it } from 'vitest';
import { recall, remember } from '../../src/embedding/model-memory.ts';
import { aFolder } from '../end-to-end/world.ts';

it('what two models that are opened at once write down is there for both', async () => {
  const file = path.join(await aFolder(), 'new', 'models.json');
  const models = ['one', 'two', 'three'];
  await Promise.all(models.map((model) => remember(file, model, model.length)));
  expect(await Promise.all(models.map((model) => recall(file, model)))).toEqual([3, 3, 5]);
});
