// Makes a fresh clone ready to run: npm packages, FAISS, ONNX Runtime, the compiled code.
// `--cuda` adds ONNX Runtime's CUDA provider (with `--force` even where no NVIDIA device shows), `--build` compiles even
// when nothing changed, `--no-compile` stops before.
//
// Only the version check lives here, in syntax that an old Node can read: it has to say that it is too old.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `[setup] Precedent needs Node 20.19 or newer (20, 22 and 24 are tested), and this is ${process.version}: install one from https://nodejs.org or with your version manager.`,
  );
  process.exit(1);
}
void import('./setup-steps.mjs').then(({ setup }) => setup(process.argv.slice(2)));
