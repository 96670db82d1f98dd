/**
 * A timestamp must be less than this many POSIX seconds (3168 years) away from 1970. Anything beyond is most likely in
 * milliseconds: only the last flush would report it, and the intake would refuse the whole payload.
 */
export const MAX_TIMESTAMP_SECONDS = 1e11;

/** The longest delay of `setTimeout`, which fires at once when the delay is longer. */
export const MAX_TIMER_MILLISECONDS = 2 ** 31 - 1;

const { getTime } = Date.prototype;

/**
 * Returns a timestamp in POSIX seconds: a number is taken as such, a Date is converted. Anything else, and a Date that cannot be
 * read, is NaN. Never throws.
 */
export function posixSeconds(timestamp: unknown): number {
  if (typeof timestamp === 'number') return timestamp;
  if (typeof timestamp !== 'object' || timestamp === null) return Number.NaN;
  try {
    // `instanceof` would not recognise a Date of another realm: those of `node:vm`, and of `node:fs` under Jest.
    getTime.call(timestamp as Date);
    return (timestamp as Date).getTime() / 1000;
  } catch {
    // It is no Date, or its own method throws.
    return Number.NaN;
  }
}
