import type { Totals } from './help-report.ts';

/** Of a normal distribution: 95 in 100 lie within so many standard deviations. */
const Z = 1.96;

/**
 * What is known of how often the bot would have been right in a channel, in one line; undefined where nothing is. The
 * interval is Wilson's, which holds for few as well.
 */
export function evidenceLine({ right, wrong, linked, unknown }: Totals): string | undefined {
  const good = right + linked;
  const known = good + wrong;
  if (known === 0) return undefined;
  const share = good / known;
  const spread = Z * Math.sqrt((share * (1 - share) + Z ** 2 / (4 * known)) / known);
  const scale = 1 + Z ** 2 / known;
  const [low, high] = [-1, 1].map((sign) => (share + Z ** 2 / (2 * known) + sign * spread) / scale);
  return `Of ${known + unknown} that would have been shown ${known} are known: ${good} right (judged or linked), ${percent(share)} (95 % interval: ${percent(low)} to ${percent(high)}).`;
}

function percent(share = 0): string {
  return `${Math.round(100 * share)} %`;
}
