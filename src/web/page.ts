import { createHash } from 'node:crypto';
import { visibleLine } from '../visible-text.ts';
import { renderComment } from './comment-html.ts';
import { type Html, html, nothing, trusted } from './html.ts';
import { pageScript } from './page-script.ts';
import { pageStyle } from './page-style.ts';
import { dateText } from './reply.ts';
import type { StatusJson } from './status.ts';

/** An issue of the sample corpus, as `/sample/N` shows it. */
export type SampleIssue = {
  readonly title: string;
  readonly body: string;
  readonly state?: string | undefined;
  readonly comments: readonly {
    readonly text: string;
    readonly author?: string | undefined;
    readonly createdAt?: string | undefined;
  }[];
};

export type AskPageOptions = {
  readonly status: StatusJson;
  /** Shows "Sign out". */
  readonly guarded: boolean;
  /** Other pages of this machine's own, by path. */
  readonly links?: readonly string[];
  /** A question that the corpus can answer. */
  readonly example?: string | undefined;
  /** What was asked by a browser without scripts, and what came of it. */
  readonly question?: string;
  readonly answer?: Html;
};

/** The page: a question, and what was found. */
export function askPage({ status, guarded, links = [], example, question = '', answer }: AskPageOptions): string {
  const hints = html`<div class="hints">
${example === undefined ? nothing : exampleForm(example)}
<p class="keys"><kbd>Enter</kbd> asks · <kbd>j</kbd> <kbd>k</kbd> from comment to comment · <kbd>/</kbd> back to the question</p>
</div>`;
  return layout({
    answered: answer !== undefined,
    script: true,
    aside: html`<p class="status" id="status" data-state="${status.serving ? 'serving' : 'waiting'}">${status.line}</p>${guarded ? SIGN_OUT : nothing}`,
    main: html`<div class="wide">
<div class="lead">
<h1>Somebody may have answered that already.</h1>
<p>Ask in your own words. You get the five comments on GitHub issues that come closest: quoted, scored and linked. Nothing is made up.</p>
</div>
<form id="ask" method="post" action="/" data-ask role="search">
<label class="unseen" for="question">Your question</label>
<textarea id="question" name="question" rows="1" required autofocus autocomplete="off" spellcheck="true" enterkeyhint="search" placeholder="Ask a question">${question}</textarea>
<button class="main">Ask</button>
</form>
${hints}
<p id="said" class="unseen" role="status" aria-live="polite"></p>
<div id="results" aria-busy="false">${answer}</div>
${footer(links)}
</div>`,
  });
}

function exampleForm(question: string): Html {
  return html`<form class="example" method="post" action="/" data-ask>For example: <button class="plain" name="question" value="${question}">${question}</button></form>`;
}

const LINK_TEXTS: Readonly<Record<string, string>> = {
  '/report': 'What help channels got',
  '/quality': 'How well answers are found',
};

function footer(paths: readonly string[]): Html {
  const links = paths.flatMap((path) => {
    const text = LINK_TEXTS[path];
    return text ? [html`<a href="${path}">${text}</a> `] : [];
  });
  return links.length === 0 ? nothing : html`<footer>${links}</footer>`;
}

/** Asks for the token of a page that others can reach. */
export function loginPage(fault?: string): string {
  return layout({
    main: html`<div class="wide"><div class="lead">
<h1>This page asks for a token</h1>
<p>It is the <code>PAGE_TOKEN</code> of the bot's settings. Whoever runs the bot can give it to you.</p>
<form class="door" method="post" action="/login">
<label class="unseen" for="token">Token</label>
<input id="token" name="token" type="password" required autofocus autocomplete="current-password" placeholder="Token">
<button class="main">Continue</button>
</form>
${fault ? html`<p class="failure" role="alert">${fault}</p>` : nothing}
</div></div>`,
  });
}

/** An issue of the sample corpus with its comments. */
export function samplePage(number: number, issue: SampleIssue): string {
  return layout({
    main: html`<article class="wide issue">
<p class="notes">Sample data: this issue was written for Precedent's sample corpus. It is not on GitHub.</p>
<h1>${visibleLine(issue.title)}</h1>
<p class="facts">Sample issue ${number}${issue.state ? html` · ${visibleLine(issue.state)}` : nothing}</p>
<div class="body">${renderComment(issue.body)}</div>
<h2>${issue.comments.length === 1 ? 'One comment' : `${issue.comments.length} comments`}</h2>
<ol>${issue.comments.map(renderSampleComment)}</ol>
</article>`,
  });
}

function renderSampleComment({ text, author, createdAt }: SampleIssue['comments'][number], index: number): Html {
  const facts = [author && `by ${visibleLine(author)}`, dateText(createdAt)].filter(Boolean).join(' · ');
  return html`<li id="comment-${index + 1}"><blockquote class="comment"><p class="facts">${facts}</p>${renderComment(text)}</blockquote></li>`;
}

/** One sentence, and the way back. */
export function messagePage(title: string, text: string): string {
  return layout({
    main: html`<div class="wide"><div class="lead"><h1>${title}</h1><p>${text}</p><p><a href="/">Ask a question</a></p></div></div>`,
  });
}

const SIGN_OUT = html`<form method="post" action="/logout"><button class="plain">Sign out</button></form>`;

type Layout = {
  readonly main: Html;
  readonly aside?: Html;
  readonly answered?: boolean;
  readonly script?: boolean;
};

/** The frame of every page. */
export function layout({ main, aside, answered = false, script = false }: Layout): string {
  return html`<!doctype html>
<html lang="en"${answered ? trusted(' class="answered"') : nothing}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Precedent</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<style>${trusted(pageStyle)}</style>
</head>
<body>
<header class="wide top"><a class="name" href="/">Precedent</a>${aside}</header>
<main>${main}</main>
${script ? html`<script>${trusted(pageScript)}</script>` : nothing}
</body>
</html>
`.html;
}

/** The mark: one rule and the words it quotes. */
export const icon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b5e4b"/><path d="M9 8v16M14.5 11h9M14.5 16h9M14.5 21h5.5" stroke="#fff" stroke-width="2.6" stroke-linecap="round"/></svg>';

/** Nothing from elsewhere, and of scripts and styles only the page's own, by hash. */
export function contentSecurityPolicy(): string {
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  return [
    "default-src 'none'",
    `script-src ${hash(pageScript)}`,
    `style-src ${hash(pageStyle)}`,
    "connect-src 'self'",
    "img-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
