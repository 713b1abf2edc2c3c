/** A GraphQL query, read. Directives and subscriptions are not part of it: nothing here asks for them. */
export type Selection = {
  /** The key in the answer. */
  readonly key: string;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly selections: readonly Selection[] | undefined;
  /** Only for sources of this type, where it came out of a fragment. */
  readonly on: string | undefined;
};

export type Operation = {
  readonly kind: string;
  readonly selections: readonly Selection[];
};

export class QueryError extends Error {
  readonly more: Readonly<Record<string, unknown>>;
  constructor(message: string, more: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.more = more;
  }
}

type Fragments = ReadonlyMap<string, { readonly on: string; readonly start: number }>;

const TOKEN = /[\s,]+|#[^\n]*|(\.\.\.|[!$():=@[\]{|}]|[_A-Za-z]\w*|-?\d+(?:\.\d+)?|"(?:[^"\\\n]|\\.)*")/gy;

/** @throws QueryError for a query that GitHub could not read, or whose variables do not fit */
export function readQuery(text: string, variables: Readonly<Record<string, unknown>>): Operation {
  return new Reader(tokensOf(text), variables).operation();
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match)
      throw new QueryError(`Expected one of SCHEMA, SCALAR, TYPE, ENUM, INPUT, actual: ${text.slice(at, at + 10)}`);
    if (match[1] !== undefined) tokens.push(match[1]);
  }
  return tokens;
}

class Reader {
  readonly #tokens: readonly string[];
  readonly #given: Readonly<Record<string, unknown>>;
  readonly #values = new Map<string, unknown>();
  readonly #used = new Set<string>();
  readonly #fragments: Fragments;
  #at = 0;

  constructor(tokens: readonly string[], given: Readonly<Record<string, unknown>>) {
    this.#tokens = tokens;
    this.#given = given;
    this.#fragments = fragmentsOf(tokens);
  }

  operation(): Operation {
    const kind = this.#peek() === '{' ? 'query' : this.#name();
    if (kind === 'query' || kind === 'mutation') {
      if (this.#peek() !== '{' && this.#peek() !== '(') this.#name();
      if (this.#take('(')) while (!this.#take(')')) this.#variable();
    }
    const selections = this.#selections(undefined);
    for (const name of this.#values.keys()) {
      if (!this.#used.has(name)) throw new QueryError(`Variable $${name} is declared by anonymous query but not used`);
    }
    return { kind, selections };
  }

  #variable(): void {
    this.#expect('$');
    const name = this.#name();
    this.#expect(':');
    const type = this.#type();
    const otherwise = this.#take('=') ? this.#value() : undefined;
    const given = this.#given[name] ?? otherwise;
    if (type.endsWith('!') && (given === undefined || given === null))
      throw new QueryError(`Variable $${name} of type ${type} was provided invalid value`);
    if (given !== undefined && given !== null && !fits(type.replace('!', ''), given))
      throw new QueryError(`Variable $${name} of type ${type} was provided invalid value`);
    this.#values.set(name, given ?? null);
  }

  #type(): string {
    let type = this.#take('[') ? `[${this.#type()}${this.#expect(']')}` : this.#name();
    if (this.#take('!')) type += '!';
    return type;
  }

  #selections(on: string | undefined): Selection[] {
    this.#expect('{');
    const found: Selection[] = [];
    while (!this.#take('}')) {
      if (!this.#take('...')) {
        found.push(this.#field(on));
        continue;
      }
      const name = this.#name();
      if (name === 'on') found.push(...this.#selections(this.#name()));
      else found.push(...this.#spread(name));
    }
    return found;
  }

  #spread(name: string): Selection[] {
    const fragment = this.#fragments.get(name);
    if (!fragment) throw new QueryError(`Fragment ${name} was used, but not defined`);
    const back = this.#at;
    this.#at = fragment.start;
    const selections = this.#selections(fragment.on);
    this.#at = back;
    return selections;
  }

  #field(on: string | undefined): Selection {
    const first = this.#name();
    const name = this.#take(':') ? this.#name() : first;
    const args: Record<string, unknown> = {};
    if (this.#take('(')) {
      while (!this.#take(')')) {
        const arg = this.#name();
        this.#expect(':');
        args[arg] = this.#value();
      }
    }
    const selections = this.#peek() === '{' ? this.#selections(undefined) : undefined;
    return { key: first, name, args, selections, on };
  }

  #value(): unknown {
    if (this.#take('$')) {
      const name = this.#name();
      if (!this.#values.has(name))
        throw new QueryError(`Variable $${name} is used by anonymous query but not declared`);
      this.#used.add(name);
      return this.#values.get(name) ?? undefined;
    }
    if (this.#take('[')) {
      const list: unknown[] = [];
      while (!this.#take(']')) list.push(this.#value());
      return list;
    }
    if (this.#take('{')) {
      const object: Record<string, unknown> = {};
      while (!this.#take('}')) {
        const name = this.#name();
        this.#expect(':');
        object[name] = this.#value();
      }
      return object;
    }
    const token = this.#next();
    if (token.startsWith('"')) return JSON.parse(token);
    if (/^-?\d/.test(token)) return Number(token);
    return token === 'true' ? true : token === 'false' ? false : token === 'null' ? undefined : token;
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at];
  }

  #next(): string {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new QueryError('Unexpected end of document');
    this.#at += 1;
    return token;
  }

  #name(): string {
    const token = this.#next();
    if (!/^[_A-Za-z]/.test(token)) throw new QueryError(`Expected NAME, actual: "${token}"`);
    return token;
  }

  #take(token: string): boolean {
    if (this.#peek() !== token) return false;
    this.#at += 1;
    return true;
  }

  #expect(token: string): string {
    const found = this.#next();
    if (found !== token) throw new QueryError(`Expected "${token}", actual: "${found}"`);
    return found;
  }
}

function fragmentsOf(tokens: readonly string[]): Fragments {
  const found = new Map<string, { on: string; start: number }>();
  let depth = 0;
  for (const [at, token] of tokens.entries()) {
    if (token === '{') depth += 1;
    if (token === '}') depth -= 1;
    const [name, on] = [tokens[at + 1], tokens[at + 3]];
    if (depth === 0 && token === 'fragment' && name && on) found.set(name, { on, start: at + 4 });
  }
  return found;
}

function fits(type: string, value: unknown): boolean {
  if (type === 'Int') return Number.isInteger(value);
  if (type === 'String' || type === 'ID') return typeof value === 'string';
  if (type === 'Boolean') return typeof value === 'boolean';
  return true;
}
