import { UserError } from '../errors.ts';
import type { KeptEvaluation } from '../evaluation/kept-evaluation.ts';
import { plotEvaluations } from '../evaluation/plot.ts';
import type { Platform } from '../platform.ts';
import { withSampleLinks } from '../reply-text.ts';
import type { ChannelReport } from '../report/help-report.ts';
import type { Answer } from '../retrieval/answer.ts';
import { answerJson } from '../retrieval/answer-json.ts';
import { type Access, endedSession } from './access.ts';
import type { Html } from './html.ts';
import { HttpError } from './http-error.ts';
import { askPage, contentSecurityPolicy, icon, loginPage, messagePage, type SampleIssue, samplePage } from './page.ts';
import { qualityPage } from './quality-page.ts';
import { renderAnswer } from './reply.ts';
import { reportPage } from './report-page.ts';
import { readForm, readJson, type WebReply, type WebRequest } from './request.ts';
import { healthJson, statusJson, type WebStatus } from './status.ts';

/** A question's way from the page: checked as every question is, then answered with the `top` nearest comments. */
type WebAsk = (question: string, top: number, signal: AbortSignal) => Promise<Answer>;

export type RouteOptions = {
  readonly access: Access;
  readonly ask: WebAsk;
  /** As far as whoever reads the page may know. */
  readonly status: () => WebStatus | Promise<WebStatus>;
  /** A question that the corpus can answer, where one is known. */
  readonly example?: (() => string | undefined) | undefined;
  /** The configured chat platforms, for `/healthz`. */
  readonly platforms: readonly Platform[];
  /** What automatic replies did in help channels; absent where others than this machine read the page. */
  readonly report?: (() => Promise<readonly ChannelReport[]>) | undefined;
  /** What `npm run eval` found last; absent where others than this machine read the page. */
  readonly quality?: (() => Promise<KeptEvaluation | undefined>) | undefined;
  /** How many help channels can no longer be read or posted in, for `/healthz`. */
  readonly helpTroubles?: () => number;
  /** Issue N of the sample corpus; undefined where there is none. */
  readonly sampleIssue: (number: number) => SampleIssue | undefined | Promise<SampleIssue | undefined>;
};

export type Handler = (request: WebRequest) => Promise<WebReply> | WebReply;
type Route = { readonly open?: boolean; readonly GET?: Handler; readonly POST?: Handler };

const HITS_ON_PAGE = 5;
const MOST_HITS = 100;
const LONGEST_QUESTION = 20_000;

/**
 * What the page serves, as one function from request to reply.
 *
 * @throws HttpError, UserError and whatever `ask` throws: `toFailure` turns them into replies
 */
export function createRoutes({
  access,
  ask,
  status,
  example = () => undefined,
  platforms,
  report,
  quality,
  helpTroubles = () => 0,
  sampleIssue,
}: RouteOptions): Handler {
  const page = async (question?: string, answer?: Html) =>
    htmlReply(
      200,
      askPage({
        status: statusJson(await status()),
        guarded: access.guarded,
        links: Object.keys(localRoutes),
        example: example(),
        ...(question === undefined ? {} : { question }),
        ...(answer === undefined ? {} : { answer }),
      }),
    );
  const questionOf = async (request: WebRequest) => (await readForm(request)).get('question') ?? '';
  const answerOf = async (question: string, request: WebRequest) =>
    renderAnswer(await ask(checkedLength(question), HITS_ON_PAGE, request.signal));
  const apiAnswer = async (question: string, top: number, { signal, headers }: WebRequest) => {
    const answer = await ask(checkedLength(question), top, signal);
    return jsonReply(200, answerJson(withSampleLinks(answer, `http://${headers.host ?? 'localhost'}`)));
  };

  const routes: Readonly<Record<string, Route>> = {
    '/': {
      GET: () => page(),
      // Without scripts. The question travels in the body: an address is kept in histories and logs.
      POST: async (request) => {
        const question = await questionOf(request);
        return page(question, await answerOf(question, request));
      },
    },
    '/answer': {
      POST: async (request) => htmlReply(200, (await answerOf(await questionOf(request), request)).html),
    },
    '/api/ask': {
      GET: (request) => {
        const { query } = request;
        return apiAnswer(query.get('question') ?? '', topOf(query.get('top') ?? undefined), request);
      },
      POST: async (request) => {
        const { question = '', top } = await readJson(request);
        if (typeof question !== 'string') throw new HttpError(400, '"question" is no text.');
        return apiAnswer(question, topOf(top), request);
      },
    },
    '/api/status': { GET: async () => jsonReply(200, statusJson(await status())) },
    '/healthz': {
      open: true,
      GET: async () => {
        const health = healthJson(await status(), platforms, helpTroubles());
        return jsonReply(health.ok ? 200 : 503, health);
      },
    },
    '/login': {
      open: true,
      GET: () => redirect('/'),
      POST: async (request) => {
        const cookie = access.signIn((await readForm(request)).get('token')?.trim() ?? '', request);
        return cookie ? redirect('/', { 'set-cookie': cookie }) : htmlReply(403, loginPage('That is not the token.'));
      },
    },
    '/logout': { open: true, POST: (request) => redirect('/', { 'set-cookie': endedSession(request) }) },
    '/icon.svg': { open: true, GET: () => svgReply(icon) },
  };
  const localRoutes: Readonly<Record<string, Route>> = {
    ...(report && { '/report': { GET: async () => htmlReply(200, reportPage(await report())) } }),
    ...(quality && {
      '/quality': { GET: async () => htmlReply(200, qualityPage(await quality(), await status())) },
      '/quality.svg': { GET: async () => svgReply(plotEvaluations((await quality())?.evaluations ?? [])) },
    }),
  };
  const sampleRoute = (number: number): Route => ({
    GET: async () => {
      const issue = await sampleIssue(number);
      if (!issue) throw new HttpError(404, `The sample corpus has no issue ${number}.`);
      return htmlReply(200, samplePage(number, issue));
    },
  });
  const routeOf = ({ path }: WebRequest): Route | undefined => {
    const sample = /^\/sample\/(\d{1,6})$/.exec(path)?.[1];
    if (sample) return sampleRoute(Number(sample));
    return [routes, localRoutes].find((known) => Object.hasOwn(known, path))?.[path];
  };

  return async (request) => {
    access.checkOrigin(request);
    const route = routeOf(request);
    if (!route?.open && !access.isSignedIn(request)) return signedOut(request);
    if (!route) throw new HttpError(404, 'There is nothing at this address.');
    const handler = request.method === 'GET' || request.method === 'POST' ? route[request.method] : undefined;
    if (!handler) throw new HttpError(405, 'This address does not take that method.', { allow: allowed(route) });
    return handler(request);
  };
}

/** A failure in the form that the caller of this path reads: JSON, a part of the page, or a page. */
export function failureReply(
  { path }: Pick<WebRequest, 'path'>,
  failure: Failure,
  part: (text: string) => Html,
): WebReply {
  const { status, message, headers, requestId } = failure;
  const reply = path.startsWith('/api/')
    ? jsonReply(status, { error: message, ...(requestId === undefined ? {} : { requestId }) })
    : path === '/answer'
      ? htmlReply(status, part(message).html)
      : htmlReply(status, messagePage(status === 404 ? 'Not here' : 'That did not work', message));
  return { ...reply, headers: { ...reply.headers, ...headers } };
}

export type Failure = {
  readonly status: number;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly requestId?: string;
};

function signedOut({ path }: WebRequest): WebReply {
  const asks = { 'www-authenticate': 'Bearer realm="Precedent"' };
  const reply = path.startsWith('/api/')
    ? jsonReply(401, { error: 'Send the PAGE_TOKEN of the settings as `Authorization: Bearer TOKEN`.' })
    : htmlReply(401, loginPage());
  return { ...reply, headers: { ...reply.headers, ...asks } };
}

function checkedLength(question: string): string {
  if (question.length <= LONGEST_QUESTION) return question;
  throw new UserError(`The question has ${question.length} characters; at most ${LONGEST_QUESTION} can be read.`);
}

/** How many hits: five unless told. */
function topOf(value: unknown): number {
  if (value === undefined) return HITS_ON_PAGE;
  const top = typeof value === 'string' && /^\d{1,4}$/.test(value) ? Number(value) : value;
  if (typeof top === 'number' && Number.isInteger(top) && top >= 1 && top <= MOST_HITS) return top;
  throw new HttpError(400, `"top" is to be a whole number from 1 to ${MOST_HITS}.`);
}

function allowed(route: Route): string {
  return [route.GET && 'GET, HEAD', route.POST && 'POST'].filter(Boolean).join(', ');
}

function jsonReply(status: number, value: unknown): WebReply {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: `${JSON.stringify(value)}\n`,
  };
}

function htmlReply(status: number, body: string): WebReply {
  return {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': contentSecurityPolicy() },
    body,
  };
}

function svgReply(body: string): WebReply {
  return { status: 200, headers: { 'content-type': 'image/svg+xml' }, body };
}

function redirect(location: string, headers: Readonly<Record<string, string>> = {}): WebReply {
  return { status: 303, headers: { location, ...headers }, body: '' };
}
