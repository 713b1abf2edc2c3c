import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { testAsset } from '../assets.ts';
import type { Json } from './github-shapes.ts';

/** What is wrong with something the local GitHub is about to say; undefined when GitHub could have said it. */
export type Problem = string | undefined;

type Change = { readonly version: string; readonly patch: Json };
type Description = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly responses: Json }>>>>;
  readonly components: { readonly schemas: Json; readonly responses: Json };
};

const WEBHOOKS = 'octokit-webhooks/payload-schemas/api.github.com';

/** Checks answers against GitHub's own description of its REST API, as of one API version. */
class AnswerSchemas {
  readonly #description: Description;
  readonly #ajv = new Ajv({ strict: false, allErrors: true, formats: fullFormats });
  readonly #compiled = new Map<string, ValidateFunction | undefined>();
  readonly #routes: readonly { readonly template: string; readonly pattern: RegExp }[];

  constructor(description: Description, version: string) {
    this.#description = convert(description, version) as Description;
    this.#ajv.addSchema({ $id: 'api', components: { schemas: this.#description.components.schemas } });
    this.#routes = Object.keys(description.paths).map((template) => ({
      template,
      pattern: new RegExp(`^${template.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`),
    }));
  }

  /** Answers that the description does not have (not all of it is kept) are taken as they are. */
  problem(method: string, urlPath: string, status: number, json: unknown): Problem {
    const asNamed = urlPath.replace(/^\/repositories\/\d+/, '/repos/owner/repo');
    // `/issues/comments` looks like an issue whose number is a word.
    const matching = this.#routes.filter(({ pattern }) => pattern.test(asNamed));
    const template = matching.sort((a, b) => a.template.split('{').length - b.template.split('{').length)[0]?.template;
    if (!template || json === undefined) return undefined;
    const key = `${method.toLowerCase()} ${template} ${status}`;
    if (!this.#compiled.has(key)) this.#compiled.set(key, this.#compile(template, method.toLowerCase(), status));
    const validate = this.#compiled.get(key);
    if (!validate || validate(json)) return undefined;
    // Refusals tell their `status` in the body, which is described for some of them only.
    const errors = validate.errors?.filter(({ keyword }) => status < 400 || keyword !== 'additionalProperties') ?? [];
    return errors.length > 0 ? `${key}: ${this.#ajv.errorsText(errors.slice(0, 3), { dataVar: 'answer' })}` : undefined;
  }

  #compile(template: string, method: string, status: number): ValidateFunction | undefined {
    const found = this.#description.paths[template]?.[method]?.responses[status] as Json | undefined;
    const name = /^#\/components\/responses\/(.+)$/.exec(String(found?.$ref))?.[1];
    const response = name ? this.#description.components.responses[name] : found;
    const content = (response as { content?: Record<string, { schema?: Json }> } | undefined)?.content;
    const schema = content?.['application/json']?.schema;
    return schema && this.#ajv.compile(schema);
  }
}

/** OpenAPI 3.0 to JSON Schema: `nullable`, full ids for references, and the changes of an API version applied. */
function convert(node: unknown, version: string, isComposed = false): unknown {
  if (Array.isArray(node)) return node.map((one) => convert(one, version, isComposed));
  if (typeof node !== 'object' || node === null) return node;
  const { 'x-github-breaking-changes': changes = [], nullable, examples: _, example: __, ...plain } = node as Json;
  const patched = (changes as Change[])
    .filter((change) => change.version <= version && !Array.isArray(change.patch))
    .reduce((schema, change) => merge(schema, change.patch), plain);
  const result = Object.fromEntries(
    Object.entries(patched).map(([key, value]) => [
      key,
      convert(value, version, ['allOf', 'anyOf', 'oneOf'].includes(key)),
    ]),
  );
  // An account is a user or an enterprise; that it has to be both is a slip of the description.
  if (Array.isArray(result.allOf) && result.allOf.every((one: Json) => one.title)) {
    result.anyOf = result.allOf;
    delete result.allOf;
  }
  if (typeof result.$ref === 'string' && result.$ref.startsWith('#/components/schemas/'))
    result.$ref = `api${result.$ref}`;
  // What is not described would be an invention of ours.
  if (result.type === 'object' && result.properties && !('additionalProperties' in result) && !isComposed)
    result.additionalProperties = false;
  return nullable === true ? { anyOf: [result, { type: 'null' }] } : result;
}

/** JSON merge patch, RFC 7396. */
function merge(target: unknown, patch: Json): Json {
  const result: Json = typeof target === 'object' && target !== null ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else if (typeof value === 'object' && !Array.isArray(value)) result[key] = merge(result[key], value as Json);
    else result[key] = value;
  }
  return result;
}

const answerSchemas = new Map<string, AnswerSchemas>();
let webhookSchemas: Ajv | undefined;

/** Whether GitHub's descriptions are here; without them nothing is checked. */
export function hasSchemas(): boolean {
  return testAsset('data', 'schemas', 'github-openapi') !== undefined;
}

export function answerProblem(
  version: string,
  method: string,
  urlPath: string,
  status: number,
  json: unknown,
): Problem {
  const file = testAsset('data', 'schemas', 'github-openapi', 'api.github.com.issues-subset.json');
  if (!file) return undefined;
  const known = answerSchemas.get(version) ?? new AnswerSchemas(JSON.parse(readFileSync(file, 'utf8')), version);
  answerSchemas.set(version, known);
  return known.problem(method, urlPath, status, json);
}

/** Checks a webhook's payload against the schemas that are made from real ones. */
export function payloadProblem(event: string, action: string | undefined, payload: Json): Problem {
  const folder = testAsset('data', 'schemas', WEBHOOKS);
  if (!folder) return undefined;
  webhookSchemas ??= readWebhookSchemas(folder);
  const name = `${event}$${action ?? 'event'}`;
  const validate = webhookSchemas.getSchema(name);
  if (!validate) return `GitHub has no webhook ${name}`;
  return validate(payload) ? undefined : `${name}: ${webhookSchemas.errorsText(validate.errors?.slice(0, 3))}`;
}

function readWebhookSchemas(folder: string): Ajv {
  const ajv = new Ajv({ strict: false, allErrors: true, formats: { ...fullFormats, 'uri-template': true } });
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!entry.endsWith('.schema.json')) continue;
    const schema = JSON.parse(readFileSync(path.join(folder, entry), 'utf8')) as Json;
    // Only hooks of Apps carry it, whatever the examples were made from.
    if (Array.isArray(schema.required)) schema.required = schema.required.filter((name) => name !== 'installation');
    ajv.addSchema(schema);
  }
  return ajv;
}
