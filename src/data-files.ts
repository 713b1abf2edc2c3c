/** The databases in `DATA_DIR`; the index files beside them name themselves. */
export const STORE_FILE = 'corpus.sqlite';
export const MEMORY_FILE = 'memory.sqlite';
/** Vectors that `npm run eval` made and may need again. */
export const EVALUATION_FOLDER = 'evaluation';
/** What its last run found, for the local page. */
export const EVALUATION_FILE = 'evaluation.json';
