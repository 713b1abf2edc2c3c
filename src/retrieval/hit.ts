import { shortName } from '../corpus/short-name.ts';
import { SAMPLE_SOURCE } from '../corpus/source.ts';
import type { Comment } from '../corpus/store.ts';
import type { Hit } from './answer.ts';
import { bestPassage } from './best-passage.ts';
import { versionFor } from './named-versions.ts';

/**
 * A comment of the corpus as a hit of an answer.
 *
 * @param sources those that may answer there: a hit names its own when there are several
 */
export function toHit(
  comment: Comment,
  rank: number,
  score: number,
  { sources = [] }: { readonly sources?: readonly string[] } = {},
): Hit {
  return {
    rank,
    key: comment.key,
    source: comment.source,
    sourceName: sources.length > 1 ? shortName(comment.source) : undefined,
    sample: comment.source === SAMPLE_SOURCE,
    score,
    comment: comment.text,
    title: comment.title,
    issueUrl: comment.issueUrl,
    commentUrl: comment.url,
    author: comment.author,
    authorAssociation: comment.authorAssociation,
    byReporter: comment.byReporter,
    reactions: comment.reactions,
    createdAt: comment.createdAt,
    state: comment.issueState,
    stateReason: comment.issueStateReason,
    closedAt: comment.issueClosedAt,
    closedBy: comment.closedBy,
    accepted: comment.accepted,
    labels: comment.labels,
  };
}

/**
 * The hits, each with where its comment speaks most of the question, and of which version where the question names one; as
 * they are where the question is not known.
 */
export function asAsked(hits: readonly Hit[], question: string | undefined): readonly Hit[] {
  if (question === undefined) return hits;
  return hits.map((hit) => {
    const passage = bestPassage(hit.comment, question);
    const version = versionFor(question, `${hit.comment}\n${hit.title}`);
    return { ...hit, ...(passage > 0 && { passage }), ...(version && { version }) };
  });
}
