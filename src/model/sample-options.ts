import type { Tags } from './tags.js';

/** What a sample may carry beside its name and value. A plain array in its place is taken as its tags. */
export interface SampleOptions {
  /** The sample's own tags; the constant tags are added to them. Their order does not matter. Default: none. */
  tags?: Tags;
  /**
   * When it happened: POSIX seconds (not milliseconds, which are refused) or a Date. What lies over an hour back or ten minutes ahead
   * is counted in `telemetry`, for the intake may refuse it. Default: now, which costs much less.
   */
  timestamp?: number | Date;
  /** The host it belongs to. Default: the client's. */
  host?: string;
  /** Accepted and ignored, as in the reference: every sample counts. */
  sampleRate?: number;
}
