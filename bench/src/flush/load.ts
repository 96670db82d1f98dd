import { seededRandom } from '../random.js';

/** The metrics that are recorded before each flush. */
export interface Load {
  readonly counters: number;
  readonly histograms: number;
  readonly samplesPerHistogram: number;
  /** Values of the only distribution. Default: 0. */
  readonly distributionValues?: number;
}

/** A client whose flushes are measured. */
export interface FlushContender {
  increment(name: string, value: number, tags: string[]): void;
  histogram(name: string, value: number, tags: string[]): void;
  /** Absent where distributions are not measured. */
  distribution?(name: string, value: number, tags: string[]): void;
  /** Resolves once the reporter has got every row. */
  flush(): Promise<unknown>;
}

/** The rows of a histogram are minimum, maximum, count, average and four percentiles. */
export const ROWS_PER_HISTOGRAM = 8;

const COUNTER_NAME = 'page.views';
const HISTOGRAM_NAME = 'db.query.seconds';
const DISTRIBUTION_NAME = 'request.seconds';

/** Records a load. Its inputs are made beforehand: an array of two tags for each context, and random values. */
export class Loader {
  /** The number of values in the rows of a flush. Only the rows of a distribution have several. */
  readonly values: number;
  readonly #load: Load;
  readonly #tags: string[][];
  readonly #samples: Float64Array;

  constructor(load: Load) {
    const random = seededRandom(4);
    this.#load = load;
    this.values = load.counters + load.histograms * ROWS_PER_HISTOGRAM + (load.distributionValues ?? 0);
    this.#tags = Array.from({ length: Math.max(load.counters, load.histograms, 1) }, (_, index) => {
      return [`shard:${index % 100}`, `customer:${Math.floor(index / 100)}`];
    });
    this.#samples = Float64Array.from({ length: 2 ** 16 }, () => random() ** 3);
  }

  record(client: FlushContender): void {
    const { counters, histograms, samplesPerHistogram, distributionValues = 0 } = this.#load;
    for (let i = 0; i < counters; i++) client.increment(COUNTER_NAME, 1, this.#tags[i]);
    let next = 0;
    // Samples of different histograms alternate, as in an application.
    for (let sample = 0; sample < samplesPerHistogram; sample++) {
      for (let i = 0; i < histograms; i++) {
        client.histogram(HISTOGRAM_NAME, this.#samples[next++ % 2 ** 16], this.#tags[i]);
      }
    }
    for (let i = 0; i < distributionValues; i++)
      client.distribution!(DISTRIBUTION_NAME, this.#samples[i % 2 ** 16], this.#tags[0]);
  }
}
