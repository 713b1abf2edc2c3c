import type { CommentFilter, Narrowing as Conditions } from '../corpus/comment-filter.ts';
import { shortName } from '../corpus/short-name.ts';
import { UserError } from '../errors.ts';
import { describeNarrowing, type Narrowing } from '../narrowing.ts';
import type { Answer } from './answer.ts';

export type NarrowOptions = {
  /** What was asked for. */
  readonly narrowing?: Narrowing | undefined;
  /** The sources that may answer. */
  readonly sees: readonly string[] | 'all';
  /** Those that comments are found of; undefined where that is not known. */
  readonly served: readonly string[] | undefined;
  /** Those that answer where no source is asked for; none that may: all that may. */
  readonly defaultSources?: readonly string[] | undefined;
  /** What holds for a source in any case. */
  readonly standing?: ((spec: string) => Conditions | undefined) | undefined;
};

export type Narrowed = {
  readonly filter: CommentFilter | undefined;
  /** Those that may answer under it. */
  readonly sources: readonly string[];
  /** Said with the answer: what the asker narrowed it to. */
  readonly note: Answer['narrowedNote'];
};

/**
 * The filter that a question is searched with.
 *
 * @throws UserError when a source is asked for that is none here, naming those that are
 */
export function narrow({ narrowing = {}, sees, served, defaultSources = [], standing }: NarrowOptions): Narrowed {
  const visible = sees === 'all' ? (served ?? []) : sees.filter((spec) => served?.includes(spec) ?? true);
  const asked = narrowing.sources?.map((name) => sourceNamed(name, visible));
  const usual = visible.filter((spec) => defaultSources.some((name) => isNamed(spec, name)));
  const sources = asked ?? (usual.length > 0 ? usual : sees === 'all' ? undefined : visible);
  const own = (sources ?? visible).flatMap((spec) => {
    const conditions = standing?.(spec);
    return conditions ? [[spec, conditions] as const] : [];
  });
  const { state, labels, since, author } = narrowing;
  const filter: CommentFilter = {
    ...(sources && { sources: [...new Set(sources)] }),
    ...(state && { state }),
    ...(labels && { labels }),
    ...(since && { since }),
    ...(author && { author }),
    ...(own.length > 0 && { standing: Object.fromEntries(own) }),
  };
  const words = describeNarrowing({ ...narrowing, sources: asked?.map(shortName) });
  return {
    sources: sources ?? visible,
    filter: Object.keys(filter).length > 0 ? filter : undefined,
    note: words ? { text: `Narrowed to ${words}.`, sources: asked ?? [] } : undefined,
  };
}

/** The source whose name is this, or the only one whose name ends so: `github:acme/app`, `acme/app`, `app`. */
function sourceNamed(name: string, visible: readonly string[]): string {
  const wanted = name.toLowerCase();
  const exact = visible.filter((spec) => isNamed(spec, name));
  const ending = visible.filter((spec) => /[:/]/.test(spec) && shortEndings(spec).includes(wanted));
  const [found, another] = exact.length > 0 ? exact : ending;
  if (found === undefined) {
    const names = visible.map(shortName).slice(0, MOST_NAMED);
    const more = visible.length > names.length ? ` and ${visible.length - names.length} more` : '';
    throw new UserError(`${name} is none of the sources here: ${names.join(', ') || 'there are none'}${more}.`);
  }
  if (another !== undefined && exact.length === 0) {
    throw new UserError(`${name} may be ${ending.map(shortName).join(' or ')}: write which.`);
  }
  return found;
}

function isNamed(spec: string, name: string): boolean {
  return [spec, shortName(spec)].some((own) => own.toLowerCase() === name.toLowerCase());
}

const MOST_NAMED = 20;

function shortEndings(spec: string): readonly string[] {
  const path = shortName(spec)
    .toLowerCase()
    .replace(/^(?:github|hub):/, '')
    .replace(/@.*$/, '');
  return [path, path.split('/').at(-1) ?? path];
}
