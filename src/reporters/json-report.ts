// A flush's way from the slices of a snapshot to the bodies of requests, without an object for each row.

import type { Slice } from '../engine/engine.js';
import { jsonText } from '../json-text.js';
import { DISTRIBUTION, KIND_BITS, KIND_MASK } from '../kinds.js';
import { pushTagIds, type RowContext } from '../row-context.js';
import { rowValue } from '../row-series.js';
import { NonFiniteRows } from './finite.js';
import type { PayloadWriter } from './payload-writer.js';
import type { Outgoing, Report } from './report.js';
import type { Payload } from './send.js';
import { DISTRIBUTIONS_V1, type SeriesFormat } from './series-format.js';

/** What a report writes with. */
export interface JsonReportSettings {
  readonly format: SeriesFormat;
  readonly metrics: PayloadWriter;
  readonly distributions: PayloadWriter;
  /** Sends payloads; `lost` says which rows are not among them. */
  send(payloads: Payload[], lost: NonFiniteRows): Promise<void>;
}

/** Makes payloads of slices. */
export class JsonReport implements Report {
  readonly #context: RowContext;
  readonly #settings: JsonReportSettings;
  /** What follows the name, for the rows of a cell of each kind. */
  readonly #afterName: readonly (readonly string[])[];
  readonly #series: RowTail;
  readonly #distribution: RowTail;
  #metricRows = 0;
  #distributionRows = 0;
  readonly #lost = new NonFiniteRows();

  constructor(context: RowContext, settings: JsonReportSettings) {
    this.#context = context;
    this.#settings = settings;
    const { format } = settings;
    this.#afterName = context.seriesByKind.map((all) => all.map(({ suffix, type }) => jsonText(suffix) + format.type(type)));
    this.#series = new RowTail(context, format);
    this.#distribution = new RowTail(context, DISTRIBUTIONS_V1);
  }

  get metrics(): Outgoing {
    const { metrics, send } = this.#settings;
    return { rows: this.#metricRows, send: () => send(metrics.finish(), this.#lost) };
  }

  get distributions(): Outgoing {
    const { distributions, send } = this.#settings;
    return { rows: this.#distributionRows, send: () => send(distributions.finish(), new NonFiniteRows()) };
  }

  add({ startSeconds, length, codes, ends, values }: Slice): void {
    const point = this.#settings.format.point(startSeconds);
    let begin = 0;
    for (let i = 0; i < length; i++) {
      const code = codes[i];
      // A distribution that goes on in the next slice becomes two rows: the server adds them up.
      if ((code & KIND_MASK) === DISTRIBUTION) this.#addDistribution(code >> KIND_BITS, startSeconds, values, begin, ends[i]);
      else this.#addMetrics(code, startSeconds, point, values, begin);
      begin = ends[i];
    }
  }

  #addMetrics(code: number, startSeconds: number, point: string, values: Float64Array, begin: number): void {
    const { contexts, seriesByKind, intervalSeconds } = this.#context;
    const { format, metrics } = this.#settings;
    const contextId = code >> KIND_BITS;
    const name = contexts.name(contextId);
    const all = seriesByKind[code & KIND_MASK];
    const afterName = this.#afterName[code & KIND_MASK];
    const open = `{"metric":"${name.json}`;
    const tail = this.#series.of(contextId, startSeconds) + point;
    this.#metricRows += all.length;
    for (let i = 0; i < all.length; i++) {
      const value = rowValue(all[i], values, begin, intervalSeconds);
      if (value - value === 0) metrics.add(open + afterName[i] + tail + value + format.close);
      else this.#lost.add(name.text + all[i].suffix);
    }
  }

  #addDistribution(contextId: number, startSeconds: number, values: Float64Array, begin: number, end: number): void {
    const format = DISTRIBUTIONS_V1;
    const { json } = this.#context.contexts.name(contextId);
    const head = `{"metric":"${json}${format.type('distribution')}${this.#distribution.of(contextId, startSeconds)}`;
    // Recorded values are finite.
    const list = values.subarray(begin, end).join();
    this.#settings.distributions.add(head + format.point(startSeconds) + list + format.close);
    this.#distributionRows++;
  }
}

/** The part of a context's rows between type and point: host, device, tags, interval. */
class RowTail {
  readonly #context: RowContext;
  readonly #format: SeriesFormat;
  readonly #device: string;
  /** From the constant tags on. */
  readonly #end: string;
  readonly #tagIds: number[] = [];

  constructor(context: RowContext, format: SeriesFormat) {
    const { constantTags, device, intervalSeconds } = context;
    this.#context = context;
    this.#format = format;
    this.#device = device === null ? '' : format.device(jsonText(device));
    const isDeviceTag = device !== null && this.#device === '';
    const tags = (isDeviceTag ? [...constantTags, `device:${device}`] : constantTags).map((tag) => JSON.stringify(tag));
    this.#end = `${tags.join()}]${format.interval(intervalSeconds)}`;
  }

  of(contextId: number, startSeconds: number): string {
    const { contexts } = this.#context;
    const hostJson = contexts.hostJson(contextId);
    const host = hostJson === '' ? this.#device : this.#format.host(hostJson) + this.#device;
    const ids = this.#tagIds;
    ids.length = 0;
    pushTagIds(this.#context, contextId, startSeconds, ids);
    let text = `${host},"tags":[`;
    for (let i = 0; i < ids.length; i++) text += i === 0 ? `"${contexts.tags.json(ids[i])}"` : `,"${contexts.tags.json(ids[i])}"`;
    if (ids.length > 0 && this.#end[0] === '"') text += ',';
    return text + this.#end;
  }
}
