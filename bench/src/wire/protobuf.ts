// `MetricPayload` of Datadog's agent-payload, as `POST /api/v2/series` takes it. Rows are encoded from columns to bytes, as the
// encoder of JSON does it: strings are encoded once, and what the rows of a cell have in common is copied from the row before.

import {
  bodyTargetBytes,
  ENDPOINTS,
  KIND_BITS,
  KIND_MASK,
  type RowSeries,
  rowValue,
  type Slice,
} from '../../../build/internals.js';
import type { Encoder } from './encoder.js';
import type { FlushContext, Metric } from './flushes.js';

// Fields with their wire types.
const PAYLOAD_SERIES = 0x0a;
const SERIES_RESOURCE = 0x0a;
const SERIES_METRIC = 0x12;
const SERIES_TAG = 0x1a;
const SERIES_POINT = 0x22;
const SERIES_TYPE = 0x28;
const SERIES_INTERVAL = 0x40;
const RESOURCE_TYPE = 0x0a;
const RESOURCE_NAME = 0x12;
const POINT_VALUE = 0x09;
const POINT_TIMESTAMP = 0x10;

const TYPE_NUMBERS = { count: 1, rate: 2, gauge: 3 } as const;

/** A row's tag and the two bytes of its length, which are written when it has ended. */
const ROW_HEAD_BYTES = 3;
const MAX_ROW_BYTES = 2 ** 14 - 1;
const VALUE_BYTES = 8;
/** Copies are made in words, and may write up to this many bytes too many. */
const WORD_BYTES = 8;

/** Bytes that can be copied in words. */
interface Piece {
  readonly view: DataView;
  readonly bytes: number;
}

export function createProtobufEncoder(context: FlushContext): Encoder {
  const writer = new ProtobufWriter(context);
  return { encode: (slices, onBody) => writer.encode(slices, onBody) };
}

class ProtobufWriter {
  readonly #context: FlushContext;
  readonly #maxBodyBytes = bodyTargetBytes(ENDPOINTS.v2, 'gzip');
  readonly #heads = new Map<Metric, readonly Piece[]>();
  /** By tag id. */
  readonly #tags: Piece[] = [];
  /** The constant tags, the host and the interval, which are the same for all rows. */
  readonly #common: Piece;
  /** The timestamp, which follows the value. */
  #close: Piece = pieceOf([]);
  readonly #view = new DataView(new ArrayBuffer(this.#maxBodyBytes + MAX_ROW_BYTES + ROW_HEAD_BYTES + WORD_BYTES));
  #end = 0;

  constructor(context: FlushContext) {
    const { constantTags, contexts, intervalSeconds } = context;
    this.#context = context;
    this.#common = pieceOf([
      ...constantTags.flatMap((tag) => text(SERIES_TAG, tag)),
      ...field(SERIES_RESOURCE, [...text(RESOURCE_TYPE, 'host'), ...text(RESOURCE_NAME, contexts.hostJson(0))]),
      SERIES_INTERVAL,
      ...varint(intervalSeconds),
    ]);
  }

  encode(slices: Iterable<Slice>, onBody: (body: Uint8Array) => void): void {
    this.#end = 0;
    for (const slice of slices) this.#add(slice, onBody);
    onBody(new Uint8Array(this.#view.buffer, 0, this.#end));
  }

  #add({ startSeconds, length, codes, ends, values }: Slice, onBody: (body: Uint8Array) => void): void {
    const { contexts, seriesByKind, intervalSeconds } = this.#context;
    const timestamp = [POINT_TIMESTAMP, ...varint(startSeconds)];
    this.#close = pieceOf(timestamp);
    const pointBytes = 1 + VALUE_BYTES + timestamp.length;
    let valueBegin = 0;
    for (let i = 0; i < length; i++) {
      const code = codes[i];
      const contextId = code >> KIND_BITS;
      const allSeries = seriesByKind[code & KIND_MASK];
      const heads = this.#headsOf(contexts.metric(contextId), allSeries);
      let sharedBegin = -1;
      let sharedBytes = 0;
      for (let s = 0; s < allSeries.length; s++) {
        const begin = this.#end;
        this.#end += ROW_HEAD_BYTES;
        this.#copy(heads[s]);
        const here = this.#end;
        if (sharedBegin < 0) {
          const count = contexts.tagCount(contextId);
          for (let t = 0; t < count; t++) this.#copy(this.#tagOf(contexts.tagId(contextId, t)));
          this.#copy(this.#common);
          this.#view.setUint16(this.#end, (pointBytes << 8) | SERIES_POINT, true);
          this.#view.setUint8(this.#end + 2, POINT_VALUE);
          this.#end += 3;
          sharedBytes = this.#end - here;
        } else {
          copyWords(this.#view, sharedBegin, sharedBytes, this.#view, here);
          this.#end += sharedBytes;
        }
        sharedBegin = here;
        this.#view.setFloat64(this.#end, rowValue(allSeries[s], values, valueBegin, intervalSeconds), true);
        this.#end += VALUE_BYTES;
        this.#copy(this.#close);

        const bytes = this.#end - begin - ROW_HEAD_BYTES;
        if (bytes > MAX_ROW_BYTES) throw new Error(`a row has ${bytes} bytes`);
        this.#view.setUint8(begin, PAYLOAD_SERIES);
        // The longer form of a short length is valid, too.
        this.#view.setUint16(begin + 1, (bytes & 0x7f) | 0x80 | ((bytes >> 7) << 8), true);
        if (this.#end > this.#maxBodyBytes) {
          onBody(new Uint8Array(this.#view.buffer, 0, begin));
          copyWords(this.#view, begin, this.#end - begin, this.#view, 0);
          this.#end -= begin;
          sharedBegin -= begin;
        }
      }
      valueBegin = ends[i];
    }
  }

  #copy({ view, bytes }: Piece): void {
    copyWords(view, 0, bytes, this.#view, this.#end);
    this.#end += bytes;
  }

  #headsOf(name: Metric, allSeries: readonly RowSeries[]): readonly Piece[] {
    let heads = this.#heads.get(name);
    if (heads === undefined) {
      heads = allSeries.map(({ suffix, type }) =>
        pieceOf([...text(SERIES_METRIC, name.text + suffix), SERIES_TYPE, TYPE_NUMBERS[type]]),
      );
      this.#heads.set(name, heads);
    }
    return heads;
  }

  #tagOf(tagId: number): Piece {
    // Without holes, because they make an array slow.
    while (this.#tags.length <= tagId) {
      this.#tags.push(pieceOf(text(SERIES_TAG, this.#context.contexts.tags.json(this.#tags.length))));
    }
    return this.#tags[tagId];
  }
}

/** As `copyWords` of the encoder of JSON. Lengths and fields are small here, so that no word is a NaN either. */
function copyWords(source: DataView, begin: number, bytes: number, target: DataView, at: number): void {
  for (let i = 0; i < bytes; i += WORD_BYTES) target.setFloat64(at + i, source.getFloat64(begin + i, true), true);
}

function pieceOf(content: readonly number[]): Piece {
  const bytes = new Uint8Array(content.length + WORD_BYTES);
  bytes.set(content);
  return { view: new DataView(bytes.buffer), bytes: content.length };
}

/** Returns a field of bytes with its tag and length. */
function field(tag: number, content: readonly number[]): number[] {
  return [tag, ...varint(content.length), ...content];
}

function text(tag: number, content: string): number[] {
  return field(tag, [...Buffer.from(content)]);
}

export function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...varint(Math.floor(value / 0x80))];
}
