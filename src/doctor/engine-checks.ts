import type { Check, Finding } from '../check.ts';
import { OperatorError } from '../errors.ts';

/** What can be known of the model without loading it. */
export type ModelFacts =
  | { readonly where: 'disk'; readonly folder: string; readonly precision: string }
  | { readonly where: 'hub'; readonly precision: string; readonly sizeBytes: number | undefined }
  | { readonly where: 'nowhere'; readonly reason: string };

export type ModelCheckOptions = {
  /** What is looked at: `Model`, or `Re-ranking`, without which hits stand as the search found them. */
  readonly name?: 'Model' | 'Re-ranking';
  readonly model: string;
  /** @throws OperatorError when the model is there but cannot be used */
  readonly look: (signal: AbortSignal) => Promise<ModelFacts>;
};

const MODEL_CHECKS = {
  Model: {
    mend: 'Set MODEL to a sentence-transformers model in ONNX form.',
    without: 'set MODEL to its folder; until then the small model in the box answers.',
  },
  'Re-ranking': {
    mend: 'Set RERANK to a cross-encoder in ONNX form, or leave it empty.',
    without: 'set RERANK to its folder; until then hits stand as the search found them.',
  },
};

export function modelCheck({ name = 'Model', model, look }: ModelCheckOptions): Check {
  const { mend, without } = MODEL_CHECKS[name];
  return {
    name,
    fast: false,
    run: mendable(mend, async (signal) => {
      const facts = await look(signal);
      if (facts.where === 'disk') return ok(`${model} (${facts.precision}) in ${facts.folder}`);
      if (facts.where === 'nowhere') {
        return {
          level: 'fault',
          message: `${model} is not on disk and cannot be fetched: ${facts.reason}`,
          mend: `Fetch it on a machine with a network, and ${without}`,
        };
      }
      const size = facts.sizeBytes === undefined ? '' : `, ${Math.ceil(facts.sizeBytes / 1e6)} MB`;
      return ok(`${model} (${facts.precision}${size}) will be fetched at the next start`);
    }),
  };
}

export type DeviceCheckOptions = {
  /** `DEVICE`. */
  readonly wanted: string;
  /** The device that would serve, and why not a faster one. @throws OperatorError when the wanted one cannot */
  readonly look: (signal: AbortSignal) => Promise<{ readonly device: string; readonly reason?: string | undefined }>;
};

export function deviceCheck({ wanted, look }: DeviceCheckOptions): Check {
  return {
    name: 'Device',
    fast: false,
    run: mendable('Set DEVICE=auto, or run `npm run setup:cuda` for an NVIDIA GPU.', async (signal) => {
      const { device, reason } = await look(signal);
      return ok(`${device}${wanted === 'auto' ? ', chosen by DEVICE=auto' : ''}${reason ? ` (${reason})` : ''}`);
    }),
  };
}

export type IndexFacts = {
  readonly model: string;
  readonly revision: string;
  readonly rows: number;
  /** ISO 8601. */
  readonly createdAt: string;
};

export type IndexCheckOptions = {
  /** Whether reading it takes less than a second: the manifest alone, not every byte. */
  readonly fast: boolean;
  /** The index on disk; undefined when there is none. @throws OperatorError when it is damaged or too new */
  readonly read: (signal: AbortSignal) => Promise<IndexFacts | undefined>;
  readonly configured: { readonly model: string; readonly revision: string };
  /** Comments in the corpus. */
  readonly comments: () => Promise<number>;
};

export function indexCheck({ fast, read, configured, comments }: IndexCheckOptions): Check {
  return {
    name: 'Index',
    fast,
    run: mendable('Run `npm run index` to build it anew; vectors that are kept are used again.', async (signal) => {
      const [index, rows] = await Promise.all([read(signal), comments()]);
      if (!index) return missingIndex(rows);
      const mismatch = mismatchOf(index, configured);
      if (mismatch) return mismatch;
      const date = index.createdAt.slice(0, 10);
      if (index.rows !== rows) return behind(index.rows, rows);
      return ok(`${format(rows)} comments, ${index.model}, made ${date}`);
    }),
  };
}

function missingIndex(rows: number): Finding {
  const mend = '`npm start` builds it, and so does `npm run index`.';
  if (rows === 0) return { level: 'warning', message: 'nothing is indexed yet', mend };
  return { level: 'warning', message: `none for the ${format(rows)} comments: keyword search answers`, mend };
}

function mismatchOf(index: IndexFacts, configured: IndexCheckOptions['configured']): Finding | undefined {
  if (index.model === configured.model && index.revision === configured.revision) return undefined;
  return {
    level: 'fault',
    message: `built with ${index.model} at ${index.revision}, but ${configured.model} at ${configured.revision} is set`,
    mend: 'Run `npm run index` to build it anew, or set MODEL and MODEL_REVISION to what it was built with.',
  };
}

function behind(indexed: number, rows: number): Finding {
  const message = `holds ${format(indexed)} of ${format(rows)} comments`;
  return { level: 'warning', message, mend: 'A running bot brings it up to date by itself; else run `npm run index`.' };
}

/** A check of one finding, for which an `OperatorError` is a fault with this remedy. */
function mendable(mend: string, look: (signal: AbortSignal) => Promise<Finding>): Check['run'] {
  return async (signal) => {
    try {
      return [await look(signal)];
    } catch (error) {
      if (error instanceof OperatorError) return [{ level: 'fault', message: error.message, mend }];
      throw error;
    }
  };
}

function ok(message: string): Finding {
  return { level: 'ok', message };
}

function format(rows: number): string {
  return rows.toLocaleString('en-US');
}
