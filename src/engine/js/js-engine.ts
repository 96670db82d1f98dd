// This folder holds the engine in TypeScript, for runtimes without WebAssembly. It may import only model/ and the files of
// src/engine/ beside it. Its front door is this file. Where rounding or chance is involved, it does the operations of the
// WebAssembly engine in the same order, so that both engines report the same bits.
//
// Each pair of these files must do the same, so change both together:
//
//   assembly/         src/engine/js/
//   counter.ts        counter.ts        the kinds: how a cell begins, takes samples, is read into a slice, and is freed
//   gauge.ts          gauge.ts
//   set.ts            set.ts
//   histogram.ts      histogram.ts
//   timing.ts         timing.ts
//   distribution.ts   distribution.ts
//   samples.ts        js-engine.ts      applying the samples in the buffer to their cells
//   slice-reader.ts   slice-reader.ts   which cells are in a slice, and when they are freed
//   cells.ts          cells.ts          rings and lists of cells
//   sum.ts            sum.ts            compensated sums; here histogram.ts has the same loop once more
//   percentiles.ts    percentiles.ts    selection of percentiles; only its results must agree
//   random.ts         random.ts         random numbers of the reservoirs
//   murmur3.ts        murmur3.ts        the hash of members
//   members.ts        members.ts        hashing of members, with the flag in src/engine/sample-buffer.ts
//   memory.ts         memory.ts         size classes of blocks; each engine counts its own overhead
//   layout.ts         cell-layout.ts    the capacities; each engine has its own layout of a cell
//   kinds.ts          src/model/kinds.ts   numbers of the kinds, bits of a code
//
// test/engine/pairs.test.ts checks that the files exist and that the shared numbers are equal; the property tests in
// test/engine/differential.wasm.test.ts check that the bits are.

import { COUNTER, DISTRIBUTION, GAUGE, KIND_BITS, KIND_MASK, SET, TIMING } from '../../model/kinds.js';
import type { Engine, EngineSettings, Snapshot } from '../engine.js';
import { OpenIntervals, snapshotOf } from '../open-intervals.js';
import { SampleBuffer } from '../sample-buffer.js';
import { DOUBLE_BITS, INTERVAL_ID, KIND_DOUBLES, MEMBER_CAPACITY, SAMPLE_CAPACITY, WORD_BITS } from './cell-layout.js';
import { type CellContent, Cells, type Interval } from './cells.js';
import { addRunToCounter } from './counter.js';
import { DistributionCell } from './distribution.js';
import { setGauge } from './gauge.js';
import { HistogramCell } from './histogram.js';
import { MemberHasher } from './members.js';
import { Memory, SMALLEST_BUFFER } from './memory.js';
import { Random } from './random.js';
import { SetCell } from './set.js';
import { SliceReader } from './slice-reader.js';
import { TimingCell } from './timing.js';

/** With more cells than this, most of them are not in the processor's nearer caches. */
const MANY_CELLS = 16_384;

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
  readonly #random: Random;
  readonly #hasher: MemberHasher;
  readonly #reader: SliceReader;
  /** Working space of {@link #lookAhead}. */
  readonly #ahead = new Int32Array(SAMPLE_CAPACITY);

  /** @throws {RangeError} `memoryBytes` is too small for `contextCapacity`. */
  constructor(settings: EngineSettings) {
    const { contextCapacity, memoryBytes, percentiles, seed } = settings;
    this.#memory = new Memory(memoryBytes);
    if (!this.#memory.reserve(contextCapacity * 4)) {
      throw new RangeError(
        `maxMemoryBytes: ${memoryBytes} bytes are too few for ${contextCapacity} contexts; raise it, or lower maxContexts`,
      );
    }
    this.#cells = new Cells(contextCapacity, this.#memory);
    this.#reader = new SliceReader(this.#cells, this.#memory, percentiles);
    this.#random = new Random(seed);
    this.#hasher = new MemberHasher(seed);
  }

  applySamples(): number {
    const { samples } = this;
    const cells = this.#cells;
    const count = samples.length;
    if (count === 0) return 0;
    const interval = this.#openInterval(samples.intervalStartSeconds);
    if (interval === undefined) {
      samples.codes.fill(0, 0, count);
      samples.clear();
      return count;
    }
    if (cells.count > MANY_CELLS) this.#lookAhead(count);
    const { codes, values } = samples;
    const { heads } = cells;
    const { id } = interval;
    let dropped = 0;
    for (let i = 0; i < count; i++) {
      const code = codes[i];
      let cell = heads[code >> KIND_BITS];
      if (cells.words[(cell << WORD_BITS) + INTERVAL_ID] !== id) {
        cell = this.#openCell(code, interval);
        if (cell === 0) {
          codes[i] = 0;
          dropped++;
          continue;
        }
      }
      const kind = code & KIND_MASK;
      if (kind === GAUGE) setGauge(cells.doubles, (cell << DOUBLE_BITS) + KIND_DOUBLES, values[i]);
      else if (kind === SET || kind === DISTRIBUTION) dropped += this.#addToContent(cell, kind, i) ? 0 : 1;
      else {
        let next = i + 1;
        while (next < count && codes[next] === code) next++;
        const at = (cell << DOUBLE_BITS) + KIND_DOUBLES;
        if (kind === COUNTER) addRunToCounter(cells.doubles, at, values, i, next);
        else {
          const histogram = cells.contents[cell] as HistogramCell | TimingCell;
          dropped += next - i - histogram.addRun(values, i, next, this.#memory, this.#random, cells.doubles, at);
        }
        i = next - 1;
      }
    }
    samples.clear();
    return dropped;
  }

  /**
   * Reads the first word of each sample's cell, only to bring the cells into the processor's caches before the samples are
   * applied. The processor can overlap these reads. It could not if each were followed by the work on its sample.
   */
  #lookAhead(count: number): void {
    const { codes } = this.samples;
    const { heads, words } = this.#cells;
    const ahead = this.#ahead;
    for (let i = 0; i < count; i++) ahead[i] = heads[codes[i] >> KIND_BITS];
    for (let i = 0; i < count; i++) ahead[i] = words[(ahead[i] << WORD_BITS) + INTERVAL_ID];
  }

  /** Returns the open interval with this start, made if there was none, or undefined when memory is exhausted. */
  #openInterval(startSeconds: number): Interval | undefined {
    let interval = this.#intervals.getForUpdate(startSeconds);
    if (interval === undefined) {
      interval = this.#cells.openInterval(startSeconds);
      if (interval !== undefined) this.#intervals.add(startSeconds, interval);
    }
    return interval;
  }

  /** Returns the context's cell in the interval, made if there was none and ready for a change, or 0 when memory is exhausted. */
  #openCell(code: number, interval: Interval): number {
    const cells = this.#cells;
    const found = cells.find(code >> KIND_BITS, interval);
    if (found !== 0) return cells.isUnchanged(found) && !cells.addChange(found, interval) ? 0 : found;
    const kind = code & KIND_MASK;
    if (kind === COUNTER || kind === GAUGE) return cells.add(code, interval, undefined);
    const block = this.#memory.allocate(SMALLEST_BUFFER);
    if (block === undefined) return 0;
    let content: CellContent;
    if (kind === SET) content = new SetCell(block);
    else if (kind === DISTRIBUTION) content = new DistributionCell(block);
    else content = kind === TIMING ? new TimingCell(block) : new HistogramCell(block);
    const cell = cells.add(code, interval, content);
    if (cell === 0) this.#memory.release(block);
    return cell;
  }

  /** Adds the sample at `index`. Returns false, with nothing changed, when memory is exhausted. */
  #addToContent(cell: number, kind: number, index: number): boolean {
    const content = this.#cells.contents[cell];
    if (kind === DISTRIBUTION) return (content as DistributionCell).add(this.samples.values[index], this.#memory);
    const { members, words } = this.samples;
    const { hash } = this.#hasher;
    this.#hasher.hashMember(members, words[index * 2], words[index * 2 + 1]);
    return (content as SetCell).add(hash.low, hash.high, this.#memory);
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

  get memoryBytes(): number {
    return this.#memory.heldBytes;
  }

  /** Bytes in use. A full flush frees all of them but the table of contexts. For tests. */
  get usedBytes(): number {
    return this.#memory.liveBytes;
  }
}
