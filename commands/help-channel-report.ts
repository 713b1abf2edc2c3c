import type { Notice } from '../src/command.ts';
import type { SettingsSpot } from '../src/memory/channel-settings.ts';
import type { HelpCount } from '../src/memory/help-outcomes.ts';

type Totals = { success: number; assist: number; noise: number; missed: number; unknown: number };

/**
 * - success: who asked, a helper or a manager said that it is solved.
 * - assist: somebody found it helpful, or a person later linked an issue that it showed.
 * - noise: voted not helpful, removed, or "not here".
 * - missed: a question that got nothing, because no hit was near enough or it failed, and no person was faster.
 * - unknown: spoken, or under `shadow` would have been, and nobody said anything about it.
 */
function kindOf({ decision, verdict, linked }: HelpCount): keyof Totals | undefined {
  if (decision === 'weak' || decision === 'failed') return 'missed';
  if (decision !== 'spoke') return undefined;
  if (verdict === 'solved') return 'success';
  if (verdict === 'not-helpful' || verdict === 'removed' || verdict === 'not-here') return 'noise';
  return verdict === 'helpful' || linked ? 'assist' : 'unknown';
}

/** What automatic replies did in a channel, by mode and version, with what each word means. */
export function describeOutcomes(counts: readonly HelpCount[], { channel }: SettingsSpot): Notice {
  const byGroup = new Map<string, Totals>();
  for (const count of counts.filter((each) => each.channel === channel)) {
    const kind = kindOf(count);
    if (!kind) continue;
    const group = `${count.mode}, version ${count.version}`;
    const totals = byGroup.get(group) ?? { success: 0, assist: 0, noise: 0, missed: 0, unknown: 0 };
    totals[kind] += count.count;
    byGroup.set(group, totals);
  }
  if (byGroup.size === 0) return { kind: 'notice', text: 'No question was noted in this channel yet.', lines: [] };
  const lines = [...byGroup].map(([group, { success, assist, noise, missed, unknown }]) => {
    return `${group}: success ${success}, assist ${assist}, noise ${noise}, missed ${missed}, unknown ${unknown}`;
  });
  return { kind: 'notice', text: 'Questions in this channel that were noted:', lines: [...lines, ...DEFINITIONS] };
}

const DEFINITIONS = [
  'success: who asked, a helper or a manager said that it is solved',
  'assist: voted helpful, or within a day a person linked an issue that was or would have been shown',
  'noise: voted not helpful, removed, or "not here"',
  'missed: nothing was near enough, or it failed, and no person was faster',
  'unknown: shown, or under shadow would have been, and nobody said anything about it',
];
