// Sums of doubles without rounding, as integers in units of 2^-1074. Every finite double is a multiple of this unit.

const view = new DataView(new ArrayBuffer(8));
const FRACTION_BITS = 52n;

/** Converts a finite double to units of 2^-1074. */
export function toUnits(value: number): bigint {
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const exponent = (bits >> FRACTION_BITS) & 0x7ffn;
  const fraction = bits & ((1n << FRACTION_BITS) - 1n);
  const magnitude = exponent === 0n ? fraction : (fraction | (1n << FRACTION_BITS)) << (exponent - 1n);
  return bits >> 63n === 0n ? magnitude : -magnitude;
}

/** Returns the exact sum in units of 2^-1074. */
export function exactSum(values: Iterable<number>): bigint {
  let sum = 0n;
  for (const value of values) sum += toUnits(value);
  return sum;
}

/** Returns the distance, in units of 2^-1074, between neighbouring doubles of this size. */
export function ulpUnits(units: bigint): bigint {
  const bits = BigInt(abs(units).toString(2).length);
  return bits <= FRACTION_BITS + 1n ? 1n : 1n << (bits - FRACTION_BITS - 1n);
}

export function abs(units: bigint): bigint {
  return units < 0n ? -units : units;
}
