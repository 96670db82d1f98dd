// A timing is a histogram whose samples are durations, so it uses the code of histogram.ts.

export { HistogramCell as TimingCell } from './histogram.js';
