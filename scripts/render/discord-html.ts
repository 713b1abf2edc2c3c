import { type APIComponentInMessageActionRow, type APIMessageTopLevelComponent, ComponentType } from 'discord.js';
import { type Html, html, nothing } from '../../src/web/html.ts';
import { markdownHtml } from './discord-markdown-html.ts';
import { discordStyle } from './discord-style.ts';
import { pictureHtml } from './picture-html.ts';

type DiscordPicture = {
  /** As Discord's API received it. */
  readonly message: { readonly components: readonly APIMessageTopLevelComponent[] };
  readonly command: string;
  readonly asker: string;
  readonly bot: string;
  /** Whether only the asker sees it. */
  readonly isPrivate: boolean;
  readonly time: string;
};

/** A reply to a slash command, drawn like Discord's dark theme from the message that its API received. */
export function discordHtml({ message, command, asker, bot, isPrivate, time }: DiscordPicture): string {
  return pictureHtml(
    discordStyle,
    html`<div class="used"><i class="spine"></i><i class="face small">${asker.charAt(0)}</i><b>${asker}</b> used <span class="command">/${command}</span></div>
<i class="face">${bot.charAt(0)}</i>
<div class="message">
<div class="head"><b>${bot}</b><span class="tag">APP</span><time>${time}</time></div>
${message.components.map(componentHtml)}
${isPrivate ? html`<div class="private">Only you can see this · <a>Dismiss message</a></div>` : nothing}
</div>`,
  );
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

function controlHtml(control: APIComponentInMessageActionRow): Html {
  if (control.type === ComponentType.StringSelect) return html`<span class="select">${control.placeholder}</span>`;
  if (control.type === ComponentType.Button && 'label' in control) {
    return html`<span class="button">${control.label}</span>`;
  }
  throw new Error(`component type ${control.type} has no drawing here: add it`);
}
