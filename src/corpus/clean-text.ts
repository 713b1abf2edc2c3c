/** So many lines of a block of code or log tell what it is about. */
const MOST_CODE_LINES = 8;
/** An address this long is no name that somebody would ask for. */
const LONG_ADDRESS = 60;
/** What follows a line of two dashes is a signature if it is no longer than that. */
const MOST_SIGNATURE_LINES = 8;

/**
 * What of a Markdown text tells what it means: without HTML comments and tags, images, quoted replies, the lines of an
 * issue template that its writer left as they were, frames of a stack trace, the rest of long logs, and signatures. Of a
 * link its text is kept. What is shown stays the text itself. A text of nothing else is kept whole.
 */
export function cleanText(text: string): string {
  const lines = withoutSignature(withoutHtmlComments(text).split(/\r\n?|\n/));
  const kept: string[] = [];
  let fence: string | undefined;
  let inFence = 0;
  for (const line of lines) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence === undefined && mark) {
      [fence, inFence] = [mark, 0];
    } else if (fence !== undefined) {
      if (mark?.startsWith(fence)) fence = undefined;
      else if (!isFrame(line) && inFence++ < MOST_CODE_LINES) kept.push(line);
    } else if (!isQuote(line) && !isTemplate(line) && !isFrame(line)) {
      kept.push(withoutMarkup(line));
    }
  }
  const clean = kept.map((line) => line.replace(/[ \t]+/g, ' ').trim()).join('\n');
  return clean.replace(/\n{3,}/g, '\n\n').trim() || text;
}

/** Without a pattern over the whole text, which would try every opening again to the end. */
function withoutHtmlComments(text: string): string {
  let kept = '';
  for (let from = 0; ; ) {
    const start = text.indexOf('<!--', from);
    const end = start < 0 ? -1 : text.indexOf('-->', start + 4);
    if (end < 0) return kept + text.slice(from);
    kept += `${text.slice(from, start)} `;
    from = end + 3;
  }
}

/** Of an answer by mail: what stands under two dashes, and what a telephone adds. */
function withoutSignature(lines: readonly string[]): readonly string[] {
  const dashes = lines.lastIndexOf('-- ');
  const end = dashes > 0 && lines.length - dashes - 1 <= MOST_SIGNATURE_LINES ? dashes : lines.length;
  return lines.slice(0, end).filter((line) => !/^(?:sent|get outlook) (?:from|for) \w.{0,60}$/i.test(line.trim()));
}

/** Also the line above a reply by mail. */
function isQuote(line: string): boolean {
  return /^ {0,3}>/.test(line) || (line.length < 300 && /^On .{10,}\bwrote:\s*$/.test(line));
}

/** Boxes that are not ticked, answers that a form fills in, and headings that every issue of a tracker has. */
function isTemplate(line: string): boolean {
  if (line.length > 120) return false;
  if (/^\s*[-*+] \[ \]/.test(line) || /^\s*[*_]?no response[*_]?\s*$/i.test(line)) return true;
  const heading = /^(?:#{1,6}\s+|\*\*)([^#*]*?)[\s:*#]*$/.exec(line)?.[1];
  return heading !== undefined && TEMPLATE_HEADINGS.test(heading);
}

const TEMPLATE_HEADINGS =
  /^(?:(?:describe the |short )?(?:bug|issue|problem|feature)(?: description)?|description|(?:steps )?to reproduce(?: the (?:bug|behaviou?r))?|steps to reproduce|reproduction(?: steps)?|(?:expected|actual|current)(?: behaviou?r| results?)?|screenshots?|additional (?:context|information)|environment(?: info)?|system info|logs?|is there an existing issue for this\?)$/i;

/** A line of a stack trace: of JavaScript or Java, of Python, of a debugger, of Rust or Go. */
function isFrame(line: string): boolean {
  return (
    line.length < 500 &&
    (/^\s*at .+[:(]/.test(line) ||
      /^\s*File "[^"]*", line \d+/.test(line) ||
      /^\s*#\d+\s+(?:0x[0-9a-f]+\b|[\w:~<>]+\s*\()/i.test(line) ||
      /^\s*\d+: +(?:0x)?[0-9a-f]{6,}\b/i.test(line))
  );
}

function withoutMarkup(line: string): string {
  return line
    .replace(/!\[[^[\]]*\]\([^()]*\)/g, ' ')
    .replace(/\[([^[\]]*)\]\([^()]*\)/g, '$1')
    .replace(/<\/?[a-z][^<>]*>/gi, (tag) => (tag.includes('://') && !tag.includes(' ') ? tag : ' '))
    .replace(/https?:\/\/\S+/g, (address) => (address.length > LONG_ADDRESS ? ' ' : address));
}
