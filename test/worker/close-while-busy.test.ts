import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { compiled } from '../../src/worker/channel.ts';
import { TINY_MODEL } from '../embedding/tiny-model.ts';

const CHILD = fileURLToPath(compiled(new URL('close-while-busy-child.ts', import.meta.url)));

describe('a thread that runs native code', () => {
  it('can be closed while it embeds, and the process lives on', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [CHILD, TINY_MODEL]);
    expect(stdout.trim().split('\n')).toEqual(Array(3).fill('the worker was closed'));
  });
});
