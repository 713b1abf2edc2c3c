import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { compiled } from '../../src/worker/channel.ts';

const CLI = fileURLToPath(compiled(new URL('../../src/cli.ts', import.meta.url)));

type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string };

async function typed(...args: readonly string[]): Promise<Ended> {
  return typedIn(process.cwd(), ...args);
}

async function typedIn(cwd: string, ...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, ...args], { cwd }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

describe('what is typed', () => {
  it('may ask for help, of a command and of them all', async () => {
    expect(await typed('ask', '--help')).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^Usage: npm run ask -- /),
      stderr: '',
    });
    expect(await typed('--help')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Commands: start, ask, /) });
  });

  it('is refused where it is longer than the engine can bear', async () => {
    const { code, stderr } = await typed('ask', 'word '.repeat(4_000));
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^What was typed is 20000 bytes long: expected at most 10000\./),
    });
  });

  it('is told, where a setting is missing, which one in .env was misspelled', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'misspelled-'));
    await writeFile(path.join(folder, '.env'), 'DISCORD_TOKENN=abc\n');
    const { code, stderr } = await typedIn(folder, 'discord:invite');
    expect({ code, lines: stderr.split('\n') }).toEqual({
      code: 1,
      lines: [
        'The configuration has a fault:',
        expect.stringContaining('DISCORD_TOKEN is not set'),
        '  DISCORD_TOKENN in .env is no setting. Did you mean DISCORD_TOKEN?',
        '',
      ],
    });
    await rm(folder, { recursive: true });
  });

  it('may be piped to a reader that stops early, as `| head` does', async () => {
    const piped = 'set -o pipefail; "$@" | true';
    const child = spawn('bash', ['-c', piped, 'bash', process.execPath, CLI, 'slack:manifest']);
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    const [code] = await once(child, 'close');
    expect({ code, said }).toEqual({ code: 0, said: '' });
  });
});
