import { bandText, nothingCloseText } from '../band-text.ts';
import type { Notice } from '../command.ts';
import { emptyText, footer, hitFacts, scoreText } from '../reply-text.ts';
import type { Answer, Hit } from '../retrieval/answer.ts';
import { visibleLine, visibleText } from '../visible-text.ts';

const RULE = '='.repeat(50);

/** An answer in the shape of the course's print-out (COMMENT, SCORE, TITLE, URL), wrapped to the terminal's width. */
export function renderAnswer(answer: Answer, columns = 80): string {
  const width = Math.max(40, Math.min(columns, 100));
  const notes = answer.notes.map((note) => wrap(`Note: ${note}`, width));
  const hits = answer.hits.length > 0 ? answer.hits.map((hit) => renderHit(hit, answer, width)) : [emptyText(answer)];
  const nothingClose = nothingCloseText(answer);
  return [...notes, nothingClose, ...hits, `${answer.hits.length > 0 ? `${footer(answer)}` : ''}`]
    .filter(Boolean)
    .join('\n\n');
}

export function renderNotice({ text, lines }: Notice): string {
  return [text, ...lines.map((line) => `  ${line}`)].join('\n');
}

function renderHit(hit: Hit, { metric }: Answer, width: number): string {
  const [name, value] = splitScore(scoreText(hit.score, metric));
  const facts = hitFacts(hit);
  return [
    `COMMENT: ${wrap(visibleText(hit.comment).trim(), width)}`,
    `${name.toUpperCase()}: ${[value, bandText(hit)].filter(Boolean).join(', ')}`,
    `TITLE: ${wrap(visibleLine(hit.title), width)}`,
    ...(facts.length > 0 ? [`ABOUT: ${facts.join(' · ')}`] : []),
    `URL: ${visibleLine(hit.commentUrl ?? hit.issueUrl)}`,
    RULE,
  ].join('\n');
}

function splitScore(text: string): [name: string, value: string] {
  const at = text.lastIndexOf(' ');
  return [text.slice(0, at), text.slice(at + 1)];
}

/** Breaks lines at white space; what is longer than the width by itself (links, code) stays whole. */
function wrap(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => wrapLine(line, width))
    .join('\n');
}

function wrapLine(line: string, width: number): string {
  if (line.length <= width) return line;
  const rows: string[] = [];
  let row = '';
  for (const word of line.split(/(?<=\s)(?=\S)/)) {
    if (row && row.length + word.trimEnd().length > width) {
      rows.push(row.trimEnd());
      row = '';
    }
    row += word;
  }
  return [...rows, row.trimEnd()].join('\n');
}
