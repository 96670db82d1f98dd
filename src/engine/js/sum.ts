// Compensated sums: the same operations in the same order as in assembly/sum.ts, which explains them. A sum is a pair of
// neighbouring doubles: the running sum, then the compensation, which is the sum of the rounding errors. An empty sum has zeros.

/** Adds the values from `begin` to before `end`, in order, to the pair at `at`. */
export function addRunToSum(doubles: Float64Array, at: number, values: Float64Array, begin: number, end: number): void {
  let sum = doubles[at];
  let compensation = doubles[at + 1];
  for (let i = begin; i < end; i++) {
    const value = values[i];
    const total = sum + value;
    const virtual = total - sum;
    compensation += sum - (total - virtual) + (value - virtual);
    sum = total;
  }
  doubles[at] = sum;
  doubles[at + 1] = compensation;
}

/** Returns the compensated sum of the pair at `at`, or the plain sum when the compensation is not finite. */
export function totalOf(doubles: Float64Array, at: number): number {
  const sum = doubles[at];
  const compensation = doubles[at + 1];
  return Number.isFinite(compensation) ? sum + compensation : sum;
}
