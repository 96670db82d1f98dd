// Strings to small integers, each given once and given back when nothing uses it any more.

import { ownCopy, StringTable } from './string-table.js';

/** Spellings remembered for one string, beyond its normal one: enough for real code, and a bound for hostile input. */
const MAX_OTHER_SPELLINGS = 8;

/** What is given in place of an id for a string that is cut. */
export const CUT = -1;

/** Spellings of what is cut that are remembered. */
const MAX_CUT_SPELLINGS = 1024;

/** Longest one that is. */
const MAX_CUT_CHARACTERS = 256;

/** Of spellings of what is cut, past that number, one in so many is remembered, in place of the oldest. */
const CUT_SPELLINGS_PER_MEMORY = 16;

/** Spellings that are found by the runtime's own look-up: those used over and over. */
const MAX_FREQUENT = 4096;
/** One in so many that are not among them joins them, so that a tag with too many values is not remembered for nothing. */
const JOINING_PERIOD = 8;

/** The string is a copy that costs less than an {@link ownCopy}, and for a tag that comes once is enough. */
const CHEAP_COPY = 0;
/** The string is an own copy, and no other spelling leads to it. */
const ONE_SPELLING = 1;
/** The string is an own copy, and so are its other spellings. */
const MORE_SPELLINGS = 2;

/**
 * Gives every string an id, counting its uses. Spellings that normalise to the same string get the same id; the work of
 * normalising is paid at the first sight of a spelling.
 */
export class Interner {
  /** The id of every spelling seen. */
  readonly #ids: StringTable;
  /** The ids of some of them: the runtime remembers the hash of a string that it has seen, but a Map of all would take thrice the memory. */
  readonly #frequent = new Map<string, number>();
  #misses = 0;
  readonly #normalize: (text: string) => string;
  /** The normal string of each id; index 0 is no string. */
  readonly strings: string[] = [''];
  #uses = new Int32Array(64);
  /** One of the states below for each id. */
  #states = new Uint8Array(64);
  /** The JSON of strings that it must escape, which those that were normalised are not. */
  readonly #escaped = new Map<number, string>();
  readonly #otherSpellings = new Map<number, string[]>();
  readonly #free: number[] = [];
  #isCut: ((text: string) => boolean) | undefined;
  readonly #cutSpellings: string[] = [];
  #cutCount = 0;

  /** @param usualSize Strings that there are mostly no more than. */
  constructor(normalize: (text: string) => string, usualSize = 1) {
    this.#ids = new StringTable(usualSize);
    this.#normalize = normalize;
  }

  /** Cuts the normal strings of which it is true from here on, but none that has an id. */
  cut(isCut: (text: string) => boolean): void {
    this.#isCut = isCut;
  }

  /** The id of a spelling seen before, {@link CUT}, or 0. */
  find(text: string): number {
    return this.#frequent.get(text) ?? this.#findRare(text);
  }

  #findRare(text: string): number {
    const id = this.#ids.get(text);
    if (id !== 0 && ++this.#misses % JOINING_PERIOD === 0) {
      const own = this.#ownSpelling(id, text);
      if (this.#frequent.size === MAX_FREQUENT) this.#frequent.clear();
      if (own !== undefined) this.#frequent.set(own, id);
    }
    return id;
  }

  /** Number of spellings. */
  get spellings(): number {
    return this.#ids.size;
  }

  /** The id of a spelling, 0 when it normalises to nothing, {@link CUT} when it is cut. An id that nobody {@link retain}s is kept until it is released. */
  intern(text: string): number {
    const known = this.#ids.get(text);
    if (known !== 0) return known;
    const normal = this.#normalize(text);
    if (normal === '') return 0;
    let id = this.#ids.get(normal);
    if (id === CUT || (id === 0 && this.#isCut?.(normal))) {
      this.#rememberCut(text);
      return CUT;
    }
    if (id === 0) {
      const json = JSON.stringify(normal);
      // A copy: a piece of a longer text, such as a request's body, would keep all of that in memory.
      const copy = JSON.parse(json);
      id = this.#free.pop() ?? this.strings.length;
      this.strings[id] = copy;
      if (id >= this.#uses.length) this.#grow();
      this.#uses[id] = 0;
      this.#states[id] = CHEAP_COPY;
      this.#ids.add(copy, id);
      if (json.length !== normal.length + 2) this.#escaped.set(id, json.slice(1, -1));
    }
    if (text !== normal) this.#addSpelling(id, text);
    return id;
  }

  /** The id of a spelling not seen before whose string has one, as {@link intern} gives it; undefined when it has none. */
  internKnown(text: string): number | undefined {
    const normal = this.#normalize(text);
    return normal === '' || this.#ids.get(normal) !== 0 || this.#isCut?.(normal) ? this.intern(text) : undefined;
  }

  /** Remembers a spelling of what is cut. The tags that are worth cutting come with ever new values: of these it is some, for a while. */
  #rememberCut(text: string): void {
    if (text.length > MAX_CUT_CHARACTERS) return;
    const spellings = this.#cutSpellings;
    let place = spellings.length;
    if (place === MAX_CUT_SPELLINGS) {
      if (++this.#cutCount % CUT_SPELLINGS_PER_MEMORY !== 0) return;
      place = (this.#cutCount / CUT_SPELLINGS_PER_MEMORY) % MAX_CUT_SPELLINGS;
      this.#ids.remove(spellings[place]);
    }
    spellings[place] = ownCopy(text);
    this.#ids.add(spellings[place], CUT);
  }

  #grow(): void {
    const larger = new Int32Array(this.#uses.length * 2);
    larger.set(this.#uses);
    this.#uses = larger;
    const states = new Uint8Array(larger.length);
    states.set(this.#states);
    this.#states = states;
  }

  #addSpelling(id: number, text: string): void {
    const spellings = this.#otherSpellings.get(id) ?? [];
    if (spellings.length === MAX_OTHER_SPELLINGS) return;
    const copy = ownCopy(text);
    spellings.push(copy);
    this.#otherSpellings.set(id, spellings);
    this.strings[id] = ownCopy(this.strings[id]);
    this.#states[id] = MORE_SPELLINGS;
    this.#ids.add(copy, id);
  }

  /** The interner's own string of a text in an array that led to the id; undefined when it remembers none. */
  ownSpelling(id: number, texts: readonly string[], index: number): string | undefined {
    if (this.#states[id] === CHEAP_COPY) {
      this.strings[id] = ownCopy(this.strings[id]);
      this.#states[id] = ONE_SPELLING;
    }
    const normal = this.strings[id];
    return this.#states[id] === ONE_SPELLING ? normal : this.#ownSpelling(id, texts[index]);
  }

  #ownSpelling(id: number, text: string): string | undefined {
    const normal = this.strings[id];
    return text === normal ? normal : this.#otherSpellings.get(id)?.find((spelling) => spelling === text);
  }

  /** An own copy of a text in an array, if it is cut and remembered: the one given, if that is one. */
  ownCutSpelling(texts: readonly string[], index: number, copy: string | undefined): string | undefined {
    const text: unknown = texts[index];
    if (typeof text !== 'string' || this.#ids.get(text) !== CUT) return undefined;
    return text === copy ? copy : ownCopy(text);
  }

  /** What stands between the quotes of the string's JSON. */
  json(id: number): string {
    return (this.#escaped.size > 0 ? this.#escaped.get(id) : undefined) ?? this.strings[id];
  }

  /** Counts one more use of an id. */
  retain(id: number): void {
    this.#uses[id]++;
  }

  /** Counts one use less; without any the id is forgotten, and may be given to another string. */
  release(id: number): void {
    if (--this.#uses[id] === 0) this.#forget(id);
  }

  /** Forgets an id that was interned for something that then did not come about. */
  discardUnused(id: number): void {
    if (this.#uses[id] === 0) this.#forget(id);
  }

  #forget(id: number): void {
    for (const spelling of [this.strings[id], ...(this.#otherSpellings.get(id) ?? [])]) {
      this.#ids.remove(spelling);
      this.#frequent.delete(spelling);
    }
    this.#otherSpellings.delete(id);
    this.#escaped.delete(id);
    this.strings[id] = '';
    this.#free.push(id);
  }

  /** Number of different strings. */
  get size(): number {
    return this.strings.length - 1 - this.#free.length;
  }
}
