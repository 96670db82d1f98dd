// The `Payload` of Datadog's intake_v3.proto: a dictionary of each sort of string and a column of each field, delta-coded. Its
// endpoint is not in the public documentation, and its limits are not known, so bodies are as large as those of the others.

import { bodyTargetBytes, ENDPOINTS, KIND_BITS, KIND_MASK, rowValue, type Slice } from '../../../build/internals.js';
import type { Encoder } from './encoder.js';
import type { FlushContext, Metric } from './flushes.js';
import { varint } from './protobuf.js';

const METRIC_DATA = 3;
/** The wire type of a field with a length. */
const WITH_LENGTH = 2;

// Numbers of the fields that are written.
const DICT_NAMES = 1;
const DICT_TAGS = 2;
const DICT_TAG_SETS = 3;
const DICT_RESOURCES = 4;
const DICT_RESOURCE_LENGTHS = 5;
const DICT_RESOURCE_TYPES = 6;
const DICT_RESOURCE_NAMES = 7;
const TYPES = 10;
const NAMES = 11;
const TAG_SETS = 12;
const RESOURCES = 13;
const INTERVALS = 14;
const POINT_COUNTS = 15;
const TIMESTAMPS = 16;
const INTEGERS = 17;
const FLOATS = 18;
const DOUBLES = 19;
const SOURCE_TYPES = 23;
const ORIGINS = 24;

const TYPE_NUMBERS = { count: 1, rate: 2, gauge: 3 } as const;
const INTEGER_VALUE = 0x10;
const FLOAT_VALUE = 0x20;
const DOUBLE_VALUE = 0x30;

/** Bodies end when the columns have this many bytes, which are counted after each cell. */
const ROOM_BYTES = 4096;

export function createColumnarEncoder(context: FlushContext): Encoder {
  const writer = new ColumnarWriter(context);
  return { encode: (slices, onBody) => writer.encode(slices, onBody) };
}

/** A dictionary of a body. Strings have an id in all bodies, and an index in each body that contains them. */
class Dictionary {
  readonly #indexes: number[] = [];
  readonly #bodies: number[] = [];
  #body = 0;
  #size = 0;

  clear(): void {
    this.#body++;
    this.#size = 0;
  }

  /** Returns the index, which is negative when it is new in this body: -1 for the first one. */
  find(id: number): number {
    if (this.#bodies[id] === this.#body) return this.#indexes[id];
    while (this.#bodies.length <= id) {
      this.#bodies.push(0);
      this.#indexes.push(0);
    }
    this.#bodies[id] = this.#body;
    this.#indexes[id] = ++this.#size;
    return -this.#size;
  }
}

class ColumnarWriter {
  readonly #context: FlushContext;
  readonly #maxBodyBytes = bodyTargetBytes(ENDPOINTS.v2, 'gzip') - ROOM_BYTES;
  readonly #columns = Array.from({ length: ORIGINS + 1 }, () => new Column());
  /** By metric: the id of its first name. Those of its other series follow. */
  readonly #nameIds = new Map<Metric, number>();
  readonly #nameTexts: Buffer[] = [];
  readonly #tagTexts: Buffer[] = [];
  readonly #constantTagTexts: Buffer[];
  /** By context id: the id of its set of tags, and 0 for a context that is new. */
  readonly #setIds = new Int32Array(2 ** 17);
  readonly #setIdsByTags = new Map<string, number>();
  readonly #names = new Dictionary();
  readonly #tags = new Dictionary();
  readonly #sets = new Dictionary();
  #lastName = 0;
  #lastSet = 0;
  #lastSeconds = 0;
  #isFirstRow = true;

  constructor(context: FlushContext) {
    this.#context = context;
    this.#constantTagTexts = context.constantTags.map(lengthAndText);
  }

  encode(slices: Iterable<Slice>, onBody: (body: Uint8Array) => void): void {
    this.#beginBody();
    for (const slice of slices) this.#add(slice, onBody);
    onBody(this.#endBody());
  }

  #add({ startSeconds, length, codes, ends, values }: Slice, onBody: (body: Uint8Array) => void): void {
    const { contexts, seriesByKind, intervalSeconds } = this.#context;
    const columns = this.#columns;
    let begin = 0;
    for (let i = 0; i < length; i++) {
      const code = codes[i];
      const contextId = code >> KIND_BITS;
      const allSeries = seriesByKind[code & KIND_MASK];
      const firstName = this.#nameIdOf(contexts.metric(contextId), code & KIND_MASK);
      const set = this.#setOf(contextId);
      for (let s = 0; s < allSeries.length; s++) {
        const name = this.#nameOf(firstName + s);
        columns[NAMES].signed(name - this.#lastName);
        columns[TAG_SETS].signed(set - this.#lastSet);
        columns[RESOURCES].signed(this.#isFirstRow ? 1 : 0);
        columns[INTERVALS].unsigned(intervalSeconds);
        columns[POINT_COUNTS].unsigned(1);
        columns[SOURCE_TYPES].signed(0);
        columns[ORIGINS].signed(0);
        columns[TIMESTAMPS].signed(startSeconds - this.#lastSeconds);
        columns[TYPES].unsigned(
          TYPE_NUMBERS[allSeries[s].type] | this.#addValue(rowValue(allSeries[s], values, begin, intervalSeconds)),
        );
        this.#lastName = name;
        this.#lastSet = set;
        this.#lastSeconds = startSeconds;
        this.#isFirstRow = false;
      }
      begin = ends[i];
      if (this.#bytes > this.#maxBodyBytes) {
        onBody(this.#endBody());
        this.#beginBody();
      }
    }
  }

  get #bytes(): number {
    let bytes = 0;
    for (let i = 0; i < this.#columns.length; i++) bytes += this.#columns[i].bytes;
    return bytes;
  }

  /** Returns the type of the value, which is the narrowest that holds it. */
  #addValue(value: number): number {
    if (value === 0) return 0;
    if (Number.isInteger(value) && Math.abs(value) < 2 ** 52) {
      this.#columns[INTEGERS].signed(value);
      return INTEGER_VALUE;
    }
    if (Math.fround(value) === value) {
      this.#columns[FLOATS].float(value);
      return FLOAT_VALUE;
    }
    this.#columns[DOUBLES].double(value);
    return DOUBLE_VALUE;
  }

  #nameIdOf(metric: Metric, kind: number): number {
    let id = this.#nameIds.get(metric);
    if (id === undefined) {
      id = this.#nameTexts.length;
      this.#nameIds.set(metric, id);
      for (const { suffix } of this.#context.seriesByKind[kind]) this.#nameTexts.push(lengthAndText(metric.text + suffix));
    }
    return id;
  }

  #nameOf(nameId: number): number {
    const index = this.#names.find(nameId);
    if (index > 0) return index;
    this.#columns[DICT_NAMES].copy(this.#nameTexts[nameId]);
    return -index;
  }

  #setOf(contextId: number): number {
    const { contexts, constantTags } = this.#context;
    const count = contexts.tagCount(contextId);
    if (this.#setIds[contextId] === 0) {
      const key = Array.from({ length: count }, (_, i) => contexts.tagId(contextId, i)).join();
      const known = this.#setIdsByTags.get(key) ?? this.#setIdsByTags.size + 1;
      this.#setIdsByTags.set(key, known);
      this.#setIds[contextId] = known;
    }
    const index = this.#sets.find(this.#setIds[contextId]);
    if (index > 0) return index;
    const sets = this.#columns[DICT_TAG_SETS];
    sets.signed(count + constantTags.length);
    let last = 0;
    // The constant tags are the first ones of the dictionary.
    for (let i = 1; i <= constantTags.length; i++) {
      sets.signed(i - last);
      last = i;
    }
    for (let i = 0; i < count; i++) {
      const tag = constantTags.length + this.#tagOf(contexts.tagId(contextId, i));
      sets.signed(tag - last);
      last = tag;
    }
    return -index;
  }

  #tagOf(tagId: number): number {
    const index = this.#tags.find(tagId);
    if (index > 0) return index;
    this.#tagTexts[tagId] ??= lengthAndText(this.#context.contexts.tags.json(tagId));
    this.#columns[DICT_TAGS].copy(this.#tagTexts[tagId]);
    return -index;
  }

  #beginBody(): void {
    const columns = this.#columns;
    for (const column of columns) column.clear();
    for (const dictionary of [this.#names, this.#tags, this.#sets]) dictionary.clear();
    this.#lastName = 0;
    this.#lastSet = 0;
    this.#lastSeconds = 0;
    this.#isFirstRow = true;
    for (const tag of this.#constantTagTexts) columns[DICT_TAGS].copy(tag);
    for (const part of ['host', this.#context.contexts.hostJson(0)]) columns[DICT_RESOURCES].copy(lengthAndText(part));
    columns[DICT_RESOURCE_LENGTHS].unsigned(1);
    columns[DICT_RESOURCE_TYPES].signed(1);
    columns[DICT_RESOURCE_NAMES].signed(2);
  }

  #endBody(): Uint8Array {
    const fields = this.#columns.flatMap((column, number) =>
      column.bytes === 0 ? [] : [Buffer.from([...varint((number << 3) | WITH_LENGTH), ...varint(column.bytes)]), column.content],
    );
    const bytes = fields.reduce((sum, { length }) => sum + length, 0);
    return Buffer.concat([Buffer.from([(METRIC_DATA << 3) | WITH_LENGTH, ...varint(bytes)]), ...fields]);
  }
}

const MAX_WRITE_BYTES = 1024;

/** Bytes that grow at their end. */
class Column {
  bytes = 0;
  #view = new DataView(new ArrayBuffer(MAX_WRITE_BYTES * 2));

  get content(): Uint8Array {
    return new Uint8Array(this.#view.buffer, 0, this.bytes);
  }

  clear(): void {
    this.bytes = 0;
  }

  unsigned(value: number): void {
    this.#makeRoom();
    let rest = value;
    // The operators on bits take 32 of them.
    while (rest >= 2 ** 31) {
      this.#view.setUint8(this.bytes++, (rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    while (rest >= 0x80) {
      this.#view.setUint8(this.bytes++, (rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.#view.setUint8(this.bytes++, rest);
  }

  /** Writes an integer so that small ones of either sign are short (zigzag). */
  signed(value: number): void {
    this.unsigned(value < 0 ? -2 * value - 1 : 2 * value);
  }

  float(value: number): void {
    this.#makeRoom();
    this.#view.setFloat32(this.bytes, value, true);
    this.bytes += 4;
  }

  double(value: number): void {
    this.#makeRoom();
    this.#view.setFloat64(this.bytes, value, true);
    this.bytes += 8;
  }

  copy(content: Uint8Array): void {
    this.#makeRoom();
    new Uint8Array(this.#view.buffer).set(content, this.bytes);
    this.bytes += content.length;
  }

  #makeRoom(): void {
    if (this.bytes + MAX_WRITE_BYTES <= this.#view.byteLength) return;
    const larger = new Uint8Array(this.#view.byteLength * 2);
    larger.set(this.content);
    this.#view = new DataView(larger.buffer);
  }
}

function lengthAndText(content: string): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from(varint(bytes.length)), bytes]);
}
