/** Options of {@link ThreadStats.stop}. */
export interface StopOptions {
  /** Whether everything that is held is flushed first. Default: true. */
  flush?: boolean;
  /**
   * Whole milliseconds that the flush, and trying again what is pending, may take, from 0 to 2,147,483,647; then the reporter is
   * closed, in what is left of this time or a second, and rows that are left are spooled or dropped and counted. Default: 5000.
   */
  timeout?: number;
}
