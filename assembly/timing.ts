// A timing is a histogram whose samples are durations, so it uses the code of histogram.ts.

export {
  addRunToHistogram as addRunToTiming,
  freeHistogram as freeTiming,
  initializeHistogram as initializeTiming,
  readHistogram as readTiming,
} from './histogram';
