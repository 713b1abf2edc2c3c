import type { Block } from '../../src/slack/blocks.ts';
import { type Html, html, nothing } from '../../src/web/html.ts';
import { pictureHtml } from './picture-html.ts';
import { slackStyle } from './slack-style.ts';

type SlackPicture = {
  /** As Slack's API received it. */
  readonly message: { readonly blocks: readonly Block[] };
  readonly bot: string;
  /** Whether only the asker sees it. */
  readonly isPrivate: boolean;
  readonly time: string;
};

/** A message drawn like Slack's light theme from what its API received. */
export function slackHtml({ message, bot, isPrivate, time }: SlackPicture): string {
  return pictureHtml(
    slackStyle,
    html`${isPrivate ? html`<div class="private">Only visible to you</div>` : nothing}
<i class="face">${bot.charAt(0)}</i>
<div class="message">
<div class="head"><b>${bot}</b><span class="tag">APP</span><time>${time}</time></div>
${message.blocks.map(blockHtml)}
</div>`,
  );
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

/** Upwards; the second one is turned by the style. */
const THUMB = html`<svg viewBox="0 0 24 24"><path d="M4 10h3v9H4zM7 10l4-7c2 0 2.5 1.5 2 3l-.7 3H18c1.5 0 2 1 1.7 2.2l-1.5 6c-.3 1-1 1.8-2.2 1.8H7"/></svg>`;

function feedbackHtml(control: Feedback): Html {
  if (control.type === 'feedback_buttons') return html`${THUMB}${THUMB}`;
  return unknown(control);
}

function unknown({ type }: { readonly type: string }): never {
  throw new Error(`${type} has no drawing here: add it`);
}
