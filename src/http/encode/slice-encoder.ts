// A flush's way from the slices of a snapshot to the bodies of requests, without an object for each row.

import type { Slice } from '../../engine/engine.js';
import type { RowContext } from '../../flush/row-context.js';
import { rowValue } from '../../flush/row-series.js';
import type { PendingRows, SliceSink } from '../../flush/slice-sink.js';
import { DISTRIBUTION, KIND_BITS, KIND_MASK } from '../../model/kinds.js';
import { jsonText } from '../../model/text.js';
import { NonFiniteRows } from './non-finite-rows.js';
import type { PayloadWriter } from './payload-writer.js';
import { type RowHeadCache, TAGS_OPEN } from './row-head-cache.js';
import { DISTRIBUTIONS_V1, type SeriesFormat } from './series-format.js';
import type { TagCache } from './tag-cache.js';
import { pieceOf, type Utf8Piece } from './utf8-piece.js';

/** Where rows go. */
export interface RowSink {
  readonly writer: PayloadWriter;
  /** Rows that have left the writer. */
  readonly rowsGone: number;
  /** Waits until all rows were sent or given up; throws a DeliveryError when some were not sent, those in `lost` included. */
  end(lost?: NonFiniteRows): Promise<void>;
}

/** What a report writes with. */
export interface SliceEncoderSettings {
  readonly format: SeriesFormat;
  readonly metrics: RowSink;
  readonly distributions: RowSink;
  /** What was encoded before. */
  readonly heads: RowHeadCache;
  readonly tags: TagCache;
}

/** Makes payloads of slices. */
export class SliceEncoder implements SliceSink {
  readonly #context: RowContext;
  readonly #settings: SliceEncoderSettings;
  readonly #series: TagText;
  readonly #distribution: TagText;
  #metricRows = 0;
  #distributionRows = 0;
  readonly #lost = new NonFiniteRows();

  constructor(context: RowContext, settings: SliceEncoderSettings) {
    this.#context = context;
    this.#settings = settings;
    const { format, tags } = settings;
    this.#series = new TagText(context, format, tags);
    this.#distribution = new TagText(context, DISTRIBUTIONS_V1, tags);
  }

  get rowsGone(): number {
    return this.#settings.metrics.rowsGone + this.#settings.distributions.rowsGone;
  }

  get metrics(): PendingRows {
    return { rows: this.#metricRows, send: () => this.#settings.metrics.end(this.#lost) };
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
      // A distribution that goes on in the next slice becomes two rows: the server adds them up.
      if ((code & KIND_MASK) === DISTRIBUTION) this.#addDistribution(code >> KIND_BITS, values.subarray(begin, ends[i]));
      else this.#addMetrics(code, values, begin);
      begin = ends[i];
    }
  }

  #addMetrics(code: number, values: Float64Array, begin: number): void {
    const { contexts, seriesByKind, intervalSeconds } = this.#context;
    const { heads: pieces, metrics } = this.#settings;
    const { writer } = metrics;
    const contextId = code >> KIND_BITS;
    const name = contexts.metric(contextId);
    const all = seriesByKind[code & KIND_MASK];
    const heads = pieces.of(name, all);
    this.#metricRows += all.length;
    // What comes between head and value is the same in all rows of a cell.
    let sharedOffset = -1;
    let sharedBytes = 0;
    for (let i = 0; i < all.length; i++) {
      const value = rowValue(all[i], values, begin, intervalSeconds);
      if (value - value !== 0) {
        this.#lost.add(name.text + all[i].suffix);
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
    writer.text(
      `{"metric":"${this.#context.contexts.metric(contextId).json}${DISTRIBUTIONS_V1.type('distribution')}${TAGS_OPEN}`,
    );
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

const COMMA = pieceOf(',');
const NOTHING = pieceOf('');

/** What the rows of all contexts have between their head and value, and after it. */
class TagText {
  readonly #context: RowContext;
  readonly #format: SeriesFormat;
  readonly #tags: TagCache;
  /** The constant tags, the device among them where it is one, as elements of a JSON array, and its end. */
  readonly #constantTags: string;
  readonly #hasConstantTags: boolean;
  /** The device where it is no tag, and interval. */
  readonly #common: string;
  #startSeconds = Number.NaN;
  /** What follows a row's own tags when it has no host. */
  #afterTags = NOTHING;
  /** What follows its host. */
  #afterHost = NOTHING;
  /** What ends a row. */
  readonly close: Utf8Piece;

  constructor(context: RowContext, format: SeriesFormat, tagPieces: TagCache) {
    const { constantTags, device, intervalSeconds } = context;
    this.#context = context;
    this.#format = format;
    this.#tags = tagPieces;
    const deviceField = device === null ? '' : format.device(jsonText(device));
    const isDeviceTag = device !== null && deviceField === '';
    const tags = isDeviceTag ? [...constantTags, `device:${device}`] : constantTags;
    this.#hasConstantTags = tags.length > 0;
    this.#constantTags = `${tags.map((tag) => JSON.stringify(tag)).join()}]`;
    this.#common = deviceField + format.interval(intervalSeconds);
    this.close = pieceOf(format.close);
  }

  /** Start of the interval whose rows come next. */
  set startSeconds(startSeconds: number) {
    if (this.#startSeconds === startSeconds) return;
    this.#startSeconds = startSeconds;
    const rest = this.#common + this.#format.point(startSeconds);
    this.#afterTags = pieceOf(this.#constantTags + rest);
    this.#afterHost = pieceOf(rest);
  }

  /** Tags, host, device, and all else up to the value. */
  write(contextId: number, writer: PayloadWriter): void {
    const { contexts } = this.#context;
    const count = contexts.tagCount(contextId);
    for (let i = 0; i < count; i++) {
      const tagId = contexts.tagId(contextId, i);
      this.#tags.write(tagId, contexts.tags.json(tagId), writer);
    }
    // The comma after the last tag, when no constant tag follows it.
    if (count > 0 && !this.#hasConstantTags) writer.takeBack(1);
    const hostJson = contexts.hostJson(contextId);
    if (hostJson === '') {
      writer.piece(this.#afterTags);
    } else {
      writer.text(this.#constantTags + this.#format.host(hostJson));
      writer.piece(this.#afterHost);
    }
  }
}
