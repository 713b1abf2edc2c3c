import type { Place } from '../access.ts';
import type { Notice, NoticeItem } from '../command.ts';
import type { HelpOutcome, HelpOutcomes } from '../memory/help-outcomes.ts';
import type { Spot } from '../memory/posts.ts';
import { issueName } from '../reply-text.ts';
import type { AlikeGroup } from './group-alike.ts';
import { kindOf } from './outcome-kind.ts';
import { definitionLines, groupText, versionLines } from './report-text.ts';
import type { Reports } from './reports.ts';

export type NoticeParts = {
  readonly reports: Pick<Reports, 'of'>;
  readonly outcomes: Pick<HelpOutcomes, 'issueFor'>;
};

/** As many as fit in one message on every platform. */
const MOST_TO_JUDGE = 5;
const MOST_GROUPS = 4;
const MOST_LINKS = 3;

/**
 * The report of a channel for its managers: counts with their definitions, what is to be judged, and what went wrong as
 * links to the messages.
 *
 * @param place where it is shown: issues stand in it only where they may answer there
 */
export async function channelNotice(
  { reports, outcomes }: NoticeParts,
  { platform, server, channel }: Pick<Spot, 'platform' | 'server' | 'channel'>,
  place: Place,
): Promise<Notice> {
  const [report] = await reports.of({ platform, server, channel });
  if (!report) return { kind: 'notice', text: 'No question was noted in this channel yet.', lines: [] };
  const { unjudged } = report;
  const asked = await Promise.all(
    unjudged
      .slice(0, MOST_TO_JUDGE)
      .map(async (outcome) => judgeItem(outcome, await outcomes.issueFor(outcome, place))),
  );
  return {
    kind: 'notice',
    text: 'Questions in this channel that were noted, by mode and version:',
    lines: [
      ...versionLines(report),
      ...definitionLines(report),
      ...(unjudged.length > 0 ? [`${unjudged.length} to judge: would the issue have answered the message?`] : []),
    ],
    items: [...asked, ...report.trouble.slice(0, MOST_GROUPS).map(groupItem)],
  };
}

function judgeItem(outcome: HelpOutcome, issue: string | undefined): NoticeItem {
  const { id, link } = outcome;
  const issueLink = issue === undefined ? [] : [{ label: issueName(issue) ?? 'issue', url: issue }];
  const links = [{ label: 'message', url: link }, ...issueLink];
  return {
    text: kindOf(outcome) === 'linked' ? 'A person linked one of its issues:' : 'Right?',
    links,
    judge: `${id}`,
  };
}

function groupItem(group: AlikeGroup): NoticeItem {
  const links = group.slice(0, MOST_LINKS).map(({ link }, index) => ({ label: `message ${index + 1}`, url: link }));
  const more = group.length - links.length;
  return { text: `${groupText(group)}${more > 0 ? `, ${more} of them not listed` : ''}:`, links };
}
