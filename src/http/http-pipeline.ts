import type { Publisher } from '../diagnostics/channels.js';
import { MissingApiKeyError } from '../diagnostics/errors.js';
import type { RowCounts } from '../diagnostics/row-counts.js';
import type { ReporterTelemetry } from '../flush/reporter.js';
import type { RowContext } from '../flush/row-context.js';
import type { SliceReporter } from '../flush/slice-reporter.js';
import type { SliceSink } from '../flush/slice-sink.js';
import type { DistributionRow, EventRow, MetricRow } from '../model/rows.js';
import { runInTimeSlices, TIME_SLICE_MILLISECONDS } from '../runtime/time-slice.js';
import { accountOf } from './account.js';
import type { Compressor } from './compress.js';
import { Delivery } from './delivery/delivery.js';
import { Forwarder } from './delivery/forwarder.js';
import { BufferPool } from './encode/buffer-pool.js';
import { encodeRow } from './encode/encode-row.js';
import { PayloadWriter } from './encode/payload-writer.js';
import { RowHeadCache } from './encode/row-head-cache.js';
import { DISTRIBUTIONS_V1, SERIES_V1, SERIES_V2, type SeriesFormat } from './encode/series-format.js';
import { type RowSink, SliceEncoder } from './encode/slice-encoder.js';
import { TagCache } from './encode/tag-cache.js';
import { bodyTargetBytes, ENDPOINTS } from './endpoints.js';
import { isFiniteRow, NonFiniteRows } from './non-finite-rows.js';
import type { HttpSettings } from './settings.js';
import { systemTime } from './time-source.js';
import type { OpenTransport } from './transport/open-transport.js';
import { Sender } from './transport/sender.js';

/** The forwarder prepares the events that were added before the event loop does other work, which takes three times as long. */
const EVENTS_TIME_SLICE_MILLISECONDS = 0.5;

/** Parts of the pipeline that the worker thread replaces. The defaults are those of the main thread. */
export interface HttpPipelineParts {
  readonly openTransport?: OpenTransport;
  readonly compressor?: Compressor;
  readonly publisher?: Publisher;
  /** Returns true if the owner wants row objects instead of slices. Is called at each flush. Default: never. */
  readonly wantsRows?: () => boolean;
}

/** Encodes slices, rows and events into payloads, and delivers them to the intake. {@link HttpReporter} is the public class. */
export class HttpPipeline implements SliceReporter {
  readonly #settings: HttpSettings;
  readonly #wantsRows: () => boolean;
  readonly #sender: Sender;
  readonly #forwarder: Forwarder;
  /**
   * Holds the bodies of slices. Bodies of row objects have pools of their own, because the pipeline does not learn when a flush
   * of row objects begins.
   */
  readonly #bodies = new BufferPool();
  readonly #format: SeriesFormat;
  readonly #heads: RowHeadCache;
  readonly #tags = new TagCache();
  /** Flushes whose points may be replaced. */
  #flushes = 0;
  /** Rows that `flushMetrics`, `flushDistributions` and `flushEvents` have taken, and that are not in a payload yet. */
  #unencodedRows = 0;
  /** For each call of `flushEvents` that has not handed over all its events, the function that hands over the next one. */
  readonly #addingEvents = new Set<() => boolean>();

  /** @throws MissingApiKeyError if the settings have no API key. */
  constructor(settings: HttpSettings, parts: HttpPipelineParts = {}) {
    const { apiKey } = settings.secrets();
    if (apiKey === undefined) throw new MissingApiKeyError();
    const { maxQueueBytes, spool } = settings;
    const { publisher, compressor, wantsRows = () => false } = parts;
    this.#settings = settings;
    this.#wantsRows = wantsRows;
    this.#sender = new Sender(settings, apiKey, parts.openTransport);
    this.#forwarder = new Forwarder(this.#sender, { maxQueueBytes, spool, publisher, compressor });
    this.#format = settings.apiVersion === 'v2' ? SERIES_V2 : SERIES_V1;
    this.#heads = new RowHeadCache(this.#format);
  }

  get account(): string {
    return accountOf(this.#settings);
  }

  get telemetry(): Required<ReporterTelemetry> & { readonly rows: RowCounts } {
    const { payloads, bytesSent } = this.#sender;
    const { retries, queueBytes, spoolBytes, counts } = this.#forwarder;
    const rows = { ...counts, pending: counts.pending + this.#unencodedRows };
    return { payloads, bytesSent, retries, queueBytes, spoolBytes, rows };
  }

  openSink(context: RowContext): SliceSink | undefined {
    if (this.#wantsRows()) return undefined;
    const { apiVersion } = this.#settings;
    this.#bodies.beginFlush();
    this.#tags.beginFlush();
    return new SliceEncoder(context, {
      format: this.#format,
      heads: this.#heads,
      tags: this.#tags,
      metrics: this.#openRowSink(apiVersion, this.#bodies, { flushNumber: context.mayBeReplaced ? ++this.#flushes : undefined }),
      distributions: this.#openRowSink('distributions', this.#bodies),
    });
  }

  /**
   * Opens a sink that writes rows for an endpoint into bodies, and has each body sent as soon as it is full.
   *
   * @param options.flushNumber See {@link Payload.flushNumber}.
   * @param options.onRows Is called with the number of rows that are counted by the forwarder from then on.
   */
  #openRowSink(
    endpoint: 'v2' | 'v1' | 'distributions',
    bodies: BufferPool,
    { flushNumber, onRows }: { flushNumber?: number; onRows?: (rows: number) => void } = {},
  ): RowSink {
    const { path, compression: defaultCompression } = ENDPOINTS[endpoint];
    const { compression = defaultCompression } = this.#settings;
    const limits = { path, compression, maxBodyBytes: bodyTargetBytes(ENDPOINTS[endpoint], compression) };
    const delivery = new Delivery();
    const writer = new PayloadWriter(limits, bodies, (payload) => {
      onRows?.(payload.rows);
      this.#forwarder.add(flushNumber === undefined ? payload : { ...payload, flushNumber }, delivery);
    });
    return {
      writer,
      end: (refused) => {
        writer.finish();
        if (refused !== undefined) {
          onRows?.(refused.refused);
          this.#forwarder.dropRefused(refused, delivery);
        }
        return delivery.end();
      },
    };
  }

  /** See {@link HttpReporter.flushMetrics}. */
  async flushMetrics(rows: MetricRow[]): Promise<void> {
    const { apiVersion } = this.#settings;
    // Row objects do not tell whether their points may be replaced (see RowContext), but those of an interval that runs may be.
    const nowSeconds = systemTime.epochSeconds();
    const flushNumber = rows.some((row) => isOfRunningInterval(row, nowSeconds)) ? ++this.#flushes : undefined;
    await this.#flushRows(rows, apiVersion, this.#format, flushNumber);
  }

  /** See {@link HttpReporter.flushDistributions}. */
  async flushDistributions(rows: DistributionRow[]): Promise<void> {
    await this.#flushRows(rows, 'distributions', DISTRIBUTIONS_V1);
  }

  async #flushRows<Row extends MetricRow | DistributionRow>(
    rows: Row[],
    endpoint: 'v2' | 'v1' | 'distributions',
    format: SeriesFormat,
    flushNumber?: number,
  ): Promise<void> {
    const refused = new NonFiniteRows();
    let unencoded = rows.length;
    this.#unencodedRows += unencoded;
    const take = (taken: number): void => {
      unencoded -= taken;
      this.#unencodedRows -= taken;
    };
    const sink = this.#openRowSink(endpoint, new BufferPool(), { flushNumber, onRows: take });
    try {
      await this.#encodeRows(rows, sink, format, refused);
    } finally {
      // After a failure, the caller counts the rows that no payload has.
      take(unencoded);
    }
  }

  async #encodeRows<Row extends MetricRow | DistributionRow>(
    rows: Row[],
    sink: RowSink,
    format: SeriesFormat,
    refused: NonFiniteRows,
  ): Promise<void> {
    let index = 0;
    await runInTimeSlices(TIME_SLICE_MILLISECONDS, () => {
      if (index === rows.length) return false;
      const row = rows[index++];
      if (isFiniteRow(row)) sink.writer.add(`${encodeRow(row, format)},`);
      else refused.add(row.metric);
      return true;
    });
    await sink.end(refused);
  }

  /** Sends each event in a request of its own, in no particular order. */
  async flushEvents(events: EventRow[]): Promise<void> {
    const delivery = new Delivery();
    // A copy, because the caller may change the array meanwhile, and need not pass an array at all.
    const rows = [...events];
    let index = 0;
    this.#unencodedRows += rows.length;
    const addNext = (): boolean => {
      if (index === rows.length) return false;
      const body = JSON.stringify(rows[index]);
      index++;
      this.#unencodedRows--;
      this.#forwarder.add({ path: ENDPOINTS.events.path, body, compression: 'none', rows: 1 }, delivery);
      return true;
    };
    this.#addingEvents.add(addNext);
    try {
      await runInTimeSlices(EVENTS_TIME_SLICE_MILLISECONDS, addNext);
    } finally {
      this.#addingEvents.delete(addNext);
      // After a failure, the caller counts the events that were not added.
      this.#unencodedRows -= rows.length - index;
    }
    await delivery.end();
  }

  /** Adds the rest of the events at once, because the forwarder is about to end. */
  #addAllEvents(): void {
    for (const addNext of this.#addingEvents) while (addNext());
  }

  /** See {@link HttpReporter.drain}. */
  drain(timeoutMilliseconds: number, retriesRefused?: boolean): Promise<void> {
    return this.#forwarder.drain(timeoutMilliseconds, retriesRefused);
  }

  /** See {@link HttpReporter.close}. */
  close(): Promise<void> {
    this.#addAllEvents();
    return this.#forwarder.close();
  }

  abandonPending(): Promise<void> {
    this.#addAllEvents();
    return this.#forwarder.abandonPending();
  }

  get hasSpool(): boolean {
    return this.#settings.spool !== undefined;
  }

  /** See {@link Forwarder.retryNow}. */
  retryNow(): Promise<boolean> {
    return this.#forwarder.retryNow();
  }

  set onBackgroundError(onError: (error: Error) => void) {
    this.#forwarder.onError = onError;
    this.#sender.onWarning = onError;
  }

  /**
   * Opens the connection that the first flush will use, by a request that validates the key. The response is ignored, and
   * `signal` aborts the request. Never rejects.
   */
  openConnection(signal: AbortSignal): Promise<void> {
    return this.#sender.openConnection(signal);
  }

  /** Aborts the requests in flight and keeps their rows, so that nothing keeps the event loop busy. */
  abortRequests(): void {
    void this.#forwarder.drain(0);
    this.#sender.abortRequests();
  }
}

/** Whether the interval of a row has not ended, so that a later flush may replace its points. */
function isOfRunningInterval({ points, interval }: MetricRow, nowSeconds: number): boolean {
  return points.some(([startSeconds]) => startSeconds + interval > nowSeconds);
}
