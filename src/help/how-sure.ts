import { bandText } from '../band-text.ts';
import type { ChannelRules } from '../memory/channel-settings.ts';
import type { Answer } from '../retrieval/answer.ts';
import { TAUGHT } from './lessons.ts';

type Found = Pick<Answer, 'band' | 'hits'>;

/**
 * Whether the best hit is near enough to speak of it without being asked: strong, or fair where that will do. What
 * helpers taught for such questions is, measured or not.
 */
export function isSure({ band, hits }: Found, { band: wanted = 'strong' }: Pick<ChannelRules, 'band'> = {}): boolean {
  return isTaught(hits) || (hits.length > 0 && (band === 'strong' || band === wanted));
}

/** Said above what nobody asked for: that it is automatic, and how sure it is. */
export function bannerOf({ band, hits }: Found): string {
  const measured = hits[0] && bandText(hits[0]);
  const sure = isTaught(hits) ? TAUGHT : (measured ?? band);
  return `Automatic: this looks like what others asked before. How sure: ${sure}.`;
}

function isTaught([first]: Found['hits']): boolean {
  return first?.because === TAUGHT;
}
