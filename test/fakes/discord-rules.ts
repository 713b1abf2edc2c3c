import { HIDDEN, readMarkup } from './discord-markdown.ts';

/** A rule of Discord's, or of ours for what we post there, that a payload breaks. */
export type Broken = { readonly code: number; readonly rule: string };

export type Json = Readonly<Record<string, unknown>>;
export type MessageKind = 'create' | 'edit' | 'reply' | 'follow-up' | 'webhook edit';

export const FLAGS = { suppressEmbeds: 1 << 2, ephemeral: 1 << 6, silent: 1 << 12, componentsV2: 1 << 15 } as const;

const MESSAGE_KEYS: Readonly<Record<string, (value: unknown) => boolean>> = {
  content: (value) => value === null || typeof value === 'string',
  embeds: (value) => value === null || isArray(value),
  components: (value) => value === null || isArray(value),
  flags: Number.isInteger,
  tts: (value) => typeof value === 'boolean',
  nonce: (value) => (typeof value === 'string' && value.length <= 25) || Number.isInteger(value),
  enforce_nonce: (value) => typeof value === 'boolean',
  allowed_mentions: isObject,
  message_reference: isObject,
  sticker_ids: isArray,
  poll: isObject,
};

const ALLOWED_FLAGS: Readonly<Record<MessageKind, number>> = {
  create: FLAGS.suppressEmbeds | FLAGS.silent | FLAGS.componentsV2,
  edit: FLAGS.suppressEmbeds | FLAGS.componentsV2,
  reply: FLAGS.suppressEmbeds | FLAGS.silent | FLAGS.componentsV2 | FLAGS.ephemeral,
  'follow-up': FLAGS.suppressEmbeds | FLAGS.silent | FLAGS.componentsV2 | FLAGS.ephemeral,
  'webhook edit': FLAGS.suppressEmbeds | FLAGS.componentsV2,
};

/** Every rule that a message body breaks; none for a good one. */
export function checkMessage(body: Json, kind: MessageKind): readonly Broken[] {
  const broken = new Findings();
  for (const [key, value] of Object.entries(body)) {
    const isRight = MESSAGE_KEYS[key];
    if (!isRight) broken.add(`unknown field ${key}`);
    else if (!isRight(value)) broken.add(`${key} has the wrong type`);
  }
  const flags = typeof body.flags === 'number' ? body.flags : 0;
  if ((flags & ~ALLOWED_FLAGS[kind]) !== 0) broken.add(`flags ${flags} are not allowed on a ${kind}`);
  const { texts, marked } = flags & FLAGS.componentsV2 ? checkV2(body, broken) : checkClassic(body, broken);
  for (const text of texts) {
    if (HIDDEN.test(text)) broken.add(`hidden characters in ${JSON.stringify(text.slice(0, 40))}`);
  }
  checkMarkup(marked, toArray(toObject(body.allowed_mentions).roles), broken);
  checkMentions(body.allowed_mentions, broken);
  if (texts.some((text) => /https?:\/\//i.test(text)) && (flags & FLAGS.suppressEmbeds) === 0) {
    broken.add('links without SUPPRESS_EMBEDS unfurl');
  }
  return broken.all;
}

type Texts = { readonly texts: readonly string[]; readonly marked: readonly string[] };

/** Components v2: 40 components with those inside others, 4,000 characters over everything that is read. */
function checkV2(body: Json, broken: Findings): Texts {
  for (const key of ['content', 'embeds', 'poll', 'sticker_ids']) {
    if (body[key] !== undefined && body[key] !== null) broken.add(`${key} cannot be used with components v2`);
  }
  const components = toArray(body.components);
  if (components.length === 0) broken.add('an empty message', 50_006);
  const seen = new Components(broken);
  for (const component of components) seen.visit(component, 'message', true);
  if (seen.count > 40) broken.add(`${seen.count} components, at most 40`);
  const length = seen.texts.reduce((sum, text) => sum + text.length, 0);
  if (length > 4_000) broken.add(`${length} characters of text, at most 4000`);
  return seen;
}

function checkClassic(body: Json, broken: Findings): Texts {
  const content = typeof body.content === 'string' ? body.content.trim() : '';
  if (content.length > 2_000) broken.add('content over 2000 characters');
  const embeds = toArray(body.embeds);
  const components = toArray(body.components);
  if (!content && embeds.length === 0 && components.length === 0) broken.add('an empty message', 50_006);
  if (embeds.length > 10) broken.add('more than 10 embeds');
  if (components.length > 5) broken.add('more than 5 rows');
  const seen = new Components(broken);
  for (const component of components) seen.visit(component, 'message', false);
  const embedTexts = embeds.flatMap((embed) => checkEmbed(embed, broken));
  if (embedTexts.join('').length > 6_000) broken.add('embeds over 6000 characters together');
  const marked = [content, ...embedTexts];
  return { texts: [...marked, ...seen.texts], marked: [...marked, ...seen.marked] };
}

const EMBED_LIMITS: Readonly<Record<string, number>> = { title: 256, description: 4_096 };

function checkEmbed(value: unknown, broken: Findings): readonly string[] {
  const embed = toObject(value);
  const texts: string[] = [];
  const take = (name: string, text: unknown, limit: number) => {
    if (typeof text !== 'string') return;
    if (text.trim().length > limit) broken.add(`embed ${name} over ${limit} characters`);
    texts.push(text.trim());
  };
  for (const [key, limit] of Object.entries(EMBED_LIMITS)) take(key, embed[key], limit);
  take('footer', toObject(embed.footer).text, 2_048);
  take('author', toObject(embed.author).name, 256);
  const fields = toArray(embed.fields).map(toObject);
  if (fields.length > 25) broken.add('more than 25 fields in an embed');
  for (const field of fields) {
    take('field name', field.name, 256);
    take('field value', field.value, 1_024);
  }
  return texts;
}

const TOP_LEVEL_V2 = new Set([1, 9, 10, 12, 13, 14, 17]);
const IN_CONTAINER = new Set([1, 9, 10, 12, 13, 14]);

class Components {
  /** Everything that is read. */
  readonly texts: string[] = [];
  /** That of it in which Discord reads markup: not in labels and options. */
  readonly marked: string[] = [];
  count = 0;
  readonly #customIds = new Set<string>();
  readonly #broken: Findings;

  constructor(broken: Findings) {
    this.#broken = broken;
  }

  visit(value: unknown, parent: 'message' | 'container', v2: boolean): void {
    const component = toObject(value);
    this.count++;
    const allowed = parent === 'container' ? IN_CONTAINER : TOP_LEVEL_V2;
    if (v2 ? !allowed.has(component.type as number) : component.type !== 1) {
      this.#broken.add(`component of type ${component.type} in a ${parent}`);
    }
    if (component.type === 1) this.#visitRow(component);
    else if (component.type === 10) this.#text('text display', component.content, 4_000);
    else if (component.type === 9) this.#visitSection(component);
    else if (component.type === 17) {
      const children = toArray(component.components);
      if (children.length === 0) this.#broken.add('an empty container');
      for (const child of children) this.visit(child, 'container', v2);
    }
  }

  #visitSection(section: Json): void {
    const texts = toArray(section.components).map(toObject);
    if (texts.length < 1 || texts.length > 3) this.#broken.add('a section has 1 to 3 texts');
    for (const { content } of texts) {
      this.count++;
      this.#text('text display', content, 4_000);
    }
    const accessory = toObject(section.accessory);
    this.count++;
    if (accessory.type === 2) this.#visitButton(accessory);
    else if (accessory.type !== 11) this.#broken.add('a section needs a button or a thumbnail');
  }

  #visitRow(row: Json): void {
    const children = toArray(row.components).map(toObject);
    const selects = children.filter(({ type }) => type !== 2);
    if (children.length === 0) this.#broken.add('an empty row');
    if (selects.length > 0 ? children.length > 1 : children.length > 5) {
      this.#broken.add('a row takes five buttons or one select');
    }
    for (const child of children) {
      this.count++;
      if (child.type === 2) this.#visitButton(child);
      else if (child.type === 3) this.#visitSelect(child);
      else this.#broken.add(`component of type ${child.type} in a row`);
    }
  }

  #visitButton(button: Json): void {
    this.#text('label', button.label, 80);
    if (button.style === 5) {
      const { url } = button;
      if (typeof url !== 'string' || url.length > 512 || !URL.canParse(url))
        this.#broken.add('a link button needs a url');
      if (button.custom_id !== undefined) this.#broken.add('a link button has no custom_id');
    } else if (![1, 2, 3, 4].includes(button.style as number)) this.#broken.add('a button needs a style');
    else this.#customId(button.custom_id);
  }

  #visitSelect(select: Json): void {
    this.#customId(select.custom_id);
    if (select.placeholder !== undefined) this.#text('placeholder', select.placeholder, 150);
    const options = toArray(select.options).map(toObject);
    if (options.length < 1 || options.length > 25) this.#broken.add('a select has 1 to 25 options');
    if (new Set(options.map(({ value }) => value)).size < options.length) this.#broken.add('option values repeat');
    for (const { label, value, description } of options) {
      this.#text('option label', label, 100);
      if (typeof value !== 'string' || value.length < 1 || value.length > 100) {
        this.#broken.add('an option value has 1 to 100 characters');
      }
      if (description !== undefined) this.#text('option description', description, 100);
    }
  }

  #customId(customId: unknown): void {
    if (typeof customId !== 'string' || customId.length < 1 || customId.length > 100) {
      this.#broken.add('a custom_id has 1 to 100 characters');
    } else if (this.#customIds.has(customId)) this.#broken.add('custom_ids repeat');
    else this.#customIds.add(customId);
  }

  #text(what: string, value: unknown, limit: number): void {
    const text = typeof value === 'string' ? value.trim() : '';
    if (text.length < 1 || text.length > limit) this.#broken.add(`a ${what} has 1 to ${limit} characters`);
    this.texts.push(text);
    if (what === 'text display') this.marked.push(text);
  }
}

/** Nobody is pinged but one role of helpers, by its id: what the texts say must not decide. */
function checkMentions(value: unknown, broken: Findings): void {
  const { parse, users, roles, replied_user: repliedUser } = toObject(value);
  const one = isArray(parse) && parse.length === 0 && !toArray(users).length && toArray(roles).length <= 1;
  if (!one || repliedUser === true) broken.add('allowed_mentions must be {parse: []}, with one role at most');
}

/** What untrusted text must not bring to life, wherever it stands. */
function checkMarkup(texts: readonly string[], pinged: readonly unknown[], broken: Findings): void {
  for (const text of texts) {
    // A line of ours, whom nothing pings.
    if (/^Asked by <@\d+>$/.test(text)) continue;
    for (const markup of readMarkup(text)) {
      if (markup.kind === 'mention' && pinged.some((role) => markup.text === `<@&${role}>`)) continue;
      if (['mention', 'everyone', 'special', 'invite'].includes(markup.kind))
        broken.add(`live ${markup.kind} in a text`);
      if (!('url' in markup)) continue;
      if (!/^https:\/\//.test(markup.url)) broken.add('a masked link that is not https');
      if (/:\/\/|[\\[\]`*~]|\p{Extended_Pictographic}/u.test(markup.label)) broken.add('markup in the label of a link');
    }
  }
}

export class Findings {
  readonly all: Broken[] = [];
  add(rule: string, code = 50_035): void {
    this.all.push({ code, rule });
  }
}

export function sameSet(value: unknown, expected: readonly number[]): boolean {
  const values = new Set(toArray(value));
  return values.size === expected.length && expected.every((one) => values.has(one));
}

export function isText(value: unknown, limit: number): boolean {
  return typeof value === 'string' && value.trim().length >= 1 && value.length <= limit;
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function toObject(value: unknown): Json {
  return isObject(value) ? value : {};
}

export function isArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

export function toArray(value: unknown): readonly unknown[] {
  return isArray(value) ? value : [];
}
