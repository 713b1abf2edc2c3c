import { sampleSource } from './sample.ts';
import type { SourceIssue } from './source.ts';

/**
 * Issue N of the sample corpus, for the page that its links open; undefined when there is none.
 *
 * @throws OperatorError when the sample corpus is not where it was installed
 */
export async function readSampleIssue(number: number, stagingDir: string): Promise<SourceIssue | undefined> {
  for await (const { issues } of sampleSource(stagingDir).read()) {
    const issue = issues.find((candidate) => candidate.number === number && !candidate.isPullRequest);
    if (issue) return issue;
  }
  return undefined;
}
