// Finds the values of the texts that come over and over. Most texts were built a moment ago, so neither their address nor a hash
// that V8 has stored tells them apart. Reading all of their characters here costs more than everything else in a look-up, whereas
// V8 compares two strings of the same length many characters at a time. So this cache hashes a few characters only, and leaves it
// to one comparison to tell whether the text that was found is the right one.
//
// Texts that agree in those characters displace each other. They are then found in the table behind the cache, which hashes every
// character.

/** One miss in this many displaces a text, so that texts that come once seldom displace others. */
const DISPLACING_PERIOD = 8;

/** Shorter texts are not cached: hashing all of their characters takes no longer. */
const MIN_LENGTH = 3;

/**
 * A cache of texts, each with an integer other than 0. A set of the cache has two places. A place has two words: the hash of its
 * text, which rules out most other texts without touching their characters, and the integer.
 */
export class TextCache {
  readonly #words: Int32Array;
  readonly #texts: string[];
  readonly #shift: number;
  #misses = 0;
  /** Random, so that nobody can construct texts that fill one set. */
  readonly #seed = Math.floor(Math.random() * 2 ** 32) | 0;

  /** @param setBits The cache has 2^setBits sets. */
  constructor(setBits: number) {
    this.#words = new Int32Array(4 << setBits);
    this.#texts = new Array(2 << setBits).fill('');
    this.#shift = 32 - setBits;
  }

  /** Returns the text's integer, or 0 if it is not in the cache. */
  get(text: string): number {
    if (text.length < MIN_LENGTH) return 0;
    const hash = this.#hash(text);
    const set = hash >>> this.#shift;
    const words = this.#words;
    if (words[set << 2] === hash && this.#texts[set << 1] === text) return words[(set << 2) + 1];
    if (words[(set << 2) + 2] === hash && this.#texts[(set << 1) + 1] === text) return words[(set << 2) + 3];
    return 0;
  }

  /** Whether a text that was not found is to be added: if there is room for it, or now and then. */
  wants(text: string): boolean {
    if (text.length < MIN_LENGTH) return false;
    const set = this.#hash(text) >>> this.#shift;
    return this.#words[(set << 2) + 3] === 0 || ++this.#misses % DISPLACING_PERIOD === 0;
  }

  /** Adds a text that is not in the cache. It is kept, so it must not be a slice of a longer one. */
  add(text: string, value: number): void {
    const hash = this.#hash(text);
    const set = hash >>> this.#shift;
    this.#set((set << 1) + 1, this.#words[set << 2], this.#words[(set << 2) + 1], this.#texts[set << 1]);
    this.#set(set << 1, hash, value, text);
  }

  /** Removes a text, if it is in the cache. */
  remove(text: string): void {
    if (text.length < MIN_LENGTH) return;
    const first = (this.#hash(text) >>> this.#shift) << 1;
    for (let place = first; place < first + 2; place++) if (this.#texts[place] === text) this.#set(place, 0, 0, '');
  }

  #set(place: number, hash: number, value: number, text: string): void {
    this.#words[place << 1] = hash;
    this.#words[(place << 1) + 1] = value;
    this.#texts[place] = text;
  }

  /** Hashes the length, the last three characters and the middle one of a text that has three at least. */
  #hash(text: string): number {
    const { length } = text;
    const end = text.charCodeAt(length - 1) ^ (text.charCodeAt(length - 2) << 8) ^ (text.charCodeAt(length - 3) << 16);
    return Math.imul(this.#seed ^ end ^ (text.charCodeAt(length >>> 1) << 24) ^ (length << 12), 0x9e3779b1);
  }
}
