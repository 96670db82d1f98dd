// Holds samples for the engine: columns of codes and values, and a buffer for the members of sets. With WebAssembly these are
// views into linear memory, so a sample crosses the boundary by two stores, and one call applies a thousand samples.

/** The flag in the length of a member that is a number, and the bits of the length itself, as in assembly/members.ts. */
export const MEMBER_IS_NUMBER = 0x80000000 | 0;
export const MEMBER_LENGTH_MASK = 0x7fffffff;

const scratch = new Float64Array(1);
const scratchUnits = new Uint16Array(scratch.buffer);

/** The samples of one interval that the engine has not applied yet. */
export class SampleBuffer {
  /** Context id and kind of each sample. */
  codes: Int32Array;
  values: Float64Array;
  /**
   * The same memory as `values`. A sample of a set has two words: the offset of the member in code units, and its length in bytes
   * with the flag.
   */
  words: Int32Array;
  /** Code units of members. Each member begins at an even offset, so that the engine can read it by 32-bit words. */
  members: Uint16Array;
  length = 0;
  membersLength = 0;
  /** Most samples. It is a field, because optimised code reads the length of a typed array as a double. */
  readonly #capacity: number;
  readonly #memberCapacity: number;
  /** Start, in POSIX seconds, of the interval that all samples in the buffer belong to. */
  intervalStartSeconds = Number.NaN;

  constructor(codes: Int32Array, values: Float64Array, members: Uint16Array) {
    this.codes = codes;
    this.values = values;
    this.words = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
    this.members = members;
    this.#capacity = codes.length;
    this.#memberCapacity = members.length;
  }

  /** Points the columns at memory that has moved, together with the samples in it. The lengths must be the same. */
  setViews(codes: Int32Array, values: Float64Array, members: Uint16Array): void {
    this.codes = codes;
    this.values = values;
    this.words = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
    this.members = members;
  }

  /** Adds a sample of any kind but a set. Returns true when the buffer is full and must be applied. */
  append(code: number, value: number): boolean {
    const index = this.length;
    this.codes[index] = code;
    // Adding zero turns -0 into 0, so that no order and no text of a number depends on the sign of a zero.
    this.values[index] = value + 0;
    this.length = index + 1;
    return index + 1 === this.#capacity;
  }

  /** Whether there is room for a member with this number of code units. */
  hasRoomFor(units: number): boolean {
    return this.membersLength + units <= this.#memberCapacity;
  }

  /**
   * Adds a sample of a set. There must be room, see {@link hasRoomFor}. Returns true when the buffer is full and must be applied.
   */
  appendText(code: number, member: string): boolean {
    const offset = this.membersLength;
    const members = this.members;
    const units = member.length;
    for (let i = 0; i < units; i++) members[offset + i] = member.charCodeAt(i);
    return this.#appendMember(code, units, units * 2);
  }

  /** Adds a sample of a set whose member is a number. There must be room for four code units. Returns as {@link appendText}. */
  appendNumber(code: number, member: number): boolean {
    scratch[0] = member + 0;
    this.members.set(scratchUnits, this.membersLength);
    return this.#appendMember(code, 4, 8 | MEMBER_IS_NUMBER);
  }

  #appendMember(code: number, units: number, lengthAndFlag: number): boolean {
    const index = this.length;
    this.codes[index] = code;
    this.words[index * 2] = this.membersLength;
    this.words[index * 2 + 1] = lengthAndFlag;
    this.length = index + 1;
    this.membersLength += (units + 1) & ~1;
    return index + 1 === this.#capacity;
  }

  /** Empties the buffer. */
  clear(): void {
    this.length = 0;
    this.membersLength = 0;
  }
}
