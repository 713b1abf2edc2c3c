import { type Broken, Findings, isArray, isText, type Json, sameSet, toArray, toObject } from './discord-rules.ts';

const NAME = /^[-_'\p{L}\p{N}]{1,32}$/u;

/** Every rule that a list of commands to register breaks. */
export function checkCommands(body: unknown): readonly Broken[] {
  const broken = new Findings();
  if (!isArray(body)) return [{ code: 50_035, rule: 'commands must be a list' }];
  const commands = body.map(toObject);
  const inMenu = commands.filter(({ type }) => type === 3).length;
  if (commands.length - inMenu > 100) broken.add('more than 100 commands');
  if (inMenu > 15) broken.add('more than 15 message commands');
  const names = commands.map(({ name, type = 1 }) => `${type} ${name}`);
  if (new Set(names).size < names.length) broken.add('command names repeat');
  for (const command of commands) checkCommand(command, broken);
  return broken.all;
}

function checkCommand(command: Json, broken: Findings): void {
  if (command.type === 3) {
    checkMessageCommand(command, broken);
    return;
  }
  let characters = checkNamed(command, 'command', broken);
  if (command.type !== undefined && command.type !== 1)
    broken.add('only chat input and message commands are known here');
  checkPlaces(command, broken);
  const options = toArray(command.options).map(toObject);
  if (options.length > 25) broken.add('more than 25 options');
  let optional = false;
  for (const option of options) {
    characters += checkNamed(option, 'option', broken);
    if (option.type !== 3) broken.add('only text options are known here');
    if (option.required === true && optional) broken.add('required options come first');
    optional ||= option.required !== true;
    const { max_length: maxLength } = option;
    if (
      maxLength !== undefined &&
      !(Number.isInteger(maxLength) && Number(maxLength) >= 1 && Number(maxLength) <= 6_000)
    ) {
      broken.add('max_length is 1 to 6000');
    }
    const choices = toArray(option.choices).map(toObject);
    if (choices.length > 25) broken.add('more than 25 choices');
    if (option.autocomplete === true && choices.length > 0) broken.add('choices and autocomplete exclude each other');
    for (const { name, value } of choices) {
      if (!isText(name, 100) || !isText(value, 100))
        broken.add('a choice has a name and a value of 1 to 100 characters');
      characters += String(name).length + String(value).length;
    }
  }
  if (characters > 8_000) broken.add('a command over 8000 characters');
}

/** An entry in the menu of messages: a name in any letters, and nothing to describe or fill in. */
function checkMessageCommand(command: Json, broken: Findings): void {
  if (!isText(command.name, 32)) broken.add('command name has 1 to 32 characters');
  if (command.description) broken.add('a message command has no description');
  if (toArray(command.options).length > 0) broken.add('a message command has no options');
  checkPlaces(command, broken);
}

function checkPlaces(command: Json, broken: Findings): void {
  if (!sameSet(command.integration_types, [0, 1])) broken.add('integration_types must name both installations');
  if (!sameSet(command.contexts, [0, 1, 2])) broken.add('contexts must name all three');
  for (const old of ['dm_permission', 'default_permission']) {
    if (command[old] !== undefined) broken.add(`${old} is deprecated`);
  }
}

function checkNamed({ name, description }: Json, what: string, broken: Findings): number {
  if (typeof name !== 'string' || !NAME.test(name) || name !== name.toLowerCase())
    broken.add(`${what} name is not allowed`);
  if (!isText(description, 100)) broken.add(`${what} description has 1 to 100 characters`);
  return String(name).length + String(description).length;
}
