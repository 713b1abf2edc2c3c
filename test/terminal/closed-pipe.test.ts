import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { compiled } from '../../src/worker/channel.ts';

const CLI = fileURLToPath(compiled(new URL('../../src/cli.ts', import.meta.url)));

it('a command whose reader stops early ends without a fault, as under `| head`', async () => {
  const piped = 'set -o pipefail; "$@" | true';
  const child = spawn('bash', ['-c', piped, 'bash', process.execPath, CLI, 'slack:manifest']);
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const [code] = await once(child, 'close');
  expect({ code, said }).toEqual({ code: 0, said: '' });
});
