import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { CommentStore } from '../corpus/store.ts';
import { describeError, OperatorError } from '../errors.ts';
import type { EvaluatedIssue } from './passages.ts';
import { numbered, type Query, type QuerySet, writtenSet } from './query-sets.ts';

/** The issues of the corpus, with those comments that were kept. */
export async function issuesOfStore(store: CommentStore): Promise<readonly EvaluatedIssue[]> {
  const issues = new Map<string, EvaluatedIssue & { readonly comments: string[] }>();
  for await (const page of store.scan()) {
    for (const { issueUrl: url, title, body, text } of page) {
      const issue = issues.get(url) ?? { url, title, body, comments: [] };
      issue.comments.push(text);
      issues.set(url, issue);
    }
  }
  return [...issues.values()];
}

/** The issues of a file of rows as `npm run index` takes them, pull requests left out, all comments with them. */
export async function issuesOfFile(file: string): Promise<readonly EvaluatedIssue[]> {
  const rows = await readLines(file, (row) => {
    const { html_url: url, title, body, comments, is_pull_request: isPullRequest } = row;
    if (typeof url !== 'string' || typeof title !== 'string' || !Array.isArray(comments)) {
      throw new Error('expected an issue with `html_url`, `title` and a list `comments`');
    }
    if (isPullRequest === true) return undefined;
    const texts = comments.filter((text) => typeof text === 'string');
    return { url, title, body: typeof body === 'string' ? body : '', comments: texts };
  });
  return rows;
}

/** The questions of a file, by its name without the extension, which is what `--ranking` calls them too. */
export async function writtenSetOfFile(file: string, issues: readonly EvaluatedIssue[]): Promise<QuerySet> {
  return writtenSet(path.basename(file, '.jsonl'), issues, await queriesOfFile(file, issues));
}

/**
 * Questions of a file: `{"question": "…", "issues": [12, "https://…"], "leftOut": 34}`, one a line. Numbers are issues of
 * the corpus's first repository. With `"comment": 0` only that comment of the issue answers. Lines of `query_title`,
 * `relevant_issue` and `query_issue` are taken as well. What nobody knows an issue of (`"issues": []`) is passed over.
 */
export async function queriesOfFile(file: string, issues: readonly EvaluatedIssue[]): Promise<readonly Query[]> {
  const first = issues[0]?.url ?? '';
  const address = (issue: unknown) => (typeof issue === 'number' ? numbered(first, issue) : String(issue));
  return readLines(file, (row) => {
    const text = row.question ?? row.query_title;
    const issue = row.issue ?? row.relevant_issue;
    const answering = row.issues ?? (issue === undefined ? undefined : [issue]);
    const leftOut = row.leftOut ?? row.query_issue;
    const position = row.comment;
    if (typeof text !== 'string' || !Array.isArray(answering)) {
      throw new Error('expected `question`, a text, and `issues`, a list of numbers or addresses');
    }
    if (position !== undefined && typeof position !== 'number') {
      throw new Error('expected `comment`, the place of a comment in its issue, from 0');
    }
    if (answering.length === 0) return undefined;
    return {
      text,
      issues: new Set(answering.map(address)),
      position,
      leftOut: leftOut === undefined ? undefined : address(leftOut),
    };
  });
}

/** One JSON object a line; `undefined` passes a line over. A fault names file and line. */
export async function readLines<Row>(
  file: string,
  toRow: (fields: Readonly<Record<string, unknown>>) => Row | undefined,
): Promise<readonly Row[]> {
  const content = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new OperatorError(`${file} cannot be read: ${describeError(cause)}.`, { cause });
  });
  const rows = content.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    try {
      const row = toRow(JSON.parse(line));
      return row === undefined ? [] : [row];
    } catch (cause) {
      throw new OperatorError(`${file}, line ${index + 1}: ${describeError(cause)}.`, { cause });
    }
  });
  if (rows.length === 0) throw new OperatorError(`${file} holds nothing to evaluate: expected one JSON object a line.`);
  return rows;
}
