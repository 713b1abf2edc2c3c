import { sourceKey } from './corpus/source-key.ts';
import { UserError } from './errors.ts';
import { describeNarrowing, type Narrowing, readNarrowing } from './narrowing.ts';

/** By source (`sourceKey`), the words that its comments are narrowed by whatever is asked. */
export type SourceFilters = ReadonlyMap<string, string>;

/**
 * Reads SOURCE_FILTERS: `github:acme/app=state:closed since:2y; hub:acme/data=label:bug`. Faults are told to `onFault`,
 * each as a sentence.
 */
export function parseSourceFilters(text: string, onFault: (fault: string) => void): SourceFilters {
  const filters = new Map<string, string>();
  for (const entry of text.split(/[;\n]/).map((part) => part.trim())) {
    if (!entry) continue;
    const [, spec = '', words = ''] = /^([^=]+)=(.*)$/.exec(entry) ?? [];
    const fault = faultOf(words);
    if (!spec.trim() || fault) onFault(`SOURCE_FILTERS: ${entry}: ${fault ?? 'expected SOURCE=WORDS.'}`);
    else filters.set(sourceKey(spec), words.trim());
  }
  return filters;
}

/** What holds for a source at the moment: `since:2y` goes on with the calendar. */
export function standingFilter(filters: SourceFilters, spec: string): Narrowing | undefined {
  const words = filters.get(sourceKey(spec));
  return words === undefined ? undefined : readNarrowing(words).narrowing;
}

function faultOf(words: string): string | undefined {
  try {
    const { text, narrowing } = readNarrowing(words);
    if (text || !describeNarrowing(narrowing) || narrowing.sources) {
      return 'expected SOURCE= and then words of state:, label:, since: and author:, and nothing else.';
    }
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}
