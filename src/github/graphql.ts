import { OperatorError, UnavailableError } from '../errors.ts';
import type { Headers } from './budgets.ts';
import { MissingError, WallError } from './errors.ts';
import { SpentError } from './faults.ts';

type GraphqlError = { readonly type?: unknown; readonly message?: unknown };

/** GitHub's own is beside REST; an Enterprise server's is beside its `/api/v3`. */
export function graphqlUrl(apiUrl: string): string {
  return `${apiUrl.replace(/\/api\/v3$/, '/api')}/graphql`;
}

/**
 * The `data` of an answer: GitHub answers 200 to nearly everything and says in `errors` what was wrong. What is gone is
 * null in `data`, which is no error. What GitHub left out for another reason is null as well, and must not be taken for
 * gone: such an answer is none.
 *
 * @throws SpentError, MissingError, WallError, OperatorError, UnavailableError
 */
export function dataOf(body: unknown, headers: Headers): Readonly<Record<string, unknown>> {
  const { data, errors = [] } = body as { data?: Record<string, unknown> | null; errors?: readonly GraphqlError[] };
  const types = errors.map(({ type }) => String(type ?? ''));
  if (types.includes('RATE_LIMITED')) throw new SpentError(headers);
  if (types.includes('FORBIDDEN') || types.includes('INSUFFICIENT_SCOPES')) {
    throw new OperatorError(
      'GitHub refuses what was asked of its GraphQL. A token or App needs the permission Discussions: read, beside Issues and Metadata.',
      { cause: errors },
    );
  }
  if (types.includes('INVALID_CURSOR_ARGUMENTS'))
    throw new WallError('GitHub does not know the place to go on from any more.', { cause: errors });
  const isEmpty = !data || Object.values(data).every((value) => value === null);
  const problem = errors.find(({ type }) => type !== 'NOT_FOUND');
  if (!isEmpty && !problem) return data;
  if (!problem && types.includes('NOT_FOUND')) {
    throw new MissingError(
      404,
      `${errors[0]?.message ?? 'The repository is not on GitHub.'} Or the token may not see it.`,
    );
  }
  throw new UnavailableError(
    `GitHub's GraphQL gives ${isEmpty ? 'no answer' : 'part of an answer'}: ${String(problem?.message ?? 'nothing came')}`,
    { cause: errors },
  );
}
