import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

describe('the container', () => {
  const text = read('Dockerfile')
    .replace(/^#.*\n/gm, '')
    .replaceAll('\\\n', ' ');
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const stages = text.split(/^FROM /m).slice(1);
  const last = stages.at(-1) ?? '';
  const copied = lines
    .filter((line) => line.startsWith('COPY') && !line.includes('--from'))
    .flatMap((line) => line.split(/\s+/).slice(1, -1));

  test('copies only what is in the repository and let through to the build', () => {
    expect(copied.length).toBeGreaterThan(0);
    const allowed = read('.dockerignore').split('\n');
    expect(allowed).toContain('*');
    for (const name of copied) {
      expect(allowed, name).toContain(`!${name}`);
      expect(sourcesOf(name), name).not.toEqual([]);
    }
  });

  test('lets no settings, data or packages of this machine into the build', () => {
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'));
    expect(allowed.map((line) => line.slice(1)).sort()).toEqual([...copied].sort());
  });

  test('carries every package that the set-up needs, and at run time the libraries that FAISS loads', () => {
    expect(stages[0]).toMatch(/g\+\+ libfaiss-dev libopenblas-dev/);
    expect(last).toMatch(/libgomp1 libopenblas0/);
  });

  test('builds on a Node that package.json admits', () => {
    for (const stage of stages) expect(stage).toMatch(/^node:22-bookworm-slim/);
  });

  test('runs as a user without rights, with one volume, and stops on the signal that the bot handles', () => {
    expect(last).toMatch(/^USER node$/m);
    expect(last).toMatch(/install -d -o node -g node \/data/);
    expect(text.match(/^VOLUME .*$/gm)).toEqual(['VOLUME /data']);
    expect(last).toMatch(/^ENV .*DATA_DIR=\/data HF_HOME=\/data\/huggingface$/m);
    expect(last).toMatch(/^STOPSIGNAL SIGTERM$/m);
    expect(last).not.toMatch(/\bHOST=/);
  });

  test('starts what npm start starts', () => {
    const [, start = ''] = JSON.parse(read('package.json')).scripts.start.split(' && ');
    const command = JSON.parse(/^CMD (.*)$/m.exec(last)?.[1] ?? '[]');
    expect(command.join(' ')).toBe(start);
  });

  test('has a health check, whose script is in the image', () => {
    expect(last).toMatch(/^HEALTHCHECK .* CMD \["node", "scripts\/healthcheck\.mjs"\]$/m);
    expect(copied).toContain('scripts/healthcheck.mjs');
  });
});

describe('the health check', () => {
  test.each([
    [200, 0],
    [503, 1],
  ])('of a bot that answers %d exits with %d and prints what the bot says', async (status, code) => {
    const paths: string[] = [];
    const server = http.createServer(({ url }, reply) => {
      paths.push(String(url));
      reply.writeHead(status).end('{"index":"serving"}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());

    const check = await runHealthCheck({ HOST: '0.0.0.0', PORT: String((server.address() as AddressInfo).port) });

    expect(check).toEqual({ code, output: `${status} {"index":"serving"}\n` });
    expect(paths).toEqual(['/healthz']);
  });

  test('of a bot that is not there exits with 1 and says where it asked', async () => {
    const { code, output } = await runHealthCheck({ PORT: '1' });
    expect(code).toBe(1);
    expect(output).toMatch(/^http:\/\/127\.0\.0\.1:1\/healthz does not answer: /);
  });
});

describe('the systemd unit', () => {
  const unit = read('docs/precedent.service');
  const setting = (name: string) => [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value]) => value);

  test('starts what npm start starts', () => {
    const [, start = ''] = JSON.parse(read('package.json')).scripts.start.split(' && ');
    expect(setting('ExecStart')).toEqual([`/usr/bin/${start}`]);
  });

  test('has no rights, and writes only to its own state', () => {
    expect(setting('DynamicUser')).toEqual(['yes']);
    expect(setting('NoNewPrivileges')).toEqual(['yes']);
    expect(setting('ProtectSystem')).toEqual(['strict']);
    expect(setting('CapabilityBoundingSet')).toEqual(['']);
    expect(setting('StateDirectory')).toEqual(['precedent']);
    expect(setting('Environment').join(' ')).toContain('DATA_DIR=/var/lib/precedent HF_HOME=/var/lib/precedent/');
  });

  test('cannot spend a day of Discord logins on restarts', () => {
    expect(setting('Restart')).toEqual(['on-failure']);
    expect(setting('StartLimitIntervalSec')).toEqual(['1h']);
    expect(Number(setting('StartLimitBurst')[0]) * 24).toBeLessThan(1000);
  });
});

test('CI runs npm test, and fails when that fails', () => {
  const script = read('.ci/run');
  expect(script).toMatch(/^#!\/usr\/bin\/env bash\nset -euo pipefail\n/);
  expect(script.trim().split('\n').at(-1)).toBe('npm test');
  expect(statSync(path.join(root, '.ci/run')).mode & 0o111).not.toBe(0);
});

function sourcesOf(name: string): readonly string[] {
  if (!name.includes('*')) return existsSync(path.join(root, name)) ? [name] : [];
  const pattern = new RegExp(`^${path.basename(name).replaceAll('.', '\\.').replace('*', '.*')}$`);
  return readdirSync(path.join(root, path.dirname(name))).filter((file) => pattern.test(file));
}

function runHealthCheck(settings: Readonly<Record<string, string>>): Promise<{ code: number; output: string }> {
  const script = path.join(root, 'scripts/healthcheck.mjs');
  const env = { PATH: process.env.PATH, ...settings };
  return new Promise((resolve) => {
    execFile(process.execPath, [script], { env }, (error, output) =>
      resolve({ code: Number(error?.code ?? 0), output }),
    );
  });
}
