// The flushes that are encoded: what an encoder reads, in columns, and the strings of the contexts. The tags repeat as those of an
// application do, and one of them has many values.

import {
  COUNTER,
  type ContextStrings,
  HISTOGRAM,
  KIND_BITS,
  type RowContext,
  rowSeriesByKind,
  type Slice,
} from '../../../build/internals.js';
import { seededRandom } from '../random.js';

/** What all rows of a flush share. */
export interface FlushContext extends RowContext {
  readonly contexts: Contexts;
}

/** The cells of one flush. */
export interface Flush {
  readonly context: FlushContext;
  readonly slices: readonly Slice[];
}

export interface FlushShape {
  readonly kind: 'counter' | 'histogram';
  readonly cells: number;
  /**
   * Cells are in the order of their first samples. `requests`: each request of the application records some names with the tags that
   * it has, so that rows with the same tags follow each other. `random`: samples come in no order.
   */
  readonly order: 'requests' | 'random';
}

const START_SECONDS = 1_796_000_000;
const CELLS_PER_SLICE = 8192;
const SAMPLES_PER_HISTOGRAM = 20;
const NAMES_PER_REQUEST = 3;
const CUSTOMERS = 2000;

const PARTS = ['http', 'db', 'cache', 'queue', 'auth', 'billing', 'search', 'cart', 'mail', 'files'];
const EVENTS = ['requests', 'errors', 'retries', 'timeouts', 'hits', 'misses', 'bytes.sent', 'bytes.received', 'rows', 'jobs'];
const RESOURCES = ['orders', 'customers', 'products', 'invoices', 'sessions', 'carts', 'reviews', 'stock'];
const ACTIONS = ['list', 'get', 'create', 'update', 'delete'];
const ROUTES = RESOURCES.flatMap((resource) => ACTIONS.map((action) => `route:/api/v1/${resource}/${action}`));
/** The first ones are the most frequent. */
const STATUSES = [200, 201, 204, 404, 400, 401, 403, 429, 500, 503].map((status) => `status:${status}`);
const REGIONS = ['eu-west-1', 'eu-central-1', 'us-east-1', 'us-west-2', 'ap-southeast-1'].map((region) => `region:${region}`);
const CONSTANT_TAGS = ['env:production', 'service:shop', 'version:2024-11-05.3'];

/** Makes a flush of counters or histograms. There are 100 names, and each cell has four tags of its own and three constant ones. */
export function makeFlush({ kind: kindName, cells, order }: FlushShape): Flush {
  const kind = kindName === 'counter' ? COUNTER : HISTOGRAM;
  const random = seededRandom(11);
  const below = (limit: number): number => Math.floor(random() * limit);
  const contexts = new Contexts();
  const names = PARTS.map((part) => EVENTS.map((event) => contexts.addMetric(`shop.${part}.${event}`, kind)));
  const seen = new Set<string>();
  const drawTags = (user: string): number[] => {
    for (;;) {
      const customer = Math.imul(below(CUSTOMERS) + 1, 0x9e3779b1) >>> 0;
      const status = STATUSES[Math.floor(random() ** 3 * STATUSES.length)];
      const tags = [ROUTES[below(ROUTES.length)], status, REGIONS[below(REGIONS.length)], `customer:${customer.toString(16)}`];
      const key = `${user} ${tags}`;
      if (seen.has(key)) continue;
      seen.add(key);
      return tags.map((tag) => contexts.internTag(tag));
    }
  };
  const cellContexts: number[] = [];
  while (cellContexts.length < cells) {
    const part = below(PARTS.length);
    const tagIds = drawTags(PARTS[part]);
    const first = below(EVENTS.length);
    for (let i = 0; i < NAMES_PER_REQUEST && cellContexts.length < cells; i++) {
      cellContexts.push(contexts.add(names[part][(first + i) % EVENTS.length], tagIds));
    }
  }
  if (order === 'random') shuffle(cellContexts, below);

  const slices: Slice[] = [];
  const drawValues = kind === COUNTER ? () => [1 + Math.floor(random() ** 4 * 300)] : () => histogramValues(random);
  for (let begin = 0; begin < cells; begin += CELLS_PER_SLICE) {
    const ids = cellContexts.slice(begin, begin + CELLS_PER_SLICE);
    const values = ids.map(drawValues);
    const width = values[0].length;
    slices.push({
      startSeconds: START_SECONDS,
      length: ids.length,
      codes: Int32Array.from(ids, (id) => (id << KIND_BITS) | kind),
      ends: Int32Array.from(ids, (_, index) => (index + 1) * width),
      values: Float64Array.from(values.flat()),
      continues: false,
    });
  }
  return {
    context: { contexts, seriesByKind: SERIES_BY_KIND, constantTags: CONSTANT_TAGS, device: null, intervalSeconds: 10 },
    slices,
  };
}

const PERCENTILES = [75, 85, 95, 99];

/** The series of the default options. */
const SERIES_BY_KIND = rowSeriesByKind({
  aggregates: ['min', 'max', 'count', 'avg'],
  percentiles: PERCENTILES.map((percent) => ({ fraction: percent / 100, suffix: `${percent}percentile` })),
  counterType: 'rate',
});

/** Returns count, minimum, maximum, sum and percentiles of some durations in milliseconds, measured to the microsecond. */
function histogramValues(random: () => number): number[] {
  const samples = Array.from({ length: SAMPLES_PER_HISTOGRAM }, () => Math.round(random() ** 3 * 2e6) / 1000);
  samples.sort((a, b) => a - b);
  const sum = samples.reduce((total, sample) => total + sample, 0);
  const percentiles = PERCENTILES.map((percent) => samples[Math.round((percent / 100) * samples.length) - 1]);
  return [samples.length, samples[0], samples[samples.length - 1], sum, ...percentiles];
}

function shuffle(values: number[], below: (limit: number) => number): void {
  for (let i = values.length - 1; i > 0; i--) {
    const other = below(i + 1);
    [values[i], values[other]] = [values[other], values[i]];
  }
}

const HOST = 'ip-10-12-31-7.eu-west-1.compute.internal';
const MAX_CONTEXTS = 2 ** 17;
const TAGS = 4;

/** A metric's name. Nothing in it needs an escape in JSON. */
export interface Metric {
  readonly kind: typeof COUNTER | typeof HISTOGRAM;
  readonly text: string;
  readonly json: string;
}

/** The strings of contexts that have four tags each. Nothing in them needs an escape in JSON. */
export class Contexts implements ContextStrings {
  readonly #metrics: Metric[] = [];
  readonly #metricIds = new Int32Array(MAX_CONTEXTS);
  readonly #tagIds = new Int32Array(MAX_CONTEXTS * TAGS);
  readonly #tags: string[] = [];
  readonly #idsOfTags = new Map<string, number>();
  #size = 0;
  readonly names = { json: (metricId: number): string => this.#metrics[metricId].json };
  readonly tags = { json: (tagId: number): string => this.#tags[tagId] };

  get metricCount(): number {
    return this.#metrics.length;
  }

  get distinctTags(): number {
    return this.#tags.length;
  }

  addMetric(text: string, kind: Metric['kind']): number {
    return this.#metrics.push({ kind, text, json: text }) - 1;
  }

  internTag(tag: string): number {
    let id = this.#idsOfTags.get(tag);
    if (id === undefined) {
      id = this.#tags.push(tag) - 1;
      this.#idsOfTags.set(tag, id);
    }
    return id;
  }

  add(metricId: number, tagIds: readonly number[]): number {
    const id = this.#size++;
    this.#metricIds[id] = metricId;
    this.#tagIds.set(tagIds, id * TAGS);
    return id;
  }

  metricId(contextId: number): number {
    return this.#metricIds[contextId];
  }

  metric(contextId: number): Metric {
    return this.#metrics[this.#metricIds[contextId]];
  }

  hostJson(_contextId: number): string {
    return HOST;
  }

  tagCount(_contextId: number): number {
    return TAGS;
  }

  tagId(contextId: number, index: number): number {
    return this.#tagIds[contextId * TAGS + index];
  }
}
