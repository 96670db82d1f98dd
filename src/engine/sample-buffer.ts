// Where the host leaves samples for the engine: columns of codes and values, and a buffer for the members of sets. With
// WebAssembly the columns are views into linear memory, so a sample crosses by two stores and a call is made once in
// thousands of samples.

/** Flags of a member's length; shared with assembly/samples.ts. */
export const MEMBER_IS_NUMBER = 0x80000000 | 0;
export const MEMBER_IS_HASHED = 0x40000000;
export const MEMBER_LENGTH_MASK = 0x3fffffff;

const scratch = new Float64Array(1);
const scratchUnits = new Uint16Array(scratch.buffer);

/** Samples of one interval that the engine has not applied yet. */
export class SampleBuffer {
  /** Context id and kind of each sample. */
  codes: Int32Array;
  values: Float64Array;
  /** The same memory as `values`: a set's sample holds the member's offset in code units, and its length in bytes with flags. */
  words: Int32Array;
  /** Code units of members; each begins at an even offset, so the engine can read it by 32-bit words. */
  members: Uint16Array;
  length = 0;
  membersLength = 0;
  /** Samples there is room for. A number of its own, because optimised code reads a typed array's length by way of a double. */
  readonly #capacity: number;
  readonly #memberCapacity: number;
  /** POSIX seconds of the start of the interval that all samples in here belong to. */
  intervalStartSeconds = Number.NaN;

  constructor(codes: Int32Array, values: Float64Array, members: Uint16Array) {
    this.codes = codes;
    this.values = values;
    this.words = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
    this.members = members;
    this.#capacity = codes.length;
    this.#memberCapacity = members.length;
  }

  /** Points the columns, of the same lengths, at memory that has moved. What is in the buffer moved with it. */
  setViews(codes: Int32Array, values: Float64Array, members: Uint16Array): void {
    this.codes = codes;
    this.values = values;
    this.words = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
    this.members = members;
  }

  /** Adds a sample of any kind but a set; true when the buffer is full now and must be applied. */
  append(code: number, value: number): boolean {
    const index = this.length;
    this.codes[index] = code;
    // Adding zero turns -0 into 0: no order or text of a number ever depends on the sign of a zero.
    this.values[index] = value + 0;
    this.length = index + 1;
    return index + 1 === this.#capacity;
  }

  /** Whether the member buffer has room for a member of so many code units. */
  hasRoomFor(units: number): boolean {
    return this.membersLength + units <= this.#memberCapacity;
  }

  /** Adds a set's sample. There must be room: see {@link hasRoomFor}. True when the buffer must be applied. */
  appendText(code: number, member: string): boolean {
    const offset = this.membersLength;
    const members = this.members;
    const units = member.length;
    for (let i = 0; i < units; i++) members[offset + i] = member.charCodeAt(i);
    return this.#appendMember(code, units, units * 2);
  }

  /** Adds a set's sample whose member is a number. There must be room for four units. True when the buffer must be applied. */
  appendNumber(code: number, member: number): boolean {
    scratch[0] = member + 0;
    this.members.set(scratchUnits, this.membersLength);
    return this.#appendMember(code, 4, 8 | MEMBER_IS_NUMBER);
  }

  /** Adds a set's sample whose member the engine has hashed already. True when the buffer must be applied. */
  appendHashed(code: number): boolean {
    return this.#appendMember(code, 0, MEMBER_IS_HASHED);
  }

  #appendMember(code: number, units: number, lengthAndFlags: number): boolean {
    const index = this.length;
    this.codes[index] = code;
    this.words[index * 2] = this.membersLength;
    this.words[index * 2 + 1] = lengthAndFlags;
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
