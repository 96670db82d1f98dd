import * as hdr from 'hdr-histogram-js';
import { CALLS, type Cases, HANDLES, VALUES } from './shapes.js';

/** HdrHistogram: not a client, but what a bound histogram comes down to. It takes whole numbers, here with 3 exact digits. */
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
