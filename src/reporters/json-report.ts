// A flush's way from the slices of a snapshot to the bodies of requests, without an object for each row.

import type { Name } from '../contexts/names.js';
import type { Slice } from '../engine/engine.js';
import { jsonText } from '../json-text.js';
import { DISTRIBUTION, KIND_BITS, KIND_MASK } from '../kinds.js';
import type { RowContext } from '../row-context.js';
import { rowValue } from '../row-series.js';
import { NonFiniteRows } from './finite.js';
import type { Outgoing, Report } from './report.js';
import { DISTRIBUTIONS_V1, type SeriesFormat } from './series-format.js';

/** Metrics whose rows' beginnings are remembered: their cells come in any order. A bound, because names may have no end. */
const MAX_HEADS = 4096;

/** Where rows go. */
export interface RowSink {
  /** Takes a row: a JSON object, followed by a comma. */
  add(row: string): void;
  /** Waits until all rows were sent or given up; throws a DeliveryError when some were not sent, those in `lost` included. */
  end(lost?: NonFiniteRows): Promise<void>;
}

/** What a report writes with. */
export interface JsonReportSettings {
  readonly format: SeriesFormat;
  readonly metrics: RowSink;
  readonly distributions: RowSink;
}

/** Makes payloads of slices. */
export class JsonReport implements Report {
  readonly #context: RowContext;
  readonly #settings: JsonReportSettings;
  readonly #series: TagText;
  readonly #distribution: TagText;
  readonly #heads = new Map<Name, readonly string[]>();
  #metricRows = 0;
  #distributionRows = 0;
  readonly #lost = new NonFiniteRows();

  constructor(context: RowContext, settings: JsonReportSettings) {
    this.#context = context;
    this.#settings = settings;
    const { format } = settings;
    this.#series = new TagText(context, format);
    this.#distribution = new TagText(context, DISTRIBUTIONS_V1);
  }

  get metrics(): Outgoing {
    return { rows: this.#metricRows, send: () => this.#settings.metrics.end(this.#lost) };
  }

  get distributions(): Outgoing {
    return { rows: this.#distributionRows, send: () => this.#settings.distributions.end() };
  }

  add({ startSeconds, length, codes, ends, values }: Slice): void {
    const tail = this.#series.after(startSeconds);
    let begin = 0;
    for (let i = 0; i < length; i++) {
      const code = codes[i];
      // A distribution that goes on in the next slice becomes two rows: the server adds them up.
      if ((code & KIND_MASK) === DISTRIBUTION) this.#addDistribution(code >> KIND_BITS, startSeconds, values, begin, ends[i]);
      else this.#addMetrics(code, startSeconds, tail, values, begin);
      begin = ends[i];
    }
  }

  #addMetrics(code: number, startSeconds: number, tail: string, values: Float64Array, begin: number): void {
    const { contexts, seriesByKind, intervalSeconds } = this.#context;
    const { format, metrics } = this.#settings;
    const contextId = code >> KIND_BITS;
    const name = contexts.name(contextId);
    const all = seriesByKind[code & KIND_MASK];
    const heads = this.#headsOf(name);
    const tags = this.#series.of(contextId, startSeconds);
    this.#metricRows += all.length;
    for (let i = 0; i < all.length; i++) {
      const value = rowValue(all[i], values, begin, intervalSeconds);
      if (value - value === 0) metrics.add(`${heads[i] + tags + tail + value}${format.close}`);
      else this.#lost.add(name.text + all[i].suffix);
    }
  }

  /** What the rows of a metric begin with, up to their hosts. */
  #headsOf(name: Name): readonly string[] {
    let heads = this.#heads.get(name);
    if (heads === undefined) {
      const { format } = this.#settings;
      heads = this.#context.seriesByKind[name.kind].map(
        ({ suffix, type }) => `{"metric":"${name.json}${jsonText(suffix)}${format.type(type)}`,
      );
      if (this.#heads.size === MAX_HEADS) this.#heads.clear();
      this.#heads.set(name, heads);
    }
    return heads;
  }

  #addDistribution(contextId: number, startSeconds: number, values: Float64Array, begin: number, end: number): void {
    const format = DISTRIBUTIONS_V1;
    const { json } = this.#context.contexts.name(contextId);
    const head = `{"metric":"${json}${format.type('distribution')}${this.#distribution.of(contextId, startSeconds)}`;
    // Recorded values are finite.
    const list = values.subarray(begin, end).join();
    this.#settings.distributions.add(head + this.#distribution.after(startSeconds) + list + format.close);
    this.#distributionRows++;
  }
}

/** What a context's rows have between type and value. */
class TagText {
  readonly #context: RowContext;
  readonly #format: SeriesFormat;
  readonly #device: string;
  /** The constant tags, the device among them where it is one. */
  readonly #constantTags: string;

  constructor(context: RowContext, format: SeriesFormat) {
    const { constantTags, device } = context;
    this.#context = context;
    this.#format = format;
    this.#device = device === null ? '' : format.device(jsonText(device));
    const isDeviceTag = device !== null && this.#device === '';
    const tags = isDeviceTag ? [...constantTags, `device:${device}`] : constantTags;
    this.#constantTags = tags.map((tag) => JSON.stringify(tag)).join();
  }

  /** Host, device, and the context's own tags. */
  of(contextId: number, startSeconds: number): string {
    const { contexts, orders } = this.#context;
    const order = orders.size === 0 ? undefined : orders.get(startSeconds)?.get(contextId);
    const own = order ? contexts.tagsJson(order) : contexts.tagsJsonOf(contextId);
    const comma = own !== '' && this.#constantTags !== '' ? ',' : '';
    const hostJson = contexts.hostJson(contextId);
    if (hostJson === '' && this.#device === '') return `,"tags":[${own}${comma}`;
    return `${hostJson === '' ? '' : this.#format.host(hostJson)}${this.#device},"tags":[${own}${comma}`;
  }

  /** The constant tags, and what else all rows of an interval have before their values. */
  after(startSeconds: number): string {
    const { interval, point } = this.#format;
    return `${this.#constantTags}]${interval(this.#context.intervalSeconds)}${point(startSeconds)}`;
  }
}
