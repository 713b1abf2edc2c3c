import { type Broken, isText, type Json, toArray, toObject } from './discord-rules.ts';

/** Every rule that the choices offered for what is being typed break. */
export function checkChoices({ choices }: Json): readonly Broken[] {
  const broken: Broken[] = [];
  const add = (rule: string) => broken.push({ code: 50_035, rule });
  if (!Array.isArray(choices)) add('choices must be a list');
  if (toArray(choices).length > 25) add('more than 25 choices');
  for (const { name, value } of toArray(choices).map(toObject)) {
    if (!isText(name, 100) || !isText(value, 100)) add('a choice has a name and a value of 1 to 100 characters');
  }
  return broken;
}

const IN_LABEL = new Set([3, 4, 5, 6, 7, 8]);

/** Every rule that a form breaks: 1 to 5 labelled inputs. */
export function checkModal({ title, custom_id: customId, components }: Json): readonly Broken[] {
  const broken: Broken[] = [];
  const add = (rule: string) => broken.push({ code: 50_035, rule });
  if (!isText(title, 45)) add('the title of a form has 1 to 45 characters');
  if (!isText(customId, 100)) add('a custom_id has 1 to 100 characters');
  const parts = toArray(components).map(toObject);
  if (parts.length < 1 || parts.length > 5) add('a form has 1 to 5 inputs');
  for (const part of parts) {
    const input = part.type === 18 ? toObject(part.component) : toObject(toArray(part.components)[0]);
    if (part.type === 18 && !isText(part.label, 45)) add('a label has 1 to 45 characters');
    else if (part.type !== 18 && !(part.type === 1 && input.type === 4 && isText(input.label, 45))) {
      add('a form takes labels, or rows with one labelled text');
    }
    if (!IN_LABEL.has(input.type as number)) add(`component of type ${input.type} in a form`);
    if (!isText(input.custom_id, 100)) add('a custom_id has 1 to 100 characters');
    if (input.type === 4 && String(input.value ?? '').length > Number(input.max_length ?? 4_000)) {
      add('a text is longer than it may be');
    }
    const options = toArray(input.options);
    if (input.type === 3 && (options.length < 1 || options.length > 25)) add('a select has 1 to 25 options');
  }
  const ids = parts.map((part) => toObject(part.component).custom_id ?? part);
  if (new Set(ids).size < ids.length) add('custom_ids repeat');
  return broken;
}
