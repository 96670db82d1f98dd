import { Buffer } from 'node:buffer';
import type { EngineName, EngineSettings } from '../../../src/engine/engine.js';
import type { JsEngine } from '../../../src/engine/js/js-engine.js';
import { WasmEngine } from '../../../src/engine/wasm/wasm-engine.js';
import { engineNames, makeEngine } from '../../support/engines.js';

/** An engine with its `usedBytes`, which the Engine interface leaves out. */
export type TestEngine = WasmEngine | JsEngine;

/** One build of one engine. */
export interface Variant {
  /** Name of the variant in titles. */
  readonly name: string;
  /** The value that `engine.name` must have. */
  readonly engineName: EngineName;
  make(settings?: Partial<EngineSettings>): TestEngine;
}

/** True without a compiler, where loops run ten to fifty times slower. */
const isJitless = typeof WebAssembly === 'undefined';

/** Returns the first count, or the smaller second one where loops are slow. */
export function repetitions(count: number, jitlessCount: number): number {
  return isJitless ? jitlessCount : count;
}

/**
 * Runs of a property: the first number in `npm test`, the second one in `npm run test:soak`, which runs every file that calls
 * this.
 */
export function soakRuns(runs: number, soakRuns: number): number {
  return process.env.SOAK ? soakRuns : runs;
}

const defaults: EngineSettings = {
  contextCapacity: 1000,
  memoryBytes: 2 ** 28,
  percentiles: [0.75, 0.85, 0.95, 0.99],
  seed: 1,
};

/** All engines that this runtime can run. The WebAssembly engine is there twice: its debug build has assertions. */
export const variants: readonly Variant[] = [
  ...engineNames.map((engineName) => ({
    name: engineName === 'wasm' ? 'wasm release' : engineName,
    engineName,
    make: (settings?: Partial<EngineSettings>) => makeEngine(engineName, { ...defaults, ...settings }),
  })),
  ...(isJitless ? [] : [await debugVariant()]),
];

async function debugVariant(): Promise<Variant> {
  const { wasmBase64 } = await import('../../../build/assembly/debug.js');
  const module = new WebAssembly.Module(Buffer.from(wasmBase64, 'base64'));
  return {
    name: 'wasm debug',
    engineName: 'wasm',
    make: (settings) => new WasmEngine({ ...defaults, ...settings }, module),
  };
}
