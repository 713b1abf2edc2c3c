import type { Block } from '../../src/slack/blocks.ts';
import { type Html, html, nothing } from '../../src/web/html.ts';
import { pictureHtml } from './picture-html.ts';
import { slackStyle } from './slack-style.ts';
import { CHECK, THUMB } from './thumb.ts';

/** A message of the bot, as Slack's API received it. */
export type BotMessage = {
  readonly blocks: readonly Block[];
  readonly bot: string;
  readonly time: string;
  /** Whether only one person sees it. */
  readonly isPrivate?: boolean;
  /** So many hits are drawn; a line stands for the rest. */
  readonly mostHits?: number;
};

export type PersonMessage = {
  readonly name: string;
  readonly words: Html;
  readonly time: string;
  /** Whether it is marked as solved. */
  readonly solved?: boolean;
};

/** Messages, drawn like Slack's light theme. */
export function slackHtml(...content: readonly Html[]): string {
  return pictureHtml(slackStyle, html`${content}`);
}

export function botMessageHtml({ blocks, bot, time, isPrivate, mostHits = 5 }: BotMessage): Html {
  return html`<div class="message">
${isPrivate ? html`<div class="private">Only visible to you</div>` : nothing}
<div class="body"><i class="face">${bot.charAt(0)}</i>
<div class="head"><b>${bot}</b><span class="tag">APP</span><time>${time}</time></div>
${folded(blocks, mostHits)}
</div></div>`;
}

export function personMessageHtml({ name, words, time, solved }: PersonMessage): Html {
  return html`<div class="message"><div class="body"><i class="face person">${name.charAt(0)}</i>
<div class="head"><b>${name}</b><time>${time}</time></div>
<div class="rich"><p>${words}</p></div>
${solved ? html`<div class="reaction">${CHECK} 1</div>` : nothing}</div></div>`;
}

export function mentionHtml(name: string): Html {
  return html`<span class="mention">@${name}</span>`;
}

/** What stands above a thread, and below its first message. */
export function threadHeadHtml(channel: string): Html {
  return html`<div class="thread"><b>Thread</b> <span># ${channel}</span></div>`;
}

export function repliesHtml(count: number): Html {
  return html`<div class="replies"><span>${count} replies</span></div>`;
}

function folded(blocks: readonly Block[], mostHits: number): readonly Html[] {
  const isHit = (block: Block) => block.type === 'rich_text' && /^\d+\. $/.test(firstWords(block));
  const hits = blocks.filter(isHit);
  const left = hits.slice(mostHits);
  return blocks.flatMap((block) => {
    if (block === left[0])
      return html`<div class="fold">hits ${mostHits + 1} to ${hits.length}, left out of the picture</div>`;
    return left.includes(block) ? [] : blockHtml(block);
  });
}

function firstWords({ elements: [first] }: Extract<Block, { type: 'rich_text' }>): string {
  const [word] = first?.type === 'rich_text_section' ? first.elements : [];
  return word?.type === 'text' ? word.text : '';
}

function blockHtml(block: Block): Html {
  switch (block.type) {
    case 'rich_text':
      return html`<div class="rich">${block.elements.map(richHtml)}</div>`;
    case 'context':
      return html`<div class="context">${block.elements.map((element) => ('text' in element ? html`<span>${element.text}</span>` : unknown(element)))}</div>`;
    case 'actions':
      return html`<div class="actions">${block.elements.map(controlHtml)}</div>`;
    case 'context_actions':
      return html`<div class="thumbs">${block.elements.map(feedbackHtml)}</div>`;
    default:
      return unknown(block);
  }
}

type RichText = Extract<Block, { type: 'rich_text' }>['elements'][number];
type Inline = Extract<RichText, { type: 'rich_text_section' }>['elements'][number];
type Control = Extract<Block, { type: 'actions' }>['elements'][number];
type Feedback = Extract<Block, { type: 'context_actions' }>['elements'][number];

function richHtml(element: RichText): Html {
  if (element.type === 'rich_text_section') return html`<p>${element.elements.map(inlineHtml)}</p>`;
  if (element.type === 'rich_text_quote') return html`<blockquote>${element.elements.map(inlineHtml)}</blockquote>`;
  if (element.type === 'rich_text_preformatted') return html`<pre>${element.elements.map(inlineHtml)}</pre>`;
  return unknown(element);
}

function inlineHtml(element: Inline): Html {
  if (element.type === 'text' && element.style?.code) return html`<code>${element.text}</code>`;
  if (element.type === 'text') return styled(html`${element.text}`, element.style?.bold);
  if (element.type === 'link') return styled(html`<a>${element.text ?? element.url}</a>`, element.style?.bold);
  return unknown(element);
}

function styled(content: Html, bold: boolean | undefined): Html {
  return bold ? html`<b>${content}</b>` : content;
}

function controlHtml(control: Control): Html {
  if (control.type === 'button') return html`<span class="button">${control.text.text}</span>`;
  if (control.type === 'static_select') return html`<span class="button select">${control.placeholder?.text}</span>`;
  if (control.type === 'overflow') return html`<span class="button more">···</span>`;
  return unknown(control);
}

function feedbackHtml(control: Feedback): Html {
  if (control.type === 'feedback_buttons') return html`${THUMB}${THUMB}`;
  return unknown(control);
}

function unknown({ type }: { readonly type: string }): never {
  throw new Error(`${type} has no drawing here: add it`);
}
