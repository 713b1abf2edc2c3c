import { labelsOf } from './github-rows.ts';
import type { SourceComment, SourceIssue } from './source.ts';

/** What one row of a file is. */
export type Row =
  /** The seed's schema: an issue with the texts of its comments. */
  | { readonly kind: 'issue'; readonly issue: SourceIssue }
  /** An issue as GitHub's API gives it: with the number of its comments, not their texts. */
  | { readonly kind: 'api-issue'; readonly apiUrl: string; readonly issue: SourceIssue; readonly commentCount: number }
  /** A comment as GitHub's API gives it, which names its issue. */
  | { readonly kind: 'api-comment'; readonly issueApiUrl: string; readonly comment: SourceComment }
  | { readonly kind: 'bad'; readonly reason: string };

/** GitHub stores at most this many bytes of text; what is longer was never on GitHub. */
const LONGEST_TEXT = 262_144;

class BadValue extends Error {}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads one row of a JSONL or parquet file.
 *
 * A null `body` is an issue without description, which GitHub allows, and counts as empty. A row is bad when a field
 * is missing or has another type, and when a text holds half a character (a lone surrogate) or is longer than GitHub
 * stores. Long bodies below that limit are kept whole: only what is embedded of them is cut.
 */
export function toRow(value: unknown): Row {
  try {
    if (!isFields(value)) throw new BadValue(`expected an object, found ${describe(value)}`);
    if ('title' in value) return Array.isArray(value.comments) ? toIssue(value) : toApiIssue(value);
    if ('issue_url' in value) return toApiComment(value);
    throw new BadValue('`title` is missing');
  } catch (error) {
    if (error instanceof BadValue) return { kind: 'bad', reason: error.message };
    throw error;
  }
}

function toIssue(fields: Fields): Row {
  const texts = (fields.comments as unknown[]).map((text, index) => textOf(text, `comments[${index}]`));
  const meta = listOf(fields.comment_meta, 'comment_meta');
  const comments = texts.map((text, index) => ({ text, ...commentMeta(meta[index], index) }));
  return { kind: 'issue', issue: { ...issueFields(fields), comments } };
}

function toApiIssue(fields: Fields): Row {
  const { comments } = fields;
  if (comments === undefined) throw new BadValue('`comments` is missing');
  if (typeof comments !== 'number') {
    throw new BadValue(`\`comments\`: expected a list of texts, found ${describe(comments)}`);
  }
  const apiUrl = optionalText(fields.url) ?? optionalText(fields.comments_url)?.replace(/\/comments$/, '');
  if (!apiUrl) {
    throw new BadValue(
      `\`comments\` is a count (${comments}): expected the list of texts, or GitHub API issue rows together with comment rows`,
    );
  }
  return { kind: 'api-issue', apiUrl, issue: { ...issueFields(fields), comments: [] }, commentCount: comments };
}

function toApiComment(fields: Fields): Row {
  const comment: SourceComment = {
    text: textOf(fields.body, 'body'),
    id: idOf(fields.id),
    url: optionalText(fields.html_url),
    author: authorOf(fields.user),
    byBot: isBot(fields.user),
    createdAt: timeOf(fields.created_at),
  };
  return { kind: 'api-comment', issueApiUrl: nonEmpty(fields.issue_url, 'issue_url'), comment };
}

function issueFields(fields: Fields): Omit<SourceIssue, 'comments'> {
  return {
    url: nonEmpty(fields.html_url, 'html_url'),
    title: textOf(fields.title, 'title'),
    body: fields.body === null ? '' : textOf(fields.body, 'body'),
    isPullRequest: isPullRequest(fields),
    number: idOf(fields.number),
    state: optionalText(fields.state),
    stateReason: optionalText(fields.state_reason),
    closedAt: timeOf(fields.closed_at),
    author: authorOf(fields.author ?? fields.user),
    labels: Array.isArray(fields.labels) ? labelsOf(fields.labels) : undefined,
  };
}

/** The seed's flag decides; API rows carry `pull_request`, an object or nothing, instead. */
function isPullRequest({ is_pull_request: flag, pull_request: link, url, comments_url: commentsUrl }: Fields): boolean {
  if (typeof flag === 'boolean') return flag;
  if (flag !== undefined && flag !== null) {
    throw new BadValue(`\`is_pull_request\`: expected true or false, found ${describe(flag)}`);
  }
  if (link !== undefined || url !== undefined || commentsUrl !== undefined) return hasValue(link);
  throw new BadValue('`is_pull_request` is missing');
}

function commentMeta(meta: unknown, index: number): Omit<SourceComment, 'text'> {
  if (meta === undefined || meta === null) return {};
  if (!isFields(meta)) throw new BadValue(`comment_meta[${index}]: expected an object, found ${describe(meta)}`);
  return {
    id: idOf(meta.id),
    url: optionalText(meta.html_url),
    author: authorOf(meta.author),
    byBot: isBot(meta.author),
    createdAt: timeOf(meta.created_at),
  };
}

function textOf(value: unknown, name: string): string {
  if (value === undefined) throw new BadValue(`\`${name}\` is missing`);
  if (typeof value !== 'string') throw new BadValue(`\`${name}\`: expected a text, found ${describe(value)}`);
  if (value.length > LONGEST_TEXT) {
    throw new BadValue(`\`${name}\` has ${value.length.toLocaleString('en-US')} characters; GitHub allows 65,536`);
  }
  if (!value.isWellFormed()) throw new BadValue(`\`${name}\` holds half a character (a lone surrogate)`);
  return value;
}

function nonEmpty(value: unknown, name: string): string {
  const text = textOf(value, name);
  if (text.trim() === '') throw new BadValue(`\`${name}\` is empty`);
  return text;
}

function listOf(value: unknown, name: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new BadValue(`\`${name}\`: expected a list, found ${describe(value)}`);
  return value;
}

function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.isWellFormed() ? value : undefined;
}

/** A user object, its name alone, or null for an account that is gone. */
function authorOf(user: unknown): string | undefined {
  return optionalText(isFields(user) ? user.login : user);
}

/** GitHub's Apps have names that nobody else can have. */
function isBot(user: unknown): true | undefined {
  const bot = (isFields(user) && user.type === 'Bot') || authorOf(user)?.endsWith('[bot]');
  return bot || undefined;
}

function idOf(value: unknown): number | undefined {
  const number = typeof value === 'bigint' ? Number(value) : value;
  return Number.isSafeInteger(number) && (number as number) > 0 ? (number as number) : undefined;
}

function timeOf(value: unknown): string | undefined {
  if (typeof value !== 'string' && !(value instanceof Date)) return undefined;
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString().replace('.000Z', 'Z');
}

/** Parquet gives a struct of nothing but nulls where JSON has null. */
function hasValue(value: unknown): boolean {
  return isFields(value)
    ? Object.values(value).some(hasValue)
    : value !== undefined && value !== null && value !== false;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
