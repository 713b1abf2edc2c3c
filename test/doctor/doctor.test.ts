import { describe, expect, it } from 'vitest';
import type { Check, Finding } from '../../src/check.ts';
import { doctor, logFindings, runChecks } from '../../src/doctor/doctor.ts';
import { createLogger } from '../../src/log.ts';

const check = (name: string, ...findings: Finding[]): Check => ({ name, fast: true, run: async () => findings });
const FINE = check('Node.js', { level: 'ok', message: '20.19.0' });
const WARNING = check('Clock', { level: 'warning', message: '90 s ahead', mend: 'Switch on NTP.' });
const FAULT = check('Slack scopes', { level: 'fault', message: 'chat:write\nis missing', mend: 'Add it.' });

async function run(checks: readonly Check[], options: Partial<Parameters<typeof doctor>[0]> = {}) {
  let output = '';
  const write = (text: string) => {
    output += text;
  };
  const code = await doctor({ checks, write, ...options });
  return { code, output };
}

describe('doctor', () => {
  it('prints one line for each finding, with what mends it, and counts them', async () => {
    const { output } = await run([FINE, WARNING, FAULT]);
    expect(output).toBe(
      [
        'ok       Node.js: 20.19.0',
        'warning  Clock: 90 s ahead → Switch on NTP.',
        'fault    Slack scopes: chat:write is missing → Add it.',
        '',
        '1 fault, 1 warning, 1 ok',
        '',
      ].join('\n'),
    );
  });

  it('ends with 1 on any fault, and with 0 on warnings alone', async () => {
    expect((await run([FINE, FAULT])).code).toBe(1);
    expect((await run([FINE, WARNING])).code).toBe(0);
  });

  it('prints one object with --json', async () => {
    const { code, output } = await run([FINE, FAULT], { json: true });
    expect(code).toBe(1);
    expect(JSON.parse(output)).toEqual({
      ok: false,
      checks: [
        { name: 'Node.js', findings: [{ level: 'ok', message: '20.19.0' }] },
        { name: 'Slack scopes', findings: [{ level: 'fault', message: 'chat:write\nis missing', mend: 'Add it.' }] },
      ],
    });
  });

  it('goes on when a check fails or hangs, even one that is deaf to its signal', async () => {
    const broken: Check = { name: 'Broken', fast: true, run: async () => Promise.reject(new Error('out of order')) };
    const hanging: Check = { name: 'Hanging', fast: true, run: () => new Promise(() => {}) };
    const { code, output } = await run([broken, hanging, FINE], { timeoutMs: 50 });
    expect(code).toBe(1);
    expect(output).toContain('fault    Broken: out of order\n');
    expect(output).toContain('fault    Hanging: no result within 0.05 s\n');
    expect(output).toContain('ok       Node.js');
  });

  it('stops when it is told to', async () => {
    const hanging: Check = { name: 'Hanging', fast: true, run: () => new Promise(() => {}) };
    const stop = new AbortController();
    const running = runChecks([hanging], { signal: stop.signal });
    stop.abort(new Error('stopped'));
    await expect(running).rejects.toThrow('stopped');
  });

  it('prints no secret', async () => {
    const leaky = check('Address', { level: 'fault', message: 'https://hub.example/?token=hf_secret' });
    expect((await run([leaky], { secrets: ['hf_secret'] })).output).toContain('?token=***');
  });

  it('puts faults and warnings into the log at a start, and nothing else', async () => {
    const lines: string[] = [];
    const log = createLogger({ write: (line) => lines.push(line.slice(25)) });
    logFindings(await runChecks([FINE, WARNING, FAULT]), log);
    expect(lines).toEqual([
      'WARN  Clock: 90 s ahead → Switch on NTP.',
      'ERROR Slack scopes: chat:write is missing → Add it.',
    ]);
  });
});
