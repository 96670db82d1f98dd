// Compensated sums: the running sum and, beside it, the sum of the rounding errors. Each rounding error is found exactly by
// Knuth's branch-free TwoSum (The Art of Computer Programming, vol. 2, 4.2.2, theorem B); the pair is Sum2 of Ogita, Rump
// and Oishi, "Accurate sum and dot product", 2005. The TypeScript engine does the same operations in the same order, so
// the bits agree.
//
//   pair + 0  f64  sum
//   pair + 8  f64  compensation: the sum of the rounding errors

/** Begins a pair at zero. */
export function initializeSum(pair: usize): void {
  store<f64>(pair, 0);
  store<f64>(pair, 0, 8);
}

/** Adds `count` doubles in order, the first of which is at the address `values`. */
export function addRunToSum(pair: usize, values: usize, count: u32): void {
  let sum = load<f64>(pair);
  let compensation = load<f64>(pair, 8);
  const end = values + (count << 3);
  for (let at = values; at < end; at += 8) {
    const value = load<f64>(at);
    const total = sum + value;
    const virtual = total - sum;
    compensation += sum - (total - virtual) + (value - virtual);
    sum = total;
  }
  store<f64>(pair, sum);
  store<f64>(pair, compensation, 8);
}

/**
 * Returns the compensated sum. When the compensation is not finite, it returns the plain sum. That happens once the sum has
 * overflowed, and also near the largest doubles, where computing a rounding error may overflow although the sum does not.
 */
export function totalOf(pair: usize): f64 {
  const sum = load<f64>(pair);
  const compensation = load<f64>(pair, 8);
  return isFinite(compensation) ? sum + compensation : sum;
}
