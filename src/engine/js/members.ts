import { MEMBER_IS_HASHED, MEMBER_IS_NUMBER, MEMBER_LENGTH_MASK } from '../sample-buffer.js';
import { Murmur3 } from './murmur3.js';

/** Code units of a 16-byte block. */
const BLOCK_UNITS = 8;

/** Hashes the members of sets as they lie in the member buffer; see assembly/members.ts. */
export class MemberHasher {
  /** Has the hash of the member that was hashed last. */
  readonly hash = new Murmur3();
  readonly #units: Uint16Array;
  readonly #textSeed: number;
  readonly #numberSeed: number;

  /**
   * There are two seeds, so that the number 1 and the text "1" are different members even where their bytes agree.
   *
   * @param units The member buffer.
   */
  constructor(units: Uint16Array, seed: number) {
    this.#units = units;
    this.#textSeed = seed | 0;
    this.#numberSeed = ~seed;
  }

  /** Hashes the member that begins at `offset` in the member buffer, unless it was hashed in parts before. */
  hashMember(offset: number, lengthAndFlags: number): void {
    if (lengthAndFlags & MEMBER_IS_HASHED) return;
    const units = (lengthAndFlags & MEMBER_LENGTH_MASK) >> 1;
    const whole = units - (units % BLOCK_UNITS);
    this.hash.start(lengthAndFlags & MEMBER_IS_NUMBER ? this.#numberSeed : this.#textSeed);
    this.hash.addBlocks(this.#units, offset, whole);
    this.hash.finish(this.#units, offset + whole, units - whole);
  }

  /** Begins the hash of a text that is longer than the member buffer. */
  startMember(): void {
    this.hash.start(this.#textSeed);
  }

  /**
   * Hashes the next part of that text, which lies at the beginning of the member buffer. All parts but the last must be whole
   * 16-byte blocks.
   */
  addMemberPart(units: number, last: boolean): void {
    const whole = units - (units % BLOCK_UNITS);
    this.hash.addBlocks(this.#units, 0, whole);
    if (last) this.hash.finish(this.#units, whole, units - whole);
  }
}
