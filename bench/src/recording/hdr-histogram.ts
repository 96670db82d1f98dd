import * as hdr from 'hdr-histogram-js';
import { CALLS, type Cases, HANDLES, VALUES } from './shapes.js';

/** HdrHistogram is not a client, but does the work of a bound histogram. It accepts whole numbers, and keeps 3 digits here. */
export function hdrHistogramCases(useWebAssembly: boolean): Cases {
  const create = (): hdr.Histogram => {
    if (useWebAssembly) hdr.initWebAssemblySync();
    return hdr.build({ highestTrackableValue: 1_000_000, numberOfSignificantValueDigits: 3, useWebAssembly });
  };
  const drainOf = (histograms: hdr.Histogram[]) => (): number => {
    let count = 0;
    for (const histogram of histograms) {
      count += histogram.totalCount;
      histogram.reset();
    }
    return count;
  };

  return {
    histogramHandle() {
      const histogram = create();
      const run = (): void => {
        for (let i = 0; i < CALLS; i++) histogram.recordValue(VALUES[i % 1024]);
      };
      return { run, drain: drainOf([histogram]) };
    },

    histogramHandles() {
      const histograms = Array.from({ length: HANDLES }, create);
      const run = (): void => {
        for (let i = 0; i < CALLS; i++) histograms[i % HANDLES].recordValue(VALUES[i % 1024]);
      };
      return { run, drain: drainOf(histograms) };
    },
  };
}
