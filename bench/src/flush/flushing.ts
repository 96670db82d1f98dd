import { seededRandom } from '../random.js';

/** What is recorded before each flush. */
export interface Load {
  readonly counters: number;
  readonly histograms: number;
  readonly samplesPerHistogram: number;
}

/** A client whose flushes are measured. */
export interface Flushing {
  increment(name: string, value: number, tags: string[]): void;
  histogram(name: string, value: number, tags: string[]): void;
  /** Done when everything was handed over. */
  flush(): Promise<unknown>;
}

/** Rows of a histogram: minimum, maximum, count, average and four percentiles. */
export const ROWS_PER_HISTOGRAM = 8;

const COUNTER_NAME = 'page.views';
const HISTOGRAM_NAME = 'db.query.seconds';

/** Records a load, with inputs that were made beforehand: pairs of tags, each an array of its own, and values in no order. */
export class Loader {
  readonly rows: number;
  readonly #load: Load;
  readonly #tags: string[][];
  readonly #values: Float64Array;

  constructor(load: Load) {
    const random = seededRandom(4);
    this.#load = load;
    this.rows = load.counters + load.histograms * ROWS_PER_HISTOGRAM;
    this.#tags = Array.from({ length: Math.max(load.counters, load.histograms) }, (_, index) => {
      return [`shard:${index % 100}`, `customer:${Math.floor(index / 100)}`];
    });
    this.#values = Float64Array.from({ length: 2 ** 16 }, () => random() ** 3);
  }

  record(client: Flushing): void {
    const { counters, histograms, samplesPerHistogram } = this.#load;
    for (let i = 0; i < counters; i++) client.increment(COUNTER_NAME, 1, this.#tags[i]);
    let next = 0;
    // One sample of each after the other, for that is how they come.
    for (let sample = 0; sample < samplesPerHistogram; sample++) {
      for (let i = 0; i < histograms; i++) {
        client.histogram(HISTOGRAM_NAME, this.#values[next++ % 2 ** 16], this.#tags[i]);
      }
    }
  }
}
