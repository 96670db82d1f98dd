// The engine in TypeScript, for runtimes without WebAssembly. Its parts mirror those of assembly/, operation by operation
// where rounding or chance is involved, so that both engines report the same bits.

import { COUNTER, DISTRIBUTION, GAUGE, KIND_BITS, KIND_MASK, SET } from '../../model/kinds.js';
import type { Engine, EngineSettings, Snapshot } from '../engine.js';
import { OpenIntervals, snapshotOf } from '../open-intervals.js';
import { MEMBER_IS_HASHED, MEMBER_IS_NUMBER, MEMBER_LENGTH_MASK, SampleBuffer } from '../sample-buffer.js';
import { COMPENSATION, DOUBLE_BITS, INTERVAL_ID, VALUE, WORD_BITS } from './cell-layout.js';
import { Cells, type Content, type Interval } from './cells.js';
import { DistributionCell } from './distribution.js';
import { HistogramCell } from './histogram.js';
import { Memory } from './memory.js';
import { Murmur3 } from './murmur3.js';
import { selectPercentiles } from './percentiles.js';
import { Random } from './random.js';
import { SetCell } from './set.js';
import { SliceReader } from './slice-reader.js';

const SAMPLE_CAPACITY = 1024;
const MEMBER_CAPACITY = 32768;
/** When there are more cells, most are not in the processor's nearer caches. */
const MANY_CELLS = 16_384;
/** Units of a 16-byte block. */
const BLOCK_UNITS = 8;

/** The engine in TypeScript. */
export class JsEngine implements Engine {
  readonly name = 'js';
  readonly samples = new SampleBuffer(
    new Int32Array(SAMPLE_CAPACITY),
    new Float64Array(SAMPLE_CAPACITY),
    new Uint16Array(MEMBER_CAPACITY),
  );
  readonly #memory: Memory;
  readonly #cells: Cells;
  readonly #intervals = new OpenIntervals<Interval>();
  readonly #percentiles: readonly number[];
  readonly #random: Random;
  readonly #hash = new Murmur3();
  readonly #textSeed: number;
  readonly #reader: SliceReader;
  readonly #ahead = new Int32Array(SAMPLE_CAPACITY);

  /** Throws a RangeError when `memoryBytes` is too small for `contextCapacity`. */
  constructor(settings: EngineSettings) {
    const { contextCapacity, memoryBytes, percentiles, seed } = settings;
    this.#memory = new Memory(memoryBytes);
    if (!this.#memory.reserve(contextCapacity * 4)) {
      throw new RangeError(`maxMemoryBytes: ${memoryBytes} bytes are too few for ${contextCapacity} contexts`);
    }
    this.#cells = new Cells(contextCapacity, this.#memory);
    this.#percentiles = percentiles;
    this.#reader = new SliceReader(this.#cells, this.#memory, percentiles);
    this.#random = new Random(seed);
    this.#textSeed = seed | 0;
  }

  applySamples(): number {
    const { samples } = this;
    const cells = this.#cells;
    const count = samples.length;
    if (count === 0) return 0;
    const interval = this.#openInterval(samples.intervalStartSeconds);
    if (interval === undefined) {
      samples.clear();
      return count;
    }
    if (cells.count > MANY_CELLS) this.#lookAhead(count);
    const { codes, values } = samples;
    let dropped = 0;
    for (let i = 0; i < count; i++) {
      const code = codes[i];
      let cell = cells.heads[code >> KIND_BITS];
      if (cells.words[(cell << WORD_BITS) + INTERVAL_ID] !== interval.id) {
        cell = this.#openCell(code, interval);
        if (cell === 0) {
          dropped++;
          continue;
        }
      }
      const kind = code & KIND_MASK;
      if (kind === GAUGE) cells.doubles[(cell << DOUBLE_BITS) + VALUE] = values[i];
      else if (kind === SET || kind === DISTRIBUTION) dropped += this.#addToContent(cell, kind, i) ? 0 : 1;
      else {
        let next = i + 1;
        while (next < count && codes[next] === code) next++;
        let end = next;
        if (kind !== COUNTER) {
          const histogram = cells.contents[cell] as HistogramCell;
          end = i + histogram.addRun(values, i, next, this.#memory, this.#random, cells.doubles, cell << DOUBLE_BITS);
          dropped += next - end;
        } else this.#addRunToSum(cell, values, i, end);
        i = next - 1;
      }
    }
    samples.clear();
    return dropped;
  }

  /**
   * Reads what the samples' cells begin with, and keeps nothing of it: so the memory answers for many of them at a time.
   * The work on one sample is too long for the processor to see the next beyond it.
   */
  #lookAhead(count: number): void {
    const { codes } = this.samples;
    const { heads, words } = this.#cells;
    const ahead = this.#ahead;
    for (let i = 0; i < count; i++) ahead[i] = heads[codes[i] >> KIND_BITS];
    for (let i = 0; i < count; i++) ahead[i] = words[(ahead[i] << WORD_BITS) + INTERVAL_ID];
  }

  /** The open interval, made if need be; undefined when memory is exhausted. */
  #openInterval(startSeconds: number): Interval | undefined {
    let interval = this.#intervals.getToChange(startSeconds);
    if (interval === undefined) {
      interval = this.#cells.openInterval(startSeconds);
      if (interval !== undefined) this.#intervals.add(startSeconds, interval);
    }
    return interval;
  }

  /** The context's cell in the interval, about to change, and made if need be; 0 when memory is exhausted. */
  #openCell(code: number, interval: Interval): number {
    const found = this.#cells.find(code >> KIND_BITS, interval);
    if (found !== 0) return this.#cells.isUnchanged(found) && !this.#cells.noteChange(found, interval) ? 0 : found;
    const kind = code & KIND_MASK;
    if (kind === COUNTER || kind === GAUGE) return this.#cells.add(code, interval, undefined);
    const block = this.#memory.allocate(0);
    if (block === undefined) return 0;
    const content: Content =
      kind === SET ? new SetCell(block) : kind === DISTRIBUTION ? new DistributionCell(block) : new HistogramCell(block);
    const cell = this.#cells.add(code, interval, content);
    if (cell === 0) this.#memory.release(block);
    return cell;
  }

  /** The same operations as in assembly/sum.ts. */
  #addRunToSum(cell: number, values: Float64Array, begin: number, end: number): void {
    const { doubles } = this.#cells;
    const at = cell << DOUBLE_BITS;
    let sum = doubles[at + VALUE];
    let compensation = doubles[at + COMPENSATION];
    for (let i = begin; i < end; i++) {
      const value = values[i];
      const total = sum + value;
      const virtual = total - sum;
      compensation += sum - (total - virtual) + (value - virtual);
      sum = total;
    }
    doubles[at + VALUE] = sum;
    doubles[at + COMPENSATION] = compensation;
  }

  /** Adds the sample at `index`; false, and nothing changed, when memory is exhausted. */
  #addToContent(cell: number, kind: number, index: number): boolean {
    const content = this.#cells.contents[cell];
    if (kind === DISTRIBUTION) return (content as DistributionCell).add(this.samples.values[index], this.#memory);
    this.#hashMember(this.samples.words[index * 2], this.samples.words[index * 2 + 1]);
    return (content as SetCell).add(this.#hash.low, this.#hash.high, this.#memory);
  }

  #hashMember(offset: number, lengthAndFlags: number): void {
    if (lengthAndFlags & MEMBER_IS_HASHED) return;
    const units = (lengthAndFlags & MEMBER_LENGTH_MASK) >> 1;
    const whole = units - (units % BLOCK_UNITS);
    this.#hash.start(lengthAndFlags & MEMBER_IS_NUMBER ? ~this.#textSeed : this.#textSeed);
    this.#hash.addBlocks(this.samples.members, offset, whole);
    this.#hash.finish(this.samples.members, offset + whole, units - whole);
  }

  startMember(): void {
    this.#hash.start(this.#textSeed);
  }

  addMemberPart(units: number, last: boolean): void {
    const whole = units - (units % BLOCK_UNITS);
    this.#hash.addBlocks(this.samples.members, 0, whole);
    if (last) this.#hash.finish(this.samples.members, whole, units - whole);
  }

  holdsContext(contextId: number): boolean {
    return this.#cells.heads[contextId] !== 0;
  }

  get isEmpty(): boolean {
    return this.#intervals.isEmpty;
  }

  takeSnapshot(beforeSeconds: number, keepFromSeconds = beforeSeconds): Snapshot {
    return snapshotOf(this.#intervals.take(beforeSeconds, keepFromSeconds), ({ handle, isKept }, maxSamples, isRaw) =>
      this.#reader.read(handle, maxSamples, isRaw, isKept) ? this.#reader.slice : undefined,
    );
  }

  selectPercentiles(samples: Float64Array, into: Float64Array): void {
    let least = samples[0];
    let greatest = least;
    // By index, which takes a tenth of the time that an iterator does.
    for (let i = 1; i < samples.length; i++) {
      const sample = samples[i];
      if (sample < least) least = sample;
      if (sample > greatest) greatest = sample;
    }
    selectPercentiles(samples, samples.length, least, greatest, this.#percentiles, into, 0);
  }

  get memoryBytes(): number {
    return this.#memory.heldBytes;
  }

  /** Bytes in use; all but the table of contexts are given back by a full flush. For tests. */
  get usedBytes(): number {
    return this.#memory.liveBytes;
  }
}
