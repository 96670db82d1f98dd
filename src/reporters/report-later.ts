/**
 * A reporter's method that takes a callback for failures that come to light when no flush waits any more: those of rows that
 * were kept for another try.
 */
export const reportLater = Symbol('threadstats.reportLater');

/** A reporter that keeps rows. */
export interface LaterReporter {
  [reportLater](onError: (error: Error) => void): void;
}
