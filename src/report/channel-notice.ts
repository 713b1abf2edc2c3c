import type { Notice, NoticeItem } from '../command.ts';
import type { HelpOutcome, HelpRecords } from '../memory/help-outcomes.ts';
import type { Spot } from '../memory/posts.ts';
import { issueName } from '../reply-text.ts';
import type { AlikeGroup } from './group-alike.ts';
import { reportChannels } from './help-report.ts';
import { kindOf } from './outcome-kind.ts';
import { definitionLines, groupText, versionLines } from './report-text.ts';

/** As many as fit in one message on every platform. */
const MOST_TO_JUDGE = 5;
const MOST_GROUPS = 4;
const MOST_LINKS = 3;

/**
 * The report of a channel for its managers: counts with their definitions, what is to be judged, and what went wrong as
 * links to the messages.
 */
export function channelNotice(records: HelpRecords, spot: Pick<Spot, 'platform' | 'server' | 'channel'>): Notice {
  const { platform, server, channel } = spot;
  const outcomes = records.list({ platform, server, channel });
  const [report] = reportChannels(records.counts({ platform, server, channel }), outcomes);
  if (!report) return { kind: 'notice', text: 'No question was noted in this channel yet.', lines: [] };
  const unjudged = outcomes.filter(isToJudge);
  return {
    kind: 'notice',
    text: 'Questions in this channel that were noted, by mode and version:',
    lines: [
      ...versionLines(report),
      ...definitionLines(report),
      ...(unjudged.length > 0 ? [`${unjudged.length} to judge: would the issue have answered the message?`] : []),
    ],
    items: [...unjudged.slice(0, MOST_TO_JUDGE).map(judgeItem), ...report.trouble.slice(0, MOST_GROUPS).map(groupItem)],
  };
}

/** What would have been shown for it under `shadow` is not yet judged. */
export function isToJudge({ mode, decision, judged }: HelpOutcome): boolean {
  return mode === 'shadow' && decision === 'spoke' && judged === undefined;
}

function judgeItem(outcome: HelpOutcome): NoticeItem {
  const { id, link, issues } = outcome;
  const [issue = ''] = issues;
  const name = issueName(issue);
  const links = [{ label: 'message', url: link }, ...(name ? [{ label: name, url: issue }] : [])];
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
