/** Whole numbers up to 2^32 - 1, appended one by one, four bytes each. */
export class GrowingUint32 {
  #values: Uint32Array<ArrayBuffer>;
  #length: number;

  /** @param start kept, not copied, and changed where `set` and `increment` change it */
  constructor(start = new Uint32Array(0)) {
    this.#values = start;
    this.#length = start.length;
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Uint32Array(Math.max(1024, Math.ceil(this.#length * 1.5)));
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  at(place: number): number {
    return this.#values[place] as number;
  }

  increment(place: number): void {
    this.#values[place] = this.at(place) + 1;
  }

  set(place: number, value: number): void {
    this.#values[place] = value;
  }

  /** A copy of exactly what was appended. */
  toArray(): Uint32Array<ArrayBuffer> {
    return this.#values.slice(0, this.#length);
  }
}
