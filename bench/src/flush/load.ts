import { seededRandom } from '../random.js';

/** The metrics that are recorded before each flush. */
export interface Load {
  readonly counters: number;
  readonly histograms: number;
  readonly samplesPerHistogram: number;
}

/** A client whose flushes are measured. */
export interface FlushContender {
  increment(name: string, value: number, tags: string[]): void;
  histogram(name: string, value: number, tags: string[]): void;
  /** Resolves once the reporter has got every row. */
  flush(): Promise<unknown>;
}

/** The rows of a histogram are minimum, maximum, count, average and four percentiles. */
export const ROWS_PER_HISTOGRAM = 8;

const COUNTER_NAME = 'page.views';
const HISTOGRAM_NAME = 'db.query.seconds';

/** Records a load. Its inputs are made beforehand: an array of two tags for each context, and random values. */
export class Loader {
  /** The number of rows of a flush. */
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

  record(client: FlushContender): void {
    const { counters, histograms, samplesPerHistogram } = this.#load;
    for (let i = 0; i < counters; i++) client.increment(COUNTER_NAME, 1, this.#tags[i]);
    let next = 0;
    // Samples of different histograms alternate, as in an application.
    for (let sample = 0; sample < samplesPerHistogram; sample++) {
      for (let i = 0; i < histograms; i++) {
        client.histogram(HISTOGRAM_NAME, this.#values[next++ % 2 ** 16], this.#tags[i]);
      }
    }
  }
}
