import { createEngine, type EngineName, KIND_BITS, SET } from '../../../build/internals.js';
import { checkResult } from '../suite.js';
import type { SetContender } from './members.js';

const CODE = (1 << KIND_BITS) | SET;

/** Adds members to a set in an engine. Copying them into the sample buffer, as the client does, is timed if `isCopyingTimed`. */
export function createEngineContender(name: EngineName, isCopyingTimed: boolean): SetContender {
  const engine = createEngine(name, { contextCapacity: 2, memoryBytes: 2 ** 28, percentiles: [], seed: 1 });
  checkResult('engine', engine.name, name);
  const { samples } = engine;
  let members: string[] = [];

  const apply = (): number => {
    const begin = performance.now();
    engine.applySamples();
    return performance.now() - begin;
  };
  return {
    fill(filled) {
      members = filled;
    },
    add() {
      samples.intervalStartSeconds = 0;
      let milliseconds = 0;
      for (const member of members) {
        if (!samples.hasRoomFor(member.length)) milliseconds += apply();
        if (samples.appendText(CODE, member)) milliseconds += apply();
      }
      milliseconds += apply();
      return isCopyingTimed ? undefined : milliseconds;
    },
    drain() {
      const snapshot = engine.takeSnapshot(Number.POSITIVE_INFINITY);
      let count = 0;
      for (let slice = snapshot.read(1e6); slice !== undefined; slice = snapshot.read(1e6)) count += slice.values[0];
      return count;
    },
  };
}
