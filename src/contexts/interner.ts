import { ownCopy } from '../model/text.js';
import { StringTable } from './string-table.js';
import { TextCache } from './text-cache.js';

/**
 * Most spellings of a string that are remembered besides the normalised one. Real code has fewer; hostile input may have more.
 */
const MAX_OTHER_SPELLINGS = 8;

/** The result for a string that is cut, in place of an id. */
export const CUT = -1;

/** Most spellings of cut strings that are remembered. */
const MAX_CUT_SPELLINGS = 1024;

/** Most characters of a spelling of a cut string that is remembered. */
const MAX_CUT_CHARACTERS = 256;

/** Once there are {@link MAX_CUT_SPELLINGS}, one new spelling in this many is remembered, in place of the oldest. */
const CUT_SPELLINGS_PER_MEMORY = 16;

/** The string is a cheaper copy than {@link ownCopy} makes, which is enough for a tag that comes once. */
const CHEAP_COPY = 0;
/** The string is an own copy, and has no other spelling. */
const ONE_SPELLING = 1;
/** The string is an own copy, and has other spellings, which are own copies too. */
const MORE_SPELLINGS = 2;
/** Added to the state of an id that is or was among the frequent pairs. */
const IN_PAIRS = 4;

/**
 * Maps strings to small integers, their ids, and counts the uses of each id. The id of a string without uses is reused. Spellings
 * that normalise to the same string have the same id. A spelling is normalised when it comes for the first time.
 */
export class Interner {
  /** The id of every remembered spelling. Read it only. */
  readonly ids: StringTable;
  /** The ids of spellings that come over and over. It is public, because every tag is looked up in it first. */
  readonly frequent: TextCache;
  readonly #normalize: (text: string) => string;
  /** The normalised string of each id. There is no id 0. */
  readonly strings: string[] = [''];
  #uses = new Int32Array(64);
  /** The state of each id: CHEAP_COPY, ONE_SPELLING or MORE_SPELLINGS, and perhaps IN_PAIRS. */
  #states = new Uint8Array(64);
  /** The JSON, without the quotes, of the strings that JSON escapes. Normalised tags are never among them. */
  readonly #escaped = new Map<number, string>();
  readonly #otherSpellings = new Map<number, string[]>();
  readonly #free: number[] = [];
  /** Tells whether a normalised string is cut. Strings that have an id already are not asked about. */
  isCut: ((text: string) => boolean) | undefined;
  readonly #cutSpellings: string[] = [];
  #cutCount = 0;

  /**
   * @param cacheSetBits The cache of frequent spellings has twice 2^cacheSetBits places.
   * @param ownWords Number of words that the owner keeps for each remembered spelling.
   */
  constructor(normalize: (text: string) => string, cacheSetBits = 5, ownWords = 0) {
    this.ids = new StringTable(ownWords);
    this.frequent = new TextCache(cacheSetBits);
    this.#normalize = normalize;
  }

  /** Returns the id of a remembered spelling, {@link CUT} if it is cut, or 0. */
  find(text: string): number {
    return this.frequent.get(text) || this.findRare(text);
  }

  /** Does the same as {@link find} for a text that is not among the frequent ones. */
  findRare(text: string): number {
    const id = this.ids.get(text);
    if (id !== 0 && this.frequent.wants('', text)) {
      const own = id === CUT ? ownCopy(text) : this.ownSpelling(id, text);
      if (own !== undefined) this.frequent.add('', own, id);
    }
    return id;
  }

  /** Does the same as {@link findRare} for `key:text`. */
  findRarePair(key: string, text: string): number {
    const id = this.ids.get(`${key}:${text}`);
    if (id > 0 && this.frequent.wants(key, text)) {
      this.frequent.add(ownCopy(key), ownCopy(text), id);
      this.#states[id] |= IN_PAIRS;
    }
    return id;
  }

  /** Number of remembered spellings. */
  get spellings(): number {
    return this.ids.size;
  }

  /**
   * Returns the id of a spelling, 0 if it normalises to the empty string, or {@link CUT} if it is cut. The id of a new string has
   * no uses: the caller must {@link retain} or {@link discardUnused} it.
   */
  intern(text: string): number {
    const known = this.ids.get(text);
    if (known !== 0) return known;
    const normal = this.#normalize(text);
    if (normal === '') return 0;
    let id = this.ids.get(normal);
    if (id === CUT || (id === 0 && this.isCut?.(normal))) {
      this.#rememberCut(text);
      return CUT;
    }
    if (id === 0) {
      const json = JSON.stringify(normal);
      // Without a copy, a slice of a longer text, such as a request's body, would keep all of the text in memory.
      const copy = JSON.parse(json);
      id = this.#free.pop() ?? this.strings.length;
      this.strings[id] = copy;
      if (id >= this.#uses.length) this.#grow();
      this.#uses[id] = 0;
      this.#states[id] = CHEAP_COPY;
      this.ids.add(copy, id);
      if (json.length !== normal.length + 2) this.#escaped.set(id, json.slice(1, -1));
    }
    if (text !== normal) this.#addSpelling(id, text);
    return id;
  }

  /** Does the same as {@link intern}, but returns undefined for a new string. */
  internKnown(text: string): number | undefined {
    const normal = this.#normalize(text);
    return normal === '' || this.ids.get(normal) !== 0 || this.isCut?.(normal) ? this.intern(text) : undefined;
  }

  /**
   * Remembers a spelling of a cut string. Keys that are cut usually have unbounded values, so only some are remembered, and only
   * for a while.
   */
  #rememberCut(text: string): void {
    if (text.length > MAX_CUT_CHARACTERS) return;
    const spellings = this.#cutSpellings;
    let place = spellings.length;
    if (place === MAX_CUT_SPELLINGS) {
      if (++this.#cutCount % CUT_SPELLINGS_PER_MEMORY !== 0) return;
      place = (this.#cutCount / CUT_SPELLINGS_PER_MEMORY) % MAX_CUT_SPELLINGS;
      this.ids.remove(spellings[place]);
    }
    spellings[place] = ownCopy(text);
    this.ids.add(spellings[place], CUT);
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
    this.#states[id] = MORE_SPELLINGS | (this.#states[id] & IN_PAIRS);
    this.ids.add(copy, id);
  }

  /** Returns the interner's own copy of a text that led to the id, or undefined if the spelling is not remembered. */
  ownSpelling(id: number, text: string): string | undefined {
    if ((this.#states[id] & ~IN_PAIRS) === CHEAP_COPY) {
      this.strings[id] = ownCopy(this.strings[id]);
      this.#states[id] |= ONE_SPELLING;
    }
    const normal = this.strings[id];
    if (text === normal) return normal;
    return (this.#states[id] & MORE_SPELLINGS) === 0
      ? undefined
      : this.#otherSpellings.get(id)?.find((spelling) => spelling === text);
  }

  /** Makes a string unknown to everyone who does not have its id, so that it may be cut. The id must never be released. */
  hide(id: number): void {
    this.ids.remove(this.strings[id]);
  }

  /** The string as JSON, without the quotes. */
  json(id: number): string {
    return (this.#escaped.size > 0 ? this.#escaped.get(id) : undefined) ?? this.strings[id];
  }

  /** Number of uses of an id. */
  uses(id: number): number {
    return this.#uses[id];
  }

  /** Counts one more use of an id. */
  retain(id: number): void {
    this.#uses[id]++;
  }

  /** Counts one use less. A string without uses is forgotten, and its id is reused. */
  release(id: number): void {
    if (--this.#uses[id] === 0) this.#forget(id);
  }

  /** Forgets a string that was interned but not used. */
  discardUnused(id: number): void {
    if (this.#uses[id] === 0) this.#forget(id);
  }

  #forget(id: number): void {
    for (const spelling of [this.strings[id], ...(this.#otherSpellings.get(id) ?? [])]) {
      this.ids.remove(spelling);
      this.frequent.remove(spelling);
    }
    if ((this.#states[id] & IN_PAIRS) !== 0) this.frequent.removePairs();
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
