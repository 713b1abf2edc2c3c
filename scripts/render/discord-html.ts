import { type APIComponentInMessageActionRow, type APIMessageTopLevelComponent, ComponentType } from 'discord.js';
import { type Html, html, nothing } from '../../src/web/html.ts';
import { markdownHtml } from './discord-markdown-html.ts';
import { discordStyle } from './discord-style.ts';
import { pictureHtml } from './picture-html.ts';
import { THUMB } from './thumb.ts';

/** A message of the bot, as Discord's API received it. */
export type BotMessage = {
  readonly components: readonly APIMessageTopLevelComponent[];
  readonly time: string;
  /** Whether only one person sees it. */
  readonly isPrivate?: boolean;
  /** What stands above it: a command that was used, or the message that it replies to. */
  readonly above?: Html;
  /** So many hits are drawn; a line stands for the rest. */
  readonly mostHits?: number;
};

export type PersonMessage = { readonly name: string; readonly words: string; readonly time: string };

/** Messages, drawn like Discord's dark theme. */
export function discordHtml(...content: readonly Html[]): string {
  return pictureHtml(discordStyle, html`${content}`);
}

export function botMessageHtml({ components, time, isPrivate, above, mostHits = 5 }: BotMessage): Html {
  return html`<div class="message${isPrivate ? ' private' : ''}">
${above}
<div class="body"><i class="face">P</i>
<div class="head"><b>Precedent</b><span class="tag">APP</span><time>${time}</time></div>
${folded(components, mostHits)}
${isPrivate ? html`<div class="notice">Only you can see this · <a>Dismiss message</a></div>` : nothing}
</div></div>`;
}

export function personMessageHtml({ name, words, time }: PersonMessage): Html {
  return html`<div class="message"><div class="body"><i class="face person">${name.charAt(0)}</i>
<div class="head"><b>${name}</b><time>${time}</time></div>
<div class="text"><p>${words}</p></div></div></div>`;
}

export function usedHtml(name: string, command: string): Html {
  return aboveHtml(name, html`<b>${name}</b> used <span class="command">/${command}</span>`);
}

export function repliedHtml(name: string, words: string): Html {
  return aboveHtml(name, html`<b>${name}</b> <span>${words}</span>`);
}

function aboveHtml(name: string, words: Html): Html {
  return html`<div class="above"><i class="spine"></i><i class="face small person">${name.charAt(0)}</i>${words}</div>`;
}

export function threadHeadHtml(name: string): Html {
  return html`<div class="thread"><i>#</i><b>${name}</b></div>`;
}

function folded(components: readonly APIMessageTopLevelComponent[], mostHits: number): readonly Html[] {
  const isHit = (component: APIMessageTopLevelComponent) =>
    component.type === ComponentType.TextDisplay && component.content.startsWith('### ');
  const hits = components.filter(isHit);
  const left = hits.slice(mostHits);
  return components.flatMap((component) => {
    if (component === left[0])
      return html`<div class="fold">hits ${mostHits + 1} to ${hits.length}, left out of the picture</div>`;
    return left.includes(component) ? [] : componentHtml(component);
  });
}

function componentHtml(component: APIMessageTopLevelComponent): Html {
  if (component.type === ComponentType.TextDisplay) {
    return html`<div class="text">${markdownHtml(component.content)}</div>`;
  }
  if (component.type === ComponentType.ActionRow) {
    return html`<div class="row">${component.components.map(controlHtml)}</div>`;
  }
  throw new Error(`component type ${component.type} has no drawing here: add it`);
}

const EMOJI: Readonly<Record<string, Html>> = {
  '👍': html`<span class="thumb">${THUMB}</span>`,
  '👎': html`<span class="thumb down">${THUMB}</span>`,
};

function controlHtml(control: APIComponentInMessageActionRow): Html {
  if (control.type === ComponentType.StringSelect) return html`<span class="select">${control.placeholder}</span>`;
  if (control.type === ComponentType.Button && 'label' in control) {
    const emoji = control.emoji?.name ? EMOJI[control.emoji.name] : nothing;
    if (!emoji) throw new Error(`${control.emoji?.name} has no drawing here: add it`);
    const link =
      'url' in control
        ? html`<svg class="out" viewBox="0 0 16 16"><path d="M6 3H3v10h10v-3M9 3h4v4M13 3L7.5 8.5"/></svg>`
        : nothing;
    return html`<span class="button">${emoji}${control.label}${link}</span>`;
  }
  throw new Error(`component type ${control.type} has no drawing here: add it`);
}
