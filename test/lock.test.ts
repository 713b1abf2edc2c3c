import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockDataDir, runningBot } from '../src/lock.ts';

const folder = () => mkdtemp(path.join(tmpdir(), 'lock-'));

describe('the lock of the data folder', () => {
  it('lets one bot in and tells the second who holds it', async () => {
    const dir = await folder();
    const release = await lockDataDir(dir);
    await expect(lockDataDir(dir)).rejects.toThrow(`Another bot already uses ${dir}: process ${process.pid}`);
    await release();
    await (await lockDataDir(dir))();
    expect(await readdir(dir)).toEqual([]);
  });

  it('is taken over from a process that was killed', async () => {
    const dir = await folder();
    const child = spawn('sleep', ['60']);
    const start = (await readFile(`/proc/${child.pid}/stat`, 'utf8')).split(') ').at(-1)?.split(' ')[19];
    await writeFile(path.join(dir, 'bot.lock'), JSON.stringify({ pid: child.pid, host: hostname(), start }));
    expect((await runningBot(dir))?.pid).toBe(child.pid);
    await expect(lockDataDir(dir)).rejects.toThrow('Another bot already uses');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await runningBot(dir)).toBeUndefined();
    await (await lockDataDir(dir))();
  });

  it('is not fooled by another process that got the same number', async () => {
    const dir = await folder();
    await writeFile(
      path.join(dir, 'bot.lock'),
      JSON.stringify({ pid: process.pid, host: hostname(), start: 'long ago' }),
    );
    await (await lockDataDir(dir))();
  });

  it('of another machine or container counts while that one keeps it young', async () => {
    const dir = await folder();
    const file = path.join(dir, 'bot.lock');
    await writeFile(file, JSON.stringify({ pid: 1, host: 'another-container', start: '5' }));
    await expect(lockDataDir(dir)).rejects.toThrow('process 1 on another-container');
    const longAgo = new Date(Date.now() - 120_000);
    await utimes(file, longAgo, longAgo);
    await (await lockDataDir(dir))();
  });

  it('takes over a lock that is empty or torn', async () => {
    const dir = await folder();
    await writeFile(path.join(dir, 'bot.lock'), '{"pid":');
    await (await lockDataDir(dir))();
  });

  it('lets exactly one of many that start together in', async () => {
    const dir = await folder();
    await writeFile(path.join(dir, 'bot.lock'), '');
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => lockDataDir(dir)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('says what to do when the folder cannot be written', async () => {
    const file = path.join(await folder(), 'file');
    await writeFile(file, '');
    await expect(lockDataDir(path.join(file, 'data'))).rejects.toThrow('cannot be written. Check that it exists');
  });
});
