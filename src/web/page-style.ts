/** The page's look: paper and ink, one accent, quiet at night. Every pair of colours meets WCAG AA. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --paper: #faf9f5; --card: #ffffff; --ink: #1e1d1a; --soft: #5d594f; --line: #e3dfd4; --edge: #8a8577;
  --accent: #0b5e4b; --accent-ink: #ffffff; --code: #f3f0e8;
  --note: #f8f0d8; --note-ink: #57450a; --bad: #fbeae6; --bad-ink: #8c2014;
  --quote: 1rem;
  --sans: ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  --serif: "Iowan Old Style", Charter, "Palatino Linotype", Palatino, Georgia, "Liberation Serif", serif;
  --mono: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #171613; --card: #1f1e1a; --ink: #ebe7de; --soft: #a9a397; --line: #35322b; --edge: #7f796c;
    --accent: #84d2bc; --accent-ink: #0d2a23; --code: #29271f;
    --note: #302a16; --note-ink: #ecd9a3; --bad: #3b1e19; --bad-ink: #ffb8aa;
  }
}
* { box-sizing: border-box; }
html { font: 100%/1.6 var(--sans); background: var(--paper); color: var(--ink); -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { overflow-wrap: anywhere; margin: 0; min-height: 100vh; display: flex; flex-direction: column; }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: .18em; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 3px; }
h1, h2, p, ol, ul, blockquote, pre { margin: 0; padding: 0; }
ol, ul { list-style: none; }
.wide { width: 100%; max-width: 46rem; margin-inline: auto; padding-inline: 1.25rem; }
.unseen { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.top { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: baseline; justify-content: space-between; padding-block: 1.25rem; }
.name { font: 600 1.2rem/1.4 var(--serif); letter-spacing: .005em; color: inherit; text-decoration: none; }
.status { font-size: .8125rem; color: var(--soft); font-variant-numeric: tabular-nums; }
.status::before { content: ""; display: inline-block; width: .5em; height: .5em; margin-right: .55em; border-radius: 50%; background: var(--accent); vertical-align: .08em; }
.status[data-state=waiting]::before { background: none; box-shadow: inset 0 0 0 1.5px var(--accent); }
.status[data-state=gone]::before { background: var(--bad-ink); }

main { flex: 1; }
.lead { padding-block: clamp(1rem, 9vh, 6rem) 1.5rem; }
.lead h1 { font: 500 clamp(1.75rem, 1.2rem + 2.4vw, 2.5rem)/1.2 var(--serif); letter-spacing: -.012em; text-wrap: balance; }
.lead p { margin-top: .6rem; max-width: 36rem; text-wrap: pretty; }
.lead p:not(.failure) { color: var(--soft); }
.answered .lead { display: none; }
.answered #ask { margin-top: .25rem; }

#ask { display: flex; gap: .5rem; align-items: flex-end; padding: .5rem; background: var(--card); border: 1px solid var(--edge); border-radius: .875rem; }
#ask:focus-within { border-color: var(--accent); box-shadow: 0 0 0 1px var(--accent); }
#question { flex: 1; min-width: 0; min-height: 2.75rem; max-height: 14rem; padding: .5rem .6rem; font: 1.0625rem/1.6 var(--sans); color: inherit; background: none; border: 0; resize: none; field-sizing: content; outline: none; }
#question::placeholder { color: var(--soft); opacity: 1; }
button { font: 600 1rem/1.5 var(--sans); cursor: pointer; }
.main { min-height: 2.75rem; padding: .5rem 1.15rem; color: var(--accent-ink); background: var(--accent); border: 0; border-radius: .55rem; }
.main:hover { filter: brightness(1.08); }
.plain { padding: .35rem 0; font-weight: 400; color: var(--accent); background: none; border: 0; text-align: left; text-decoration: underline; text-decoration-thickness: 1px; text-underline-offset: .18em; }
.hints { padding-block: .6rem 0; font-size: .875rem; color: var(--soft); }
.hints .plain { padding: .1rem 0; font-size: inherit; }
.keys { margin-top: .35rem; }
kbd { padding: .05em .4em; font: .92em/1.5 var(--mono); border: 1px solid var(--line); border-radius: .3em; }
@media (hover: none), (pointer: coarse), (max-width: 30rem) { .keys { display: none; } }
.answered .example { display: none; }

#results { padding-block: 1rem 3rem; transition: opacity .2s .15s; }
.busy #results { opacity: .45; }
.busy .main { animation: wait 1.2s .15s ease-in-out infinite alternate; }
@keyframes wait { to { opacity: .55; } }
@media (prefers-reduced-motion: reduce) { * { animation: none !important; transition: none !important; } }

.notes { margin-bottom: 1rem; padding: .6rem .9rem; font-size: .9375rem; color: var(--note-ink); background: var(--note); border-radius: .6rem; }
.nothing-close { margin-bottom: .9rem; font-weight: 600; }
.failure { padding: .7rem 1rem; color: var(--bad-ink); background: var(--bad); border-radius: .6rem; }
.empty { padding-block: 1.5rem; color: var(--soft); }
.hit { padding-block: 1.6rem; border-top: 1px solid var(--line); }
.hit article { display: flex; flex-direction: column; }
.hit header { display: grid; grid-template-columns: 1fr auto; column-gap: 1.25rem; align-items: baseline; }
.hit h2 { grid-row: 1; font: 600 1.0625rem/1.45 var(--sans); text-wrap: pretty; }
.hit h2 a { text-decoration-color: color-mix(in srgb, currentcolor 35%, transparent); }
.hit h2 a:hover { text-decoration-color: currentcolor; }
.facts { grid-column: 1 / 3; margin-top: .1rem; font-size: .875rem; color: var(--soft); }
.facts span, .facts time, .facts a { display: inline-block; }
.score { grid-column: 2; grid-row: 1; font-size: .8125rem; color: var(--soft); white-space: nowrap; }
.score span { margin-left: .15em; font-size: 1.1875rem; color: var(--ink); font-variant-numeric: tabular-nums; }
.comment { order: 1; margin-top: .7rem; padding-left: var(--quote); border-left: 2px solid var(--line); }
.hit:focus-within .comment { border-left-color: var(--accent); }
.comment p { white-space: pre-wrap; }
.comment > * + * { margin-top: .75em; }
code, pre { font: .875em/1.55 var(--mono); }
code { padding: .1em .3em; background: var(--code); border-radius: .25em; }
pre { padding: .75rem .9rem; background: var(--code); border-radius: .5rem; overflow-x: auto; overflow-wrap: normal; }
pre code { padding: 0; font-size: 1em; background: none; }
.fold { order: 2; margin: .45rem 0 0 calc(var(--quote) + 2px); font-size: .9375rem; }
.fold summary { display: inline-block; cursor: pointer; color: var(--accent); list-style: none; text-decoration: underline; text-decoration-thickness: 1px; text-underline-offset: .18em; }
.fold summary::-webkit-details-marker { display: none; }
.fold .less, .fold[open] .more { display: none; }
.fold[open] .less { display: inline; }
.fold:not([open]) + .comment { max-height: 17rem; overflow: clip; mask-image: linear-gradient(#000 calc(100% - 4.5rem), transparent); }
.engine { padding-bottom: 1rem; font-size: .8125rem; color: var(--soft); font-variant-numeric: tabular-nums; }

.door { display: flex; flex-wrap: wrap; gap: .6rem; margin-top: 1.25rem; }
.door input { flex: 1 1 14rem; min-height: 2.75rem; padding: .5rem .8rem; font: 1rem var(--sans); color: inherit; background: var(--card); border: 1px solid var(--edge); border-radius: .55rem; }
.issue { padding-block: 1rem 4rem; }
.issue h1 { font: 500 1.75rem/1.3 var(--serif); text-wrap: balance; }
.issue .comment, .issue .body { margin-top: 1rem; }
.body > * + * { margin-top: .75em; }
.body p { white-space: pre-wrap; }
.issue h2 { margin-top: 2rem; font: 600 1rem/1.5 var(--sans); }
.issue li:target .comment { border-left-color: var(--accent); }
.report { padding-block: 1rem 4rem; }
.report h1 { font: 500 1.75rem/1.3 var(--serif); }
.report h2 { margin-top: 2.25rem; font: 600 1.125rem/1.5 var(--sans); }
.report h3 { margin-top: 1.25rem; font: 600 1rem/1.5 var(--sans); }
.plot { display: block; width: 100%; max-height: 14rem; margin-top: 1rem; }
.plot-picture { display: block; width: 100%; margin-top: 1rem; }
footer { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding-bottom: 2rem; font-size: .875rem; }
.plot text { font: 11px var(--sans); fill: var(--soft); text-anchor: middle; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin-top: .5rem; font-size: .875rem; }
.legend svg { width: .7em; height: .7em; margin-right: .4em; }
.k-success, .k-right { fill: var(--accent); }
.k-assist, .k-linked { fill: var(--accent); fill-opacity: .6; }
.k-noise, .k-wrong { fill: var(--bad-ink); }
.k-missed { fill: var(--note-ink); }
.k-weak { fill: var(--note-ink); fill-opacity: .6; }
.k-unknown { fill: var(--edge); }
.k-held, .k-answered { fill: var(--edge); fill-opacity: .45; }
.table { margin-top: 1rem; overflow-x: auto; }
table { border-collapse: collapse; font-size: .9375rem; overflow-wrap: normal; }
th, td { padding: .3rem .8rem .3rem 0; text-align: right; font-weight: 400; font-variant-numeric: tabular-nums; border-bottom: 1px solid var(--line); }
thead th { color: var(--soft); }
th:first-child { text-align: left; min-width: 10rem; }
.trouble li { margin-top: .4rem; }
dl { margin: .5rem 0 0; display: grid; grid-template-columns: max-content 1fr; gap: .4rem 1.25rem; font-size: .9375rem; }
dd { margin: 0; color: var(--soft); }
@media (max-width: 30rem) {
  .wide { padding-inline: 1rem; }
  :root { --quote: .8rem; }
  .main { padding-inline: .9rem; }
}
@media print { .top, #ask, .hints, .fold { display: none; } .fold + .comment { max-height: none !important; mask-image: none !important; } }
`;
