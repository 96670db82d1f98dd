// This folder runs the engine in WebAssembly. This file is its front door: it instantiates the module made from assembly/, makes
// views of the regions in assembly/layout.ts, and is the only caller of the module's exports. It may import model/ and the
// files of src/engine/ beside the folder.

import { Buffer } from 'node:buffer';
// The default export, for the reason in builtin.ts.
import nodeModule from 'node:module';
import { wasmBase64 } from '../../../build/assembly/release.js';
import type { Engine, EngineSettings, Slice, Snapshot } from '../engine.js';
import { OpenIntervals, snapshotOf, type TakenInterval } from '../open-intervals.js';
import { SampleBuffer } from '../sample-buffer.js';

/** The exports of assembly/index.ts. */
interface Exports {
  memory: WebAssembly.Memory;
  initialize(contexts: number, memoryBytes: number, percentileCount: number, seed: number): number;
  openInterval(startSeconds: number): number;
  applySamples(count: number, interval: number): number;
  holdsContext(contextId: number): number;
  readSlice(interval: number, maxSamples: number, isRaw: boolean, isKept: boolean): number;
  sliceContinues: WebAssembly.Global;
  pagesInUse: WebAssembly.Global;
  CODES: WebAssembly.Global;
  VALUES: WebAssembly.Global;
  MEMBERS: WebAssembly.Global;
  SLICE_CODES: WebAssembly.Global;
  SLICE_ENDS: WebAssembly.Global;
  SLICE_VALUES: WebAssembly.Global;
  PERCENTILES: WebAssembly.Global;
  SAMPLE_CAPACITY: WebAssembly.Global;
  MEMBER_CAPACITY: WebAssembly.Global;
  SLICE_CAPACITY: WebAssembly.Global;
  VALUE_CAPACITY: WebAssembly.Global;
  PERCENTILE_CAPACITY: WebAssembly.Global;
}

const PAGE_BYTES = 65536;

let releaseModule: WebAssembly.Module | undefined;

/** Compiles the module once per process, since its instances are cheap. Throws where the runtime cannot: see create-engine.ts. */
function compileRelease(): WebAssembly.Module {
  releaseModule ??= new WebAssembly.Module(Buffer.from(wasmBase64, 'base64'));
  return releaseModule;
}

type Loader = Pick<typeof import('@assemblyscript/loader'), 'instantiateSync'>;

/**
 * Instantiates the module by AssemblyScript's loader, or without it where the loader cannot be loaded. The loader assigns
 * `Object.hasOwn`, which fails where intrinsics are frozen, needs TextDecoder, which jsdom lacks, and is not beside a bundle.
 */
function instantiate(module: WebAssembly.Module): Exports {
  let loader: Loader;
  try {
    // Only require() loads a module late and at once. An import of a CommonJS file that does this takes 3 ms more.
    loader = nodeModule.createRequire(import.meta.url)('@assemblyscript/loader');
  } catch {
    return new WebAssembly.Instance(module, { env: { abort } }).exports as unknown as Exports;
  }
  return loader.instantiateSync(module).exports as unknown as Exports;
}

/** Called by a failed assertion. The loader has a function of its own that adds the message. */
function abort(_message: number, _file: number, line: number, column: number): never {
  throw new Error(`abort at line ${line}, column ${column} of assembly/`);
}

/** The engine in WebAssembly. */
export class WasmEngine implements Engine {
  readonly name = 'wasm';
  readonly samples: SampleBuffer;
  readonly #exports: Exports;
  readonly #intervals = new OpenIntervals<number>();
  readonly #slice: Slice;
  /** The memory that the views refer to. Growth replaces it. */
  #memory: ArrayBuffer;

  /**
   * Throws whatever the runtime throws when it refuses the module.
   *
   * @throws {RangeError} `memoryBytes` is too small for `contextCapacity`.
   */
  constructor(settings: EngineSettings, module = compileRelease()) {
    const exports = instantiate(module);
    const { contextCapacity, memoryBytes, percentiles, seed } = settings;
    new Float64Array(exports.memory.buffer, exports.PERCENTILES.value, exports.PERCENTILE_CAPACITY.value).set(percentiles);
    if (!exports.initialize(contextCapacity, memoryBytes, percentiles.length, seed)) {
      throw new RangeError(
        `maxMemoryBytes: ${memoryBytes} bytes are too few for ${contextCapacity} contexts; raise it, or lower maxContexts`,
      );
    }
    this.#exports = exports;
    this.#memory = exports.memory.buffer;
    this.samples = new SampleBuffer(...this.#sampleViews());
    this.#slice = { startSeconds: 0, length: 0, continues: false, ...this.#sliceViews() };
  }

  #sampleViews(): [Int32Array, Float64Array, Uint16Array] {
    const { CODES, VALUES, MEMBERS, SAMPLE_CAPACITY, MEMBER_CAPACITY } = this.#exports;
    return [
      new Int32Array(this.#memory, CODES.value, SAMPLE_CAPACITY.value),
      new Float64Array(this.#memory, VALUES.value, SAMPLE_CAPACITY.value),
      new Uint16Array(this.#memory, MEMBERS.value, MEMBER_CAPACITY.value),
    ];
  }

  #sliceViews(): Pick<Slice, 'codes' | 'ends' | 'values'> {
    const { SLICE_CODES, SLICE_ENDS, SLICE_VALUES, SLICE_CAPACITY, VALUE_CAPACITY } = this.#exports;
    return {
      codes: new Int32Array(this.#memory, SLICE_CODES.value, SLICE_CAPACITY.value),
      ends: new Int32Array(this.#memory, SLICE_ENDS.value, SLICE_CAPACITY.value),
      values: new Float64Array(this.#memory, SLICE_VALUES.value, VALUE_CAPACITY.value),
    };
  }

  /** Makes the views again. Must be called after every call that may have grown the memory. */
  #deriveViews(): void {
    if (this.#exports.memory.buffer === this.#memory) return;
    this.#memory = this.#exports.memory.buffer;
    this.samples.setViews(...this.#sampleViews());
    Object.assign(this.#slice, this.#sliceViews());
  }

  applySamples(): number {
    const { samples } = this;
    const count = samples.length;
    if (count === 0) return 0;
    const startSeconds = samples.intervalStartSeconds;
    let interval = this.#intervals.getForUpdate(startSeconds);
    if (interval === undefined) {
      interval = this.#exports.openInterval(startSeconds) >>> 0;
      if (interval !== 0) this.#intervals.add(startSeconds, interval);
    }
    if (interval === 0) samples.codes.fill(0, 0, count);
    const dropped = interval === 0 ? count : this.#exports.applySamples(count, interval);
    samples.clear();
    this.#deriveViews();
    return dropped;
  }

  holdsContext(contextId: number): boolean {
    return this.#exports.holdsContext(contextId) !== 0;
  }

  get isEmpty(): boolean {
    return this.#intervals.isEmpty;
  }

  takeSnapshot(beforeSeconds: number, keepFromSeconds = beforeSeconds): Snapshot {
    const taken = this.#intervals.take(beforeSeconds, keepFromSeconds);
    return snapshotOf(taken, (interval, maxSamples, isRaw) => this.#readSlice(interval, maxSamples, isRaw));
  }

  #readSlice({ startSeconds, handle, isKept }: TakenInterval<number>, maxSamples: number, isRaw: boolean): Slice | undefined {
    const slice = this.#slice;
    slice.length = this.#exports.readSlice(handle, maxSamples, isRaw, isKept);
    if (slice.length < 0) return undefined;
    slice.startSeconds = startSeconds;
    slice.continues = this.#exports.sliceContinues.value !== 0;
    return slice;
  }

  get memoryBytes(): number {
    return this.#exports.memory.buffer.byteLength;
  }

  /** Bytes of the pages that hold at least one block. A full flush frees all of them. For tests. */
  get usedBytes(): number {
    return this.#exports.pagesInUse.value * PAGE_BYTES;
  }
}
