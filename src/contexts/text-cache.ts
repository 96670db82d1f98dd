// Finds the integers of the texts that come over and over. Most texts were built a moment ago, so neither their address nor a hash
// that V8 has stored tells them apart. Reading all of their characters here would cost more than the rest of a look-up, whereas V8
// compares two strings of the same length many characters at a time. The cache therefore hashes a few characters only, and leaves
// it to one comparison to tell whether the text that was found is the right one.
//
// Texts that agree in those characters displace each other. They are then found in the table behind the cache, which hashes every
// character with a secret seed. When that happens often, as with tags that differ only in the middle, the cache does so, too.

/** One miss in this many displaces a text, so that texts that come once seldom displace others. */
const DISPLACING_PERIOD = 8;

/** After so many look-ups of texts that had the hash of another one, all characters are hashed. */
const CLASHES_TO_WIDEN = 256;

/**
 * A cache of texts, each with an integer other than 0. A text may have a key: the two stand for `key:text`, which need not be put
 * together to be found. The key of other texts is the empty string.
 *
 * A set of the cache has two places. A place has two words: the hash of its text, which rules out most other texts without touching
 * their characters, and the integer.
 */
export class TextCache {
  readonly #words: Int32Array;
  readonly #keys: string[];
  readonly #texts: string[];
  readonly #shift: number;
  #misses = 0;
  #clashes = 0;
  /** Whether all characters are hashed, and not four. */
  #isWide = false;
  #hasPairs = false;

  /** @param setBits The cache has 2^setBits sets. */
  constructor(setBits: number) {
    this.#words = new Int32Array(4 << setBits);
    this.#keys = new Array(2 << setBits).fill('');
    this.#texts = new Array(2 << setBits).fill('');
    this.#shift = 32 - setBits;
  }

  /** Returns the integer of a text without a key, or 0 if it is not in the cache. */
  get(text: string): number {
    return text === '' ? 0 : this.#find('', text, this.#hash(text));
  }

  /** Returns the integer of a text with a key, or 0 if it is not in the cache. */
  getPair(key: string, text: string): number {
    return text === '' ? 0 : this.#find(key, text, this.#hashOfPair(key, text));
  }

  #find(key: string, text: string, hash: number): number {
    const words = this.#words;
    const first = (hash >>> this.#shift) << 1;
    if (words[first << 1] === hash && this.#texts[first] === text && this.#keys[first] === key) return words[(first << 1) + 1];
    const second = first + 1;
    if (words[second << 1] === hash && this.#texts[second] === text && this.#keys[second] === key)
      return words[(second << 1) + 1];
    return 0;
  }

  /** Whether a text that was not found is to be added: if there is room for it, or now and then. */
  wants(key: string, text: string): boolean {
    if (text === '') return false;
    const hash = key === '' ? this.#hash(text) : this.#hashOfPair(key, text);
    const first = (hash >>> this.#shift) << 1;
    const second = first + 1;
    if (this.#words[first << 1] === hash || this.#words[second << 1] === hash) this.#noteClash();
    const hasRoom = this.#words[(first << 1) + 1] === 0 || this.#words[(second << 1) + 1] === 0;
    return hasRoom || ++this.#misses % DISPLACING_PERIOD === 0;
  }

  #noteClash(): void {
    if (this.#isWide || ++this.#clashes < CLASHES_TO_WIDEN) return;
    this.#isWide = true;
    this.#clear();
  }

  /** Adds a text that is not in the cache. Key and text are kept, so they must not be slices of longer ones. */
  add(key: string, text: string, integer: number): void {
    const hash = key === '' ? this.#hash(text) : this.#hashOfPair(key, text);
    if (key !== '') this.#hasPairs = true;
    const first = (hash >>> this.#shift) << 1;
    // If the second place is the only free one, it takes the first text; otherwise that text displaces the second one.
    if (this.#words[(first << 1) + 1] !== 0) {
      this.#set(first + 1, this.#words[first << 1], this.#words[(first << 1) + 1], this.#keys[first], this.#texts[first]);
    }
    this.#set(first, hash, integer, key, text);
  }

  /** Removes a text without a key, if it is in the cache. */
  remove(text: string): void {
    if (text === '') return;
    const first = (this.#hash(text) >>> this.#shift) << 1;
    for (const place of [first, first + 1]) {
      if (this.#texts[place] === text && this.#keys[place] === '') this.#set(place, 0, 0, '', '');
    }
  }

  /** Removes the texts with keys, and with them perhaps all others. */
  removePairs(): void {
    if (this.#hasPairs) this.#clear();
  }

  #clear(): void {
    this.#words.fill(0);
    this.#keys.fill('');
    this.#texts.fill('');
    this.#hasPairs = false;
  }

  #set(place: number, hash: number, integer: number, key: string, text: string): void {
    this.#words[place << 1] = hash;
    this.#words[(place << 1) + 1] = integer;
    this.#keys[place] = key;
    this.#texts[place] = text;
  }

  /** Few keys share their length and last character. */
  #hashOfPair(key: string, text: string): number {
    return Math.imul(this.#hash(text) ^ key.charCodeAt(key.length - 1) ^ (key.length << 16), 0x85ebca6b);
  }

  /** Hashes the length, the last three characters and the middle one of a text that is not empty; when wide, all characters. */
  #hash(text: string): number {
    const { length } = text;
    let characters = text.charCodeAt(length - 1) ^ (text.charCodeAt(length >>> 1) << 24);
    if (length > 2) characters ^= (text.charCodeAt(length - 2) << 8) ^ (text.charCodeAt(length - 3) << 16);
    const hash = Math.imul(characters ^ (length << 12), 0x9e3779b1);
    return this.#isWide ? widened(hash, text) : hash;
  }
}

/** Adds all characters of a text to a hash; of a long text, up to 127 that are spread over it. */
function widened(hash: number, text: string): number {
  const { length } = text;
  const step = length >>> 6 || 1;
  let wide = hash;
  for (let i = 0; i < length; i += step) wide = Math.imul(wide ^ text.charCodeAt(i), 0x85ebca6b);
  // The upper bits choose the set.
  return Math.imul(wide ^ (wide >>> 15), 0xc2b2ae35);
}
