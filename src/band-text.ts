import { scoreText } from './reply-text.ts';
import type { Answer, Hit, Metric } from './retrieval/answer.ts';

/**
 * `strong: 9 of 10 such hits were right`: how sure a hit is, with what was measured of its like; undefined where nothing
 * was.
 */
export function bandText({ band }: Pick<Hit, 'band'>): string | undefined {
  if (!band) return undefined;
  const inTen = Math.round(10 * band.precision);
  const counted = inTen === 0 ? 'fewer than 1' : band.precision < 1 && inTen === 10 ? 'nearly 10' : String(inTen);
  return `${band.name}: ${counted} of 10 such hits ${inTen === 1 ? 'was' : 'were'} right`;
}

/** `score 24.6, strong: 9 of 10 such hits were right`; the score alone where nothing was measured. */
export function sureScoreText(hit: Hit, metric: Metric): string {
  return [scoreText(hit.score, metric), bandText(hit)].filter(Boolean).join(', ');
}

/** What stands above hits that are all weak; undefined for other answers. */
export function nothingCloseText({ band, hits, offset }: Answer): string | undefined {
  if (band !== 'weak' || hits.length === 0 || offset > 0) return undefined;
  return 'Nothing close was found. The nearest comments:';
}
