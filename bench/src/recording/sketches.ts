import { DDSketch } from '@datadog/sketches-js';
import { CALLS, type Cases, HANDLES, VALUES } from './shapes.js';

/** Datadog's sketch is not a client, but does the work of a bound histogram. Its percentiles are accurate to 1%. */
export const cases: Cases = {
  histogramHandle() {
    let sketch = new DDSketch();
    const run = (): void => {
      for (let i = 0; i < CALLS; i++) sketch.accept(VALUES[i % 1024]);
    };
    const drain = (): number => {
      const { count } = sketch;
      sketch = new DDSketch();
      return count;
    };
    return { run, drain };
  },

  histogramHandles() {
    let sketches = createSketches();
    const run = (): void => {
      for (let i = 0; i < CALLS; i++) sketches[i % HANDLES].accept(VALUES[i % 1024]);
    };
    const drain = (): number => {
      const count = sketches.reduce((sum, sketch) => sum + sketch.count, 0);
      sketches = createSketches();
      return count;
    };
    return { run, drain };
  },
};

function createSketches(): DDSketch[] {
  return Array.from({ length: HANDLES }, () => new DDSketch());
}
