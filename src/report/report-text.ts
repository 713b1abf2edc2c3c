import { evidenceLine } from './evidence.ts';
import type { AlikeGroup } from './group-alike.ts';
import type { ChannelReport, Totals } from './help-report.ts';
import { DEFINITIONS, KINDS, kindOf, type OutcomeKind } from './outcome-kind.ts';

/** `shadow, version 0.1.0: right 3, unknown 4, missed 1`, one line a mode and version, and what is known of shadow. */
export function versionLines({ versions }: Pick<ChannelReport, 'versions'>): readonly string[] {
  return versions.flatMap(({ mode, version, totals }) => {
    const evidence = mode === 'shadow' ? evidenceLine(totals) : undefined;
    return [`${mode}, version ${version}: ${totalsText(totals)}`, ...(evidence ? [evidence] : [])];
  });
}

/** What the words mean that stand in a report; all of them where none does. */
export function definitionLines({ versions }: Pick<ChannelReport, 'versions'>): readonly string[] {
  return KINDS.filter((kind) => versions.some(({ totals }) => totals[kind] > 0)).map(
    (kind) => `${kind}: ${DEFINITIONS[kind]}`,
  );
}

/** `3 alike (missed 2, weak 1)` */
export function groupText(group: AlikeGroup): string {
  const kinds = group.map(kindOf);
  const counts = KINDS.map((kind): [OutcomeKind, number] => [kind, kinds.filter((each) => each === kind).length]);
  const present = counts.filter(([, count]) => count > 0);
  if (group.length === 1) return `${present[0]?.[0]}`;
  return `${group.length} alike (${present.map(([kind, count]) => `${kind} ${count}`).join(', ')})`;
}

function totalsText(totals: Totals): string {
  const present = KINDS.filter((kind) => totals[kind] > 0).map((kind) => `${kind} ${totals[kind]}`);
  return present.join(', ');
}
