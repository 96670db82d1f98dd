// encode/: from rows to the bodies of requests. The front door is `SliceEncoder`, which encodes the slices of a flush without an
// object for each row; `encodeRow` encodes row objects in the same format. May import types of the engine's slices and of flush/,
// model/, and of http/ the payload and compression types, NonFiniteRows and the frame of a body; nothing of delivery/, spool/ or
// transport/.

import type { Slice } from '../../engine/engine.js';
import type { RowContext } from '../../flush/row-context.js';
import { rowValue } from '../../flush/row-series.js';
import type { PendingRows, SliceSink } from '../../flush/slice-sink.js';
import { DISTRIBUTION, KIND_BITS, KIND_MASK } from '../../model/kinds.js';
import { NonFiniteRows } from '../non-finite-rows.js';
import type { PayloadWriter } from './payload-writer.js';
import type { RowHeadCache } from './row-head-cache.js';
import {
  DISTRIBUTIONS_V1,
  deviceField,
  POINTS_OPEN,
  ROW_CLOSE,
  ROW_OPEN,
  type SeriesFormat,
  TAGS_OPEN,
  withDeviceTag,
} from './series-format.js';
import type { TagCache } from './tag-cache.js';
import { pieceOf, type Utf8Piece } from './utf8-piece.js';

/** Receives rows, and sends them in payloads. */
export interface RowSink {
  readonly writer: PayloadWriter;
  /**
   * Waits until the outcome of all rows is known. Throws a DeliveryError when rows were dropped or wait for a retry.
   *
   * @param refused Rows that could not be encoded, which are dropped.
   */
  end(refused?: NonFiniteRows): Promise<void>;
}

/** The sinks, the format and the caches of an encoder. */
export interface SliceEncoderSettings {
  readonly format: SeriesFormat;
  readonly metrics: RowSink;
  readonly distributions: RowSink;
  readonly heads: RowHeadCache;
  readonly tags: TagCache;
}

/** Encodes the slices of one flush. */
export class SliceEncoder implements SliceSink {
  readonly #context: RowContext;
  readonly #settings: SliceEncoderSettings;
  readonly #series: RowMiddle;
  readonly #distribution: RowMiddle;
  #metricRows = 0;
  #distributionRows = 0;
  readonly #refused = new NonFiniteRows();

  constructor(context: RowContext, settings: SliceEncoderSettings) {
    this.#context = context;
    this.#settings = settings;
    const { format, tags } = settings;
    this.#series = new RowMiddle(context, format, tags);
    this.#distribution = new RowMiddle(context, DISTRIBUTIONS_V1, tags);
  }

  get rowsGone(): number {
    return this.#settings.metrics.writer.rowsGone + this.#settings.distributions.writer.rowsGone;
  }

  get metrics(): PendingRows {
    return { rows: this.#metricRows, send: () => this.#settings.metrics.end(this.#refused) };
  }

  get distributions(): PendingRows {
    return { rows: this.#distributionRows, send: () => this.#settings.distributions.end() };
  }

  add({ startSeconds, length, codes, ends, values }: Slice): void {
    this.#series.startSeconds = startSeconds;
    this.#distribution.startSeconds = startSeconds;
    let begin = 0;
    for (let i = 0; i < length; i++) {
      const code = codes[i];
      // A distribution that continues in the next slice becomes two rows, which the server adds up.
      if ((code & KIND_MASK) === DISTRIBUTION) this.#addDistribution(code >> KIND_BITS, values.subarray(begin, ends[i]));
      else this.#addMetrics(code, values, begin);
      begin = ends[i];
    }
  }

  #addMetrics(code: number, values: Float64Array, begin: number): void {
    const { contexts, seriesByKind, intervalSeconds } = this.#context;
    const { heads: cache, metrics } = this.#settings;
    const { writer } = metrics;
    const contextId = code >> KIND_BITS;
    const metricId = contexts.metricId(contextId);
    const name = contexts.names.json(metricId);
    const allSeries = seriesByKind[code & KIND_MASK];
    const heads = cache.of(metricId, name, allSeries);
    this.#metricRows += allSeries.length;
    // The part between head and value is the same in all rows of a cell, and is copied from the row before.
    let sharedOffset = -1;
    let sharedBytes = 0;
    for (let i = 0; i < allSeries.length; i++) {
      const value = rowValue(allSeries[i], values, begin, intervalSeconds);
      if (value - value !== 0) {
        this.#refused.add(JSON.parse(`"${name}"`) + allSeries[i].suffix);
        continue;
      }
      const head = heads[i];
      writer.piece(head);
      if (sharedOffset < 0) {
        this.#series.write(contextId, writer);
        sharedBytes = writer.rowBytes - head.bytes;
      } else {
        writer.repeat(sharedOffset, sharedBytes);
      }
      sharedOffset = head.bytes;
      writer.number(value);
      writer.piece(this.#series.close);
      writer.endRow();
    }
  }

  #addDistribution(contextId: number, values: Float64Array): void {
    const { writer } = this.#settings.distributions;
    const { contexts } = this.#context;
    const name = contexts.names.json(contexts.metricId(contextId));
    writer.text(`${ROW_OPEN}${name}${DISTRIBUTIONS_V1.type('distribution')}${TAGS_OPEN}`);
    this.#distribution.write(contextId, writer);
    // Recorded values are finite.
    for (let i = 0; i < values.length; i++) {
      writer.number(values[i]);
      writer.piece(COMMA);
    }
    writer.takeBack(1);
    writer.piece(this.#distribution.close);
    writer.endRow();
    this.#distributionRows++;
  }
}

/** Most hosts of a flush whose part of a row is kept. Most clients have one, but each sample may name another. */
const MAX_HOSTS = 256;

const COMMA = pieceOf(',');

/** Writes the part of a row between its head and its value: tags, host, device, interval and the timestamp. */
class RowMiddle {
  readonly #context: RowContext;
  readonly #format: SeriesFormat;
  readonly #tags: TagCache;
  /** The constant tags (and the device, where it is a tag) as elements of a JSON array, and the end of this array. */
  readonly #constantTags: string;
  readonly #hasConstantTags: boolean;
  /** The fields of the device and the interval. */
  readonly #common: string;
  #startSeconds = Number.NaN;
  /** The part after the tags of a context without a host, made when the first row of an interval needs it. */
  #afterTags: Utf8Piece | undefined;
  /** By host: the constant tags and the host, which follow a context's own tags. */
  readonly #hosts = new Map<string, Utf8Piece>();
  #lastHost = '';
  /** The part of the last host, because most contexts have the client's. */
  #lastHostPiece: Utf8Piece | undefined;
  /** The part after a context's host, made when the first row of an interval needs it. */
  #afterHost: Utf8Piece | undefined;
  /** The part after the value, with the comma before the next row. */
  readonly close: Utf8Piece;

  constructor(context: RowContext, format: SeriesFormat, tagPieces: TagCache) {
    const { constantTags, device, intervalSeconds } = context;
    this.#context = context;
    this.#format = format;
    this.#tags = tagPieces;
    const tags = withDeviceTag(constantTags, device, format);
    this.#hasConstantTags = tags.length > 0;
    this.#constantTags = `${tags.map((tag) => JSON.stringify(tag)).join()}]`;
    this.#common = deviceField(device, format) + format.interval(intervalSeconds);
    this.close = pieceOf(`${format.pointClose}${ROW_CLOSE},`);
  }

  /** Start of the interval of the rows that follow. */
  set startSeconds(startSeconds: number) {
    if (this.#startSeconds === startSeconds) return;
    this.#startSeconds = startSeconds;
    this.#afterTags = undefined;
    this.#afterHost = undefined;
  }

  /** The part of a row between its host and its value. */
  get #rest(): string {
    return this.#common + POINTS_OPEN + this.#format.point(this.#startSeconds);
  }

  /** Writes the part for a context. */
  write(contextId: number, writer: PayloadWriter): void {
    const { contexts } = this.#context;
    const count = contexts.tagCount(contextId);
    for (let i = 0; i < count; i++) {
      const tagId = contexts.tagId(contextId, i);
      this.#tags.write(tagId, contexts.tags.json(tagId), writer);
    }
    // Removes the comma after the last tag when no constant tag follows.
    if (count > 0 && !this.#hasConstantTags) writer.takeBack(1);
    const hostJson = contexts.hostJson(contextId);
    if (hostJson === '') {
      this.#afterTags ??= pieceOf(this.#constantTags + this.#rest);
      writer.piece(this.#afterTags);
    } else {
      const host = this.#hostPiece(hostJson);
      if (host === undefined) writer.text(this.#hostText(hostJson));
      else writer.piece(host);
      this.#afterHost ??= pieceOf(this.#rest);
      writer.piece(this.#afterHost);
    }
  }

  /** Returns the part of a host, or undefined when there are too many hosts. */
  #hostPiece(hostJson: string): Utf8Piece | undefined {
    // Looking up one of many hosts takes as long as writing it.
    if (this.#hosts.size === MAX_HOSTS) return undefined;
    if (hostJson !== this.#lastHost) {
      this.#lastHost = hostJson;
      this.#lastHostPiece = this.#hosts.get(hostJson) ?? pieceOf(this.#hostText(hostJson));
      this.#hosts.set(hostJson, this.#lastHostPiece);
    }
    return this.#lastHostPiece;
  }

  #hostText(hostJson: string): string {
    return this.#constantTags + this.#format.host(hostJson);
  }
}
