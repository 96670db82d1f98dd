/** Options of {@link ThreadStats.stop}. */
export interface StopOptions {
  /** Whether everything that is held is flushed first. Default: true. */
  flush?: boolean;
  /**
   * Whole milliseconds that the flush, and trying again what waits, may take; then the reporter is closed, which ends its
   * connections, and what is left is given up and counted. Closing it has what is left of this time, and a second at the least. Default: 5000.
   */
  timeout?: number;
}
