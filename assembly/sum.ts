// Compensated sums. A cell keeps the running sum and, beside it, the sum of the rounding errors, each of which is found
// exactly by Knuth's branch-free TwoSum (The Art of Computer Programming, vol. 2, 4.2.2, theorem B; the pair is Sum2 of
// Ogita, Rump and Oishi, "Accurate sum and dot product", 2005). The TypeScript engine does the same operations in the
// same order, so the bits agree.

export function initializeSum(address: usize): void {
  store<f64>(address, 0);
  store<f64>(address, 0, 8);
}

/** Adds `count` doubles from `values` on, one after the other, to the pair at `address`: f64 sum, f64 compensation. */
export function addRunToSum(address: usize, values: usize, count: u32): void {
  let sum = load<f64>(address);
  let compensation = load<f64>(address, 8);
  const end = values + (count << 3);
  for (let at = values; at < end; at += 8) {
    const value = load<f64>(at);
    const total = sum + value;
    const virtual = total - sum;
    compensation += sum - (total - virtual) + (value - virtual);
    sum = total;
  }
  store<f64>(address, sum);
  store<f64>(address, compensation, 8);
}

/**
 * The sum. Once it has overflowed the compensation is no number, and is left out. Beside the largest doubles the way to
 * the rounding error may overflow although the sum does not: then the sum is a plain one.
 */
export function totalOf(address: usize): f64 {
  const sum = load<f64>(address);
  const compensation = load<f64>(address, 8);
  return isFinite(compensation) ? sum + compensation : sum;
}
