// A gauge holds the last sample of an interval.
//
//   cell + 16  f64  value
//
// It owns no block: when its cell is freed, nothing is left to free.

const VALUE: u32 = 16;

/** Begins a new cell. */
export function initializeGauge(cell: u32): void {
  store<f64>(cell, 0, VALUE);
}

/** Replaces the value. */
export function setGauge(cell: u32, value: f64): void {
  store<f64>(cell, value, VALUE);
}

/** Returns the value. */
export function readGauge(cell: u32): f64 {
  return load<f64>(cell, VALUE);
}
