/**
 * What Slack takes and what it refuses, as pure checks. Where Slack's documentation leaves a limit open, the stricter
 * value stands here. Beyond Slack's own rules these fail what must never be shown: live tokens and hidden characters.
 */
export type Violation = { readonly error: string; readonly detail: string };

type Json = Readonly<Record<string, unknown>>;
type Report = (error: string, detail: string) => void;

export const LIMITS = {
  text: 4_000,
  blocks: 50,
  modalBlocks: 100,
  /** Of all blocks together, as JSON. */
  blockCharacters: 12_000,
  textObject: 3_000,
  fields: 10,
  field: 2_000,
  header: 150,
  contextElements: 10,
  actionElements: 25,
  buttonText: 75,
  value: 2_000,
  url: 3_000,
  id: 255,
  options: 100,
  optionText: 75,
  optionValue: 150,
  overflowOptions: 5,
  contextActions: 5,
  accessibilityLabel: 75,
  placeholder: 150,
  modalTitle: 24,
  privateMetadata: 3_000,
  label: 2_000,
} as const;

/** Bidi controls, zero-width characters, tags, lone surrogates, controls other than line ends and tabs. */
const HIDDEN =
  /[[\p{Cc}\p{Cs}\p{Bidi_Control}\u00AD\u180E\u200B\u2028\u2029\u2060-\u2065\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E007F}]--[\n\t]]/v;

export type MessageRules = {
  /** For what everybody sees: five previews below an answer are never wanted. */
  readonly unfurl: boolean;
  /** The user groups that may be pinged, by id; nobody else ever is. */
  readonly pings?: { has(id: string): boolean };
};

export function checkMessage(payload: Json, { unfurl, pings = new Set() }: MessageRules): readonly Violation[] {
  const { violations, report } = collect();
  const { text, blocks } = payload;
  if (typeof text !== 'string' || text.trim() === '') report('no_text', 'top-level text is missing');
  else {
    if (text.length > LIMITS.text) report('msg_too_long', `text has ${text.length} characters`);
    checkMrkdwn(text, 'text', report);
  }
  if (unfurl && (payload.unfurl_links !== false || payload.unfurl_media !== false)) {
    report('unfurl', 'unfurl_links and unfurl_media must be false');
  }
  if (blocks !== undefined) checkBlocks(blocks, { most: LIMITS.blocks, inModal: false, pings }, report);
  return violations;
}

export function checkView(view: unknown): readonly Violation[] {
  const { violations, report } = collect();
  if (!isObject(view) || view.type !== 'modal') {
    report('invalid_arguments', 'a view is an object of type modal');
    return violations;
  }
  checkText(view.title, 'title', { most: LIMITS.modalTitle, plain: true }, report);
  for (const key of ['submit', 'close']) {
    if (view[key] !== undefined) checkText(view[key], key, { most: LIMITS.modalTitle, plain: true }, report);
  }
  if (String(view.callback_id ?? '').length > LIMITS.id) report('invalid_arguments', 'callback_id is too long');
  if (String(view.private_metadata ?? '').length > LIMITS.privateMetadata) {
    report('invalid_arguments', 'private_metadata is too long');
  }
  checkBlocks(view.blocks, { most: LIMITS.modalBlocks, inModal: true, pings: new Set() }, report);
  const blocks = Array.isArray(view.blocks) ? view.blocks : [];
  const asks = blocks.some((block) => isObject(block) && block.type === 'input');
  if (asks && view.submit === undefined) report('invalid_arguments', 'a view with inputs needs submit');
  return violations;
}

type BlockRules = {
  readonly most: number;
  readonly inModal: boolean;
  readonly pings: { has(id: string): boolean };
};

function checkBlocks(blocks: unknown, { most, inModal, pings }: BlockRules, report: Report) {
  if (!Array.isArray(blocks) || blocks.length === 0) return report('invalid_blocks', 'blocks is no filled list');
  if (blocks.length > most) report('invalid_blocks', `${blocks.length} blocks`);
  const characters = JSON.stringify(blocks).length;
  if (characters > LIMITS.blockCharacters) report('msg_blocks_too_long', `${characters} characters of blocks`);
  const blockIds = new Set<unknown>();
  const actionIds = new Set<unknown>();
  for (const block of blocks) {
    if (!isObject(block)) report('invalid_blocks', 'a block is no object');
    else {
      checkId(block.block_id, 'block_id', blockIds, report);
      checkBlock(block, { inModal, pings, actionIds }, report);
    }
  }
}

function checkBlock(
  block: Json,
  { inModal, pings, actionIds }: Omit<BlockRules, 'most'> & { actionIds: Set<unknown> },
  report: Report,
) {
  const type = block.type;
  switch (type) {
    case 'divider':
      return;
    case 'section':
      return checkSection(block, actionIds, report);
    case 'header':
      return checkText(block.text, 'header', { most: LIMITS.header, plain: true }, report);
    case 'context':
      return each(block.elements, 'context', LIMITS.contextElements, report, (element) =>
        checkText(element, 'context', { most: LIMITS.textObject }, report),
      );
    case 'actions':
      return each(block.elements, 'actions', LIMITS.actionElements, report, (element) =>
        checkElement(element, actionIds, report),
      );
    case 'context_actions':
      if (inModal) report('invalid_blocks', 'a context_actions block in a modal');
      return each(block.elements, 'context_actions', LIMITS.contextActions, report, (element) =>
        checkFeedback(element, actionIds, report),
      );
    case 'rich_text':
      return each(block.elements, 'rich_text', 100, report, (element) => checkRichText(element, pings, report));
    case 'markdown':
      return checkMrkdwn(String(block.text ?? ''), 'markdown', report);
    case 'input':
      if (!inModal) report('invalid_blocks', 'an input block in a message');
      checkText(block.label, 'label', { most: LIMITS.label, plain: true }, report);
      if (block.hint !== undefined) checkText(block.hint, 'hint', { most: LIMITS.label, plain: true }, report);
      return checkElement(block.element, actionIds, report);
    default:
      report('invalid_blocks', `unsupported block type ${String(type)}`);
  }
}

function checkSection(block: Json, actionIds: Set<unknown>, report: Report) {
  const { text, fields, accessory } = block;
  if (text === undefined && fields === undefined) report('invalid_blocks', 'a section without text and fields');
  if (text !== undefined) checkText(text, 'section', { most: LIMITS.textObject }, report);
  if (fields !== undefined) {
    each(fields, 'fields', LIMITS.fields, report, (field) => checkText(field, 'field', { most: LIMITS.field }, report));
  }
  if (accessory !== undefined) checkElement(accessory, actionIds, report);
}

function checkElement(element: unknown, actionIds: Set<unknown>, report: Report) {
  if (!isObject(element)) return report('invalid_blocks', 'an element is no object');
  checkId(element.action_id, 'action_id', actionIds, report);
  const { type, options } = element;
  if (type === 'button') {
    checkText(element.text, 'button', { most: LIMITS.buttonText, plain: true }, report);
    if (String(element.value ?? '').length > LIMITS.value) report('invalid_blocks', 'button value is too long');
    if (element.url !== undefined) checkUrl(element.url, report);
  } else if (type === 'static_select' || type === 'overflow') {
    const most = type === 'overflow' ? LIMITS.overflowOptions : LIMITS.options;
    each(options, 'options', most, report, (option) => checkOption(option, report));
    if (element.placeholder !== undefined) {
      checkText(element.placeholder, 'placeholder', { most: LIMITS.placeholder, plain: true }, report);
    }
  } else if (type === 'plain_text_input') {
    const longest = element.max_length ?? 3_000;
    if (typeof longest !== 'number' || longest < 1 || longest > 3_000) report('invalid_arguments', 'max_length');
  } else report('invalid_blocks', `unsupported element type ${String(type)}`);
}

/** The element that Slack's own thumbs are. */
function checkFeedback(element: unknown, actionIds: Set<unknown>, report: Report) {
  if (!isObject(element) || element.type !== 'feedback_buttons') {
    return report('invalid_blocks', 'context_actions takes feedback_buttons');
  }
  checkId(element.action_id, 'action_id', actionIds, report);
  for (const name of ['positive_button', 'negative_button']) {
    const thumb = element[name];
    if (!isObject(thumb)) return report('invalid_blocks', `${name} is missing`);
    checkText(thumb.text, name, { most: LIMITS.buttonText, plain: true }, report);
    const { value, accessibility_label: label = '' } = thumb;
    if (typeof value !== 'string' || value.length < 1 || value.length > LIMITS.value)
      report('invalid_blocks', `${name} value`);
    if (String(label).length > LIMITS.accessibilityLabel) report('invalid_blocks', `${name} accessibility_label`);
  }
}

function checkOption(option: unknown, report: Report) {
  if (!isObject(option)) return report('invalid_blocks', 'an option is no object');
  checkText(option.text, 'option', { most: LIMITS.optionText, plain: true }, report);
  const value = String(option.value ?? '');
  if (value.length < 1 || value.length > LIMITS.optionValue) report('invalid_blocks', 'option value');
}

const CONTAINERS = new Set(['rich_text_section', 'rich_text_quote', 'rich_text_preformatted', 'rich_text_list']);

function checkRichText(element: unknown, pings: BlockRules['pings'], report: Report) {
  if (!isObject(element)) return report('invalid_blocks', 'a rich_text element is no object');
  const { type, text, url } = element;
  if (CONTAINERS.has(String(type))) {
    each(element.elements, String(type), 1_000, report, (inner) => checkRichText(inner, pings, report));
  } else if (type === 'text') {
    if (typeof text !== 'string' || text === '') report('invalid_blocks', 'an empty rich_text text');
    else if (text.length > LIMITS.textObject) report('invalid_blocks', `rich_text text of ${text.length} characters`);
    checkHidden(String(text), 'rich_text', report);
  } else if (type === 'link') {
    checkUrl(url, report);
    if (text !== undefined && String(text) === '') report('invalid_blocks', 'a link without words');
    checkHidden(String(text ?? ''), 'link', report);
  } else if (type === 'usergroup' && pings.has(String(element.usergroup_id))) {
    return;
  } else if (['user', 'usergroup', 'broadcast', 'channel', 'team'].includes(String(type))) {
    report('live_token', `rich_text ${String(type)}`);
  } else report('invalid_blocks', `unsupported rich_text type ${String(type)}`);
}

type TextRules = { readonly most: number; readonly plain?: boolean };

function checkText(text: unknown, where: string, { most, plain = false }: TextRules, report: Report) {
  if (!isObject(text) || typeof text.text !== 'string') return report('invalid_blocks', `${where} is no text object`);
  const { type, text: words } = text;
  if (words.length < 1 || words.length > most) report('invalid_blocks', `${where} of ${words.length} characters`);
  if (type === 'mrkdwn' && !plain) checkMrkdwn(words, where, report);
  else if (type === 'plain_text') checkHidden(words, where, report);
  else report('invalid_blocks', `${where} must be plain_text`);
}

/** Text that Slack parses: a `<` that is not escaped begins a token, whatever follows. */
function checkMrkdwn(text: string, where: string, report: Report) {
  const token = /<[^>]{0,40}>?/.exec(text)?.[0];
  if (token !== undefined) report('live_token', `${where}: ${token}`);
  if (/&(?!amp;|lt;|gt;)/.test(text)) report('live_token', `${where}: an & that is not escaped`);
  checkHidden(text, where, report);
}

function checkHidden(text: string, where: string, report: Report) {
  const hidden = HIDDEN.exec(text)?.[0];
  if (hidden !== undefined) report('hidden_characters', `${where}: U+${hidden.codePointAt(0)?.toString(16)}`);
}

function checkUrl(url: unknown, report: Report) {
  const text = String(url);
  if (text.length > LIMITS.url) report('invalid_blocks', 'url is too long');
  if (!/^https:\/\/[^\s<>|]+$/.test(text)) report('invalid_blocks', `url ${text.slice(0, 40)}`);
}

function checkId(id: unknown, what: string, seen: Set<unknown>, report: Report) {
  if (id === undefined) return;
  if (typeof id !== 'string' || id.length < 1 || id.length > LIMITS.id) report('invalid_blocks', `${what} is too long`);
  if (seen.has(id)) report('invalid_blocks', `${what} ${String(id).slice(0, 40)} is there twice`);
  seen.add(id);
}

function each(list: unknown, what: string, most: number, report: Report, check: (item: unknown) => void) {
  if (!Array.isArray(list) || list.length < 1) return report('invalid_blocks', `${what} is empty`);
  if (list.length > most) report('invalid_blocks', `${what} has ${list.length} elements`);
  for (const item of list) check(item);
}

function collect(): { readonly violations: Violation[]; readonly report: Report } {
  const violations: Violation[] = [];
  return { violations, report: (error, detail) => void violations.push({ error, detail }) };
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
