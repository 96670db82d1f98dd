// A gauge holds the last sample of an interval, in the first double of its cell; see assembly/gauge.ts. A new cell, whose
// doubles are 0, is a gauge of 0. A gauge owns nothing else, so freeing its cell frees all of it.

/** Replaces the value of the gauge whose doubles begin at `at`. */
export function setGauge(doubles: Float64Array, at: number, value: number): void {
  doubles[at] = value;
}

/** Returns the value of the gauge whose doubles begin at `at`. */
export function readGauge(doubles: Float64Array, at: number): number {
  return doubles[at];
}
