import { MEMBER_IS_NUMBER, MEMBER_LENGTH_MASK } from '../sample-buffer.js';
import { Murmur3 } from './murmur3.js';

/** Hashes the members of sets as they lie in the member buffer; see assembly/members.ts. */
export class MemberHasher {
  /** Has the hash of the member that was hashed last. */
  readonly hash = new Murmur3();
  readonly #textSeed: number;
  readonly #numberSeed: number;

  /** There are two seeds, so that the number 1 and the text "1" are different members even where their bytes agree. */
  constructor(seed: number) {
    this.#textSeed = seed | 0;
    this.#numberSeed = ~seed;
  }

  /** Hashes the member that begins at `offset` in the member buffer. */
  hashMember(units: Uint16Array, offset: number, lengthAndFlag: number): void {
    const seed = lengthAndFlag & MEMBER_IS_NUMBER ? this.#numberSeed : this.#textSeed;
    this.hash.compute(units, offset, (lengthAndFlag & MEMBER_LENGTH_MASK) >> 1, seed);
  }
}
