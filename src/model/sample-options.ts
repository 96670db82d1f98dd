import type { Tags } from './tags.js';

/** Options of one sample. An array may be passed instead, which means the tags. */
export interface SampleOptions {
  /** Tags of the sample. The constant tags are added to them. Their order has no meaning. Default: none. */
  tags?: Tags | undefined;
  /**
   * Time of the sample: a Date, or POSIX seconds below 1e11. Milliseconds are out of this range; their samples are dropped and
   * counted. A time more than an hour ago or ten minutes ahead is accepted, but counted in `telemetry`, because the intake may
   * refuse the point. Default: now, which is much faster than passing the time.
   */
  timestamp?: number | Date | undefined;
  /** Host of the sample. The empty string means none. Default: the client's. */
  host?: string | undefined;
  /** Accepted for compatibility, and ignored: every sample counts once. */
  sampleRate?: number | undefined;
}
