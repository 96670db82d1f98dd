import { setImmediate } from 'node:timers/promises';
import { MissingApiKeyError } from '../diagnostics/errors.js';
import type { Reporter, ReporterTelemetry } from '../flush/reporter.js';
import type { RowContext } from '../flush/row-context.js';
import {
  abandonPending,
  abortRequests,
  onBackgroundError,
  openConnection,
  openReport,
  preloadTransport,
  type SliceSink,
} from '../flush/slice-sink.js';
import type { DistributionRow, EventRow, MetricRow } from '../model/rows.js';
import type { Environment } from '../options/environment.js';
import { Delivery } from './delivery/delivery.js';
import { Forwarder } from './delivery/forwarder.js';
import { BufferPool } from './encode/buffer-pool.js';
import { encodeEvent, encodeRow } from './encode/encode-row.js';
import { isFiniteRow, NonFiniteRows } from './encode/non-finite-rows.js';
import { PayloadWriter } from './encode/payload-writer.js';
import { RowHeadCache } from './encode/row-head-cache.js';
import { DISTRIBUTIONS_V1, SERIES_V1, SERIES_V2, type SeriesFormat } from './encode/series-format.js';
import { type RowSink, SliceEncoder } from './encode/slice-encoder.js';
import { TagCache } from './encode/tag-cache.js';
import { bodyTargetBytes, ENDPOINTS } from './endpoints.js';
import { type HttpReporterOptions, resolveReporterOptions } from './options.js';
import { HttpSettings } from './settings.js';
import { Sender } from './transport/sender.js';

/** After so long encoding lets the event loop do other work. */
const STRETCH_MILLISECONDS = 2;

/**
 * Sends rows to Datadog's HTTP intake, over connections that are kept open between flushes. Proxies are those of `DD_PROXY_HTTPS`,
 * `DD_PROXY_HTTP` and `DD_PROXY_NO_PROXY`, then of `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`. Redirects are not followed.
 *
 * Payloads that the intake could not take are kept, up to `maxQueueBytes` and for 50 minutes, and tried again with backoff. The
 * methods reject with a {@link DeliveryError} that says how many rows wait or were given up, and whose `cause` is the first failure,
 * mostly an {@link IntakeError}. What becomes of rows later is in `telemetry`.
 */
export class HttpReporter implements Reporter {
  readonly #settings: HttpSettings;
  readonly #sender: Sender;
  readonly #forwarder: Forwarder;
  /** Of a client's flushes. Rows, of which nobody says when a flush begins, are written to memory of their own. */
  readonly #bodies = new BufferPool();
  readonly #format: SeriesFormat;
  readonly #heads: RowHeadCache;
  readonly #tags = new TagCache();

  /**
   * @param environment Where options that are left out come from. Default: `process.env`.
   * @throws MissingApiKeyError without an API key; TypeError | RangeError for a bad option.
   */
  constructor(options?: HttpReporterOptions, environment?: Environment);
  /**
   * @param settings What `resolveHttpOptions` has made of options earlier.
   * @internal
   */
  constructor(settings: HttpSettings);
  constructor(options: HttpReporterOptions | HttpSettings = {}, environment: Environment = process.env) {
    this.#settings = options instanceof HttpSettings ? options : resolveReporterOptions(options, environment);
    if (this.#settings.apiKey === undefined) throw new MissingApiKeyError();
    this.#sender = new Sender(this.#settings, this.#settings.apiKey);
    this.#forwarder = new Forwarder(this.#sender, this.#settings);
    this.#format = this.#settings.apiVersion === 'v2' ? SERIES_V2 : SERIES_V1;
    this.#heads = new RowHeadCache(this.#format);
  }

  get telemetry(): ReporterTelemetry {
    const { payloads, bytesSent } = this.#sender;
    const { retries, queueBytes, spoolBytes, counts } = this.#forwarder;
    return { payloads, bytesSent, retries, queueBytes, spoolBytes, rows: counts };
  }

  /** Rows with an infinite or NaN value are left out and count as dropped. */
  async flushMetrics(rows: MetricRow[]): Promise<void> {
    const { apiVersion } = this.#settings;
    await this.#flushRows(rows, this.#sink(apiVersion, new BufferPool()), this.#format);
  }

  /** As {@link flushMetrics}. */
  async flushDistributions(rows: DistributionRow[]): Promise<void> {
    await this.#flushRows(rows, this.#sink('distributions', new BufferPool()), DISTRIBUTIONS_V1);
  }

  async #flushRows<Row extends MetricRow | DistributionRow>(rows: Row[], sink: RowSink, format: SeriesFormat): Promise<void> {
    const lost = new NonFiniteRows();
    let stretchEndMilliseconds = performance.now() + STRETCH_MILLISECONDS;
    for (const row of rows) {
      if (isFiniteRow(row)) sink.writer.add(`${encodeRow(row, format)},`);
      else lost.add(row.metric);
      if (performance.now() < stretchEndMilliseconds) continue;
      await setImmediate();
      stretchEndMilliseconds = performance.now() + STRETCH_MILLISECONDS;
    }
    await sink.end(lost);
  }

  /**
   * The way that a client's flush takes: see {@link openReport}.
   * @internal
   */
  [openReport](context: RowContext): SliceSink | undefined {
    // A subclass, or a spy of a test, is to see the rows.
    if (this.flushMetrics !== flushMetrics || this.flushDistributions !== flushDistributions) return undefined;
    const { apiVersion } = this.#settings;
    // A server may have answered before it has read all of a body.
    if (!this.#sender.isWriting) this.#bodies.beginFlush();
    this.#tags.beginFlush();
    return new SliceEncoder(context, {
      format: this.#format,
      heads: this.#heads,
      tags: this.#tags,
      metrics: this.#sink(apiVersion, this.#bodies),
      distributions: this.#sink('distributions', this.#bodies),
    });
  }

  /** Where rows for an endpoint go: into bodies, which are sent as they fill. */
  #sink(endpoint: 'v2' | 'v1' | 'distributions', bodies: BufferPool): RowSink {
    const { path, compression: usual } = ENDPOINTS[endpoint];
    const { compression = usual } = this.#settings;
    const limits = { path, compression, maxBodyBytes: bodyTargetBytes(ENDPOINTS[endpoint], compression) };
    const delivery = new Delivery(this.#forwarder);
    let rowsGone = 0;
    const writer = new PayloadWriter(limits, bodies, (payload) => {
      rowsGone += payload.rows;
      delivery.add(payload);
    });
    return {
      writer,
      get rowsGone() {
        return rowsGone;
      },
      end: (lost) => {
        writer.finish();
        return delivery.end(lost);
      },
    };
  }

  /** Each in a request of its own, in no certain order. */
  async flushEvents(events: EventRow[]): Promise<void> {
    const delivery = new Delivery(this.#forwarder);
    for (const event of events) {
      delivery.add({ path: ENDPOINTS.events.path, body: encodeEvent(event), compression: 'none', rows: 1 });
    }
    await delivery.end();
  }

  /**
   * See {@link preloadTransport}. Done in the next turn of the event loop, if there is one.
   * @internal
   */
  [preloadTransport](): void {
    setTimeout(() => this.#sender.preloadTransport(), 0).unref();
  }

  /**
   * Asks once whether the key is valid, and makes nothing of the answer: see {@link openConnection}.
   * @internal
   */
  [openConnection](signal: AbortSignal): Promise<void> {
    return this.#sender.openConnection(signal);
  }

  /**
   * See {@link abortRequests}.
   * @internal
   */
  [abortRequests](): void {
    void this.#forwarder.drain(0);
    this.#sender.abortRequests();
  }

  /**
   * See {@link abandonPending}.
   * @internal
   */
  [abandonPending](): Promise<void> {
    return this.#forwarder.abandonPending();
  }

  /**
   * Hands over the callback for failures that no flush waits for any more: see {@link onBackgroundError}.
   * @internal
   */
  [onBackgroundError](onError: (error: Error) => void): void {
    this.#forwarder.onError = onError;
  }

  /**
   * Tries what was kept soon again, until this time is over; flushes meanwhile wait for the same. Resolves earlier when nothing is
   * left, or nothing that may be tried in it. Never rejects.
   */
  drain(timeoutMilliseconds: number): Promise<void> {
    return this.#forwarder.drain(timeoutMilliseconds);
  }

  /** Ends all connections, and leaves what was kept to `spoolDirectory` or gives it up. Flushes, those under way too, reject. */
  close(): Promise<void> {
    return this.#forwarder.close();
  }
}

const { flushMetrics, flushDistributions } = HttpReporter.prototype;
