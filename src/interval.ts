/**
 * Start of the interval that a moment belongs to: `t - t mod length`, the modulo being the mathematical one, so that it
 * is right below zero too (reference: metrics.py, MetricsAggregator.add_point). `Infinity` stays as it is.
 */
export function intervalStart(timestampSeconds: number, lengthSeconds: number): number {
  if (!Number.isFinite(timestampSeconds)) return timestampSeconds;
  const remainder = timestampSeconds % lengthSeconds;
  return timestampSeconds - (remainder < 0 ? remainder + lengthSeconds : remainder);
}
