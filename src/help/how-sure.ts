import { bandText } from '../band-text.ts';
import type { ChannelRules } from '../memory/channel-settings.ts';
import type { Answer } from '../retrieval/answer.ts';

type Found = Pick<Answer, 'band' | 'hits'>;

/** Whether the best hit is near enough to speak of it without being asked: strong, or fair where that will do. */
export function isSure({ band, hits }: Found, { band: wanted = 'strong' }: Pick<ChannelRules, 'band'>): boolean {
  return hits.length > 0 && (band === 'strong' || band === wanted);
}

/** Said above what nobody asked for: that it is automatic, and how sure it is. */
export function bannerOf({ band, hits }: Found): string {
  const measured = hits[0] && bandText(hits[0]);
  return `Automatic: this looks like what others asked before. How sure: ${measured ?? band}.`;
}
