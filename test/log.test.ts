import { describe, expect, it } from 'vitest';
import { createLogger } from '../src/log.ts';

const lines: string[] = [];
const write = (line: string) => void lines.push(line);
const now = () => new Date('2026-01-02T03:04:05Z');

describe('the log', () => {
  it('writes one line an event, as text', () => {
    lines.length = 0;
    createLogger({ write, now }).info('connected', { servers: 3, name: 'a b' });
    expect(lines).toEqual(['2026-01-02T03:04:05.000Z INFO  connected servers=3 name="a b"']);
  });

  it('writes JSON that a machine can read, errors and their causes included', () => {
    lines.length = 0;
    createLogger({ write, now, format: 'json' }).error('failed', {
      error: new Error('outer', { cause: new Error('inner') }),
    });
    expect(JSON.parse(lines[0] as string)).toMatchObject({
      level: 'error',
      message: 'failed',
      error: { message: 'outer (inner)' },
    });
  });

  it('never prints a secret', () => {
    lines.length = 0;
    const log = createLogger({ write, now, secrets: ['xoxb-123', ''] });
    log.warn('refused', { error: new Error('bad token xoxb-123') });
    expect(lines[0]).toContain('bad token ***');
    expect(lines.join()).not.toContain('xoxb-123');
  });

  it('leaves out what is below its level', () => {
    lines.length = 0;
    const log = createLogger({ write, now, level: 'warn' });
    log.info('quiet');
    log.warn('loud');
    expect(lines).toHaveLength(1);
  });
});
