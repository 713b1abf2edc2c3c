import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Check } from '../../src/check.ts';
import { readConfig } from '../../src/config.ts';
import {
  configurationCheck,
  dataFolderCheck,
  NATIVE_LIBRARIES,
  nativeLibraryCheck,
  nodeCheck,
  portCheck,
  roomFinding,
  writeMend,
} from '../../src/doctor/machine-checks.ts';

const look = (check: Check) => check.run(AbortSignal.timeout(20_000));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'doctor-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the machine', () => {
  it.each([
    ['20.19.0', 'ok'],
    ['24.0.0', 'ok'],
    ['20.18.9', 'fault'],
    ['18.20.0', 'fault'],
  ])('Node.js %s is %s', async (version, level) => {
    expect(await look(nodeCheck(version))).toMatchObject([{ level }]);
  });

  it('tells every fault of the settings', async () => {
    const findings = await look(configurationCheck(() => readConfig({ PORT: 'x', DEVICE: 'tpu' })));
    expect(findings.map(({ level }) => level)).toEqual(['fault', 'fault']);
    expect(findings.map(({ message }) => message).join()).toMatch(/DEVICE is "tpu".*PORT is "x"/);
    expect(await look(configurationCheck(() => readConfig({})))).toEqual([{ level: 'ok', message: 'complete' }]);
  });

  it('finds a data folder writable and leaves nothing in it', async () => {
    expect(await look(dataFolderCheck(folder))).toMatchObject([{ message: expect.stringContaining(`${folder}, `) }]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('does not make a data folder that is not there yet', async () => {
    const [finding] = await look(dataFolderCheck(path.join(folder, 'a', 'b')));
    expect(finding?.message).toContain('will be made at the first start');
    expect(await readdir(folder)).toEqual([]);
  });

  it('finds a data folder that is none', async () => {
    const file = path.join(folder, 'file');
    await writeFile(file, '');
    expect(await look(dataFolderCheck(file))).toMatchObject([
      { level: 'fault', mend: 'Set DATA_DIR to a folder: this is a file.' },
    ]);
  });

  it('asks for room where the disk is full, not for rights', () => {
    expect(writeMend({ code: 'ENOSPC' })).toContain('Make room on the disk');
    expect(writeMend({ code: 'EACCES' })).toContain('Give this user the right');
  });

  it.each([
    [2e9, 'ok', '2.0 GB'],
    [400e6, 'warning', '400 MB'],
    [1e6, 'fault', '1 MB'],
  ])('takes %d free bytes as %s', (bytes, level, text) => {
    expect(roomFinding('data', bytes)).toMatchObject({ level, message: `data, ${text} free` });
  });

  it.each(NATIVE_LIBRARIES)('tries $name in a process of its own', async (library) => {
    expect(await look(nativeLibraryCheck(library))).toEqual([{ level: 'ok', message: 'loads' }]);
  });

  it('tells of a library that is missing, that does not work, and that crashes', async () => {
    const trial = (name: string, script: string) => look(nativeLibraryCheck({ name, trial: script, mend: 'Mend it.' }));
    expect(await trial('no-such-library', '')).toMatchObject([
      { level: 'fault', message: expect.stringContaining("Cannot find module 'no-such-library'"), mend: 'Mend it.' },
    ]);
    expect(await trial('node:fs', 'library.nothing()')).toMatchObject([
      { message: expect.stringContaining('library.nothing is not a function') },
    ]);
    expect(await trial('node:fs', "process.kill(process.pid, 'SIGSEGV'); setTimeout(() => {}, 9999)")).toMatchObject([
      { message: 'does not load: it crashed (SIGSEGV)' },
    ]);
  });

  it('tells a free port, one of the running bot, and one of another program', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const options = { host: '127.0.0.1', port, setting: 'PORT' };
    expect(await look(portCheck({ ...options, running: async () => true }))).toMatchObject([{ level: 'ok' }]);
    expect(await look(portCheck({ ...options, running: async () => false }))).toEqual([
      {
        level: 'fault',
        message: `${port} on 127.0.0.1 is in use by another program`,
        mend: 'Stop what uses it, or set PORT to a free port.',
      },
    ]);
    await new Promise((resolve) => server.close(resolve));
    expect(await look(portCheck({ ...options, running: async () => false }))).toMatchObject([{ level: 'ok' }]);
  });
});
