// @ts-check
// The native libraries: whether they load decides, in a process of its own, since one that does not fit may crash it.
import path from 'node:path';
import { installFaiss } from './setup-faiss.mjs';
import { gist, root, run, SetupError, say } from './setup-run.mjs';
import { digest, readStamp, trace, writeStamp } from './setup-stamp.mjs';

const STAMP = path.join(root, 'node_modules/.setup-libraries');
const PACKAGES = path.join(root, 'node_modules/.setup-packages');
const FAISS = path.join(root, 'node_modules/faiss-node/build/Release/faiss-node.node');

export function librariesChecked() {
  return readStamp(STAMP) === expected();
}

/** Tried anew after an upgrade of the packages, of Node, or a change of the FAISS binary. */
function expected() {
  const [nodeMajor] = process.versions.node.split('.');
  return digest([readStamp(PACKAGES), process.platform, process.arch, String(nodeMajor), trace(FAISS)]);
}

export async function checkLibraries() {
  await installFaiss();
  for (const name of ['onnxruntime-node', 'libsql']) {
    const result = await run(process.execPath, ['-e', `require(${JSON.stringify(name)})`], { timeoutMs: 60_000 });
    if (result.ok) continue;
    say(`${name} does not load:\n${gist(result.output)}`);
    throw new SetupError(
      `${name} does not load on this machine: it needs Linux with glibc 2.28 or newer and libstdc++ (Debian 10, Ubuntu 20.04, Fedora 29 or later), macOS 13.4 on Apple silicon, or Windows 10 with the Visual C++ runtime.`,
    );
  }
  writeStamp(STAMP, expected());
}
