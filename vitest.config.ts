import { defineConfig } from 'vitest/config';

/** What runs FAISS or ONNX Runtime has a process for each file: one that went down would take others along. */
const NATIVE = ['embedding', 'end-to-end', 'retrieval', 'terminal', 'worker'].map((folder) => `${folder}/**/*.test.ts`);
/** Those in these folders that run neither. */
const PURE = [
  'embedding/{embed-queue,model-folder,pooling,tokenizer,weights}.test.ts',
  'retrieval/{answer-json,asked-titles,bands,best-passage,bm25,following,freshness,fuse-rankings,manifest}.test.ts',
  'retrieval/{named-versions,near-copies,question-kind,recipes,reranking,retriever,retrying,searcher,tokenize-words,try-title}.test.ts',
  'terminal/reply.test.ts',
];

export default defineConfig({
  test: {
    dir: 'test',
    reporters: ['default', './test/reporter.ts'],
    globalSetup: './test/compile.ts',
    setupFiles: './test/set-up-file.ts',
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // One more than the usual two processors: many tests wait for a clock.
    maxWorkers: 3,
    projects: [
      { extends: true, test: { name: 'native', include: NATIVE, exclude: PURE } },
      { extends: true, test: { name: 'pure', include: PURE, isolate: false } },
      // Most of a file's time would go into loading the platforms' libraries once more.
      {
        extends: true,
        test: { name: 'quick', include: ['**/*.test.ts'], exclude: ['gpu/**', ...NATIVE], isolate: false },
      },
    ],
  },
});
