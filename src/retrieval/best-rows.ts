import type { Neighbours } from './vector-index.ts';

/**
 * Keeps the `limit` best of the rows offered: the higher value first, the smaller row where values are equal. A heap
 * whose root is the worst that is kept, so that a row which is not good enough costs one comparison.
 */
export class BestRows {
  readonly #limit: number;
  readonly #rows: number[] = [];
  readonly #values: number[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  offer(row: number, value: number): void {
    if (this.#rows.length < this.#limit) this.#push(row, value);
    else if (this.#limit > 0 && this.#worse(0, row, value)) this.#replaceRoot(row, value);
  }

  /** Best first. */
  take(): Neighbours {
    const order = this.#rows
      .map((_, place) => place)
      .sort((a, b) => (this.#worse(a, this.#row(b), this.#value(b)) ? 1 : -1));
    return { rows: order.map((place) => this.#row(place)), scores: order.map((place) => this.#value(place)) };
  }

  #push(row: number, value: number): void {
    let place = this.#rows.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (this.#worse(parent, row, value)) break;
      this.#move(parent, place);
      place = parent;
    }
    this.#rows[place] = row;
    this.#values[place] = value;
  }

  #replaceRoot(row: number, value: number): void {
    const size = this.#rows.length;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= size) break;
      if (child + 1 < size && this.#worse(child + 1, this.#row(child), this.#value(child))) child++;
      if (!this.#worse(child, row, value)) break;
      this.#move(child, place);
      place = child;
    }
    this.#rows[place] = row;
    this.#values[place] = value;
  }

  #move(from: number, to: number): void {
    this.#rows[to] = this.#row(from);
    this.#values[to] = this.#value(from);
  }

  /** Whether what stands at `place` ranks below the row given. */
  #worse(place: number, row: number, value: number): boolean {
    const own = this.#value(place);
    return own < value || (own === value && this.#row(place) > row);
  }

  #row(place: number): number {
    return this.#rows[place] as number;
  }

  #value(place: number): number {
    return this.#values[place] as number;
  }
}
