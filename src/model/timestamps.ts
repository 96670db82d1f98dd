/**
 * Returns a timestamp in POSIX seconds: a number is taken as such, a Date is converted. Anything else, and a Date that cannot be
 * read, is NaN. Never throws.
 */
export function posixSeconds(timestamp: unknown): number {
  if (typeof timestamp === 'number') return timestamp;
  try {
    return timestamp instanceof Date ? timestamp.getTime() / 1000 : Number.NaN;
  } catch {
    return Number.NaN;
  }
}
