import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { documentOf, prepare } from '../src/corpus/prepare.ts';
import { toRow } from '../src/corpus/rows.ts';
import type { SourceIssue } from '../src/corpus/source.ts';
import { createRandom } from '../src/evaluation/random.ts';

/** Issues with about so many comments that are kept: of a file of rows, or made up when none is given. */
export async function readIssues(file: string, comments: number): Promise<readonly SourceIssue[]> {
  const issues: SourceIssue[] = [];
  let kept = 0;
  for await (const issue of file ? issuesIn(file) : madeUpIssues()) {
    if (kept >= comments) break;
    issues.push(issue);
    kept += prepare([issue]).counts.kept;
  }
  return issues;
}

/** What is embedded of them, in the order of the corpus. */
export function documentsOf(issues: readonly SourceIssue[]): readonly string[] {
  return prepare(issues).prepared.flatMap(({ issue, kept }) =>
    kept.map(({ comment: { text } }) => documentOf({ ...issue, text })),
  );
}

/** A row of the seed's schema. */
export function rowOf({ url, title, body, isPullRequest, comments }: SourceIssue): string {
  const texts = comments.map(({ text }) => text);
  return `${JSON.stringify({ html_url: url, title, body, is_pull_request: isPullRequest, comments: texts })}\n`;
}

async function* issuesIn(file: string): AsyncIterable<SourceIssue> {
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const row = toRow(JSON.parse(line));
    if (row.kind === 'issue') yield row.issue;
  }
}

/** Texts of very different lengths, as people write them, of words as unevenly frequent as those of a language. */
export function* madeUpIssues(): Iterable<SourceIssue> {
  const random = createRandom(1);
  const word = () => `word${Math.floor(20_000 ** random())}`;
  const text = (typical: number) => {
    const words = Math.max(20, Math.round(typical * Math.exp(1.5 * (random() + random() - 1))));
    return Array.from({ length: words }, word).join(' ');
  };
  for (let number = 1; ; number++) {
    yield {
      url: `https://github.com/example/project/issues/${number}`,
      title: `Question ${number}`,
      body: text(80),
      isPullRequest: false,
      comments: Array.from({ length: 1 + Math.floor(4 * random()) }, () => ({ text: text(80) })),
    };
  }
}
