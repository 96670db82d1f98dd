// Reads the rows of bodies back, and those that a flush should become. They are compared as texts.

import { KIND_BITS, KIND_MASK, rowValue } from '../../../build/internals.js';
import { checkResult } from '../suite.js';
import type { Flush } from './flushes.js';

type Row = readonly [
  metric: string,
  type: string,
  tags: readonly string[],
  host: string,
  interval: number,
  seconds: number,
  value: number,
];

/** The form of a contender's bodies. */
export type WireFormat = 'v1' | 'v2' | 'protobuf' | 'columnar';

const READERS: Record<WireFormat, (body: Buffer) => Row[]> = {
  v1: (body) =>
    JSON.parse(body.toString()).series.map(({ metric, type, tags, host, interval, points: [[seconds, value]] }: JsonV1) => {
      return [metric, type, tags, host, interval, seconds, value];
    }),
  v2: (body) =>
    JSON.parse(body.toString()).series.map(({ metric, type, tags, resources, interval, points: [point] }: JsonV2) => {
      return [metric, TYPES[type], tags, resources[0].name, interval, point.timestamp, point.value];
    }),
  protobuf: readProtobuf,
  columnar: readColumnar,
};

const TYPES = ['unspecified', 'count', 'rate', 'gauge'];

interface JsonRow {
  metric: string;
  tags: string[];
  interval: number;
}
interface JsonV1 extends JsonRow {
  type: string;
  host: string;
  points: [[number, number]];
}
interface JsonV2 extends JsonRow {
  type: number;
  resources: [{ name: string }];
  points: [{ timestamp: number; value: number }];
}

/** Throws when the bodies do not have all rows of the flush, each once, and no others. */
export function checkBodies({ context, slices }: Flush, bodies: readonly Uint8Array[], format: WireFormat): void {
  const { contexts, seriesByKind, constantTags, intervalSeconds } = context;
  const expected = new Set<string>();
  for (const { startSeconds, length, codes, ends, values } of slices) {
    for (let i = 0; i < length; i++) {
      const id = codes[i] >> KIND_BITS;
      const own = Array.from({ length: contexts.tagCount(id) }, (_, index) => contexts.tags.json(contexts.tagId(id, index)));
      for (const series of seriesByKind[codes[i] & KIND_MASK]) {
        const value = rowValue(series, values, i === 0 ? 0 : ends[i - 1], intervalSeconds);
        const tags = own.concat(constantTags).sort();
        const metric = contexts.metric(id).text + series.suffix;
        expected.add(JSON.stringify([metric, series.type, tags, contexts.hostJson(id), intervalSeconds, startSeconds, value]));
      }
    }
  }
  const rows = bodies.flatMap((body) => readBody(body, format));
  checkResult(`${format}, rows`, rows.length, expected.size);
  for (const [metric, type, tags, ...rest] of rows) {
    const row = JSON.stringify([metric, type, [...tags].sort(), ...rest]);
    checkResult(`${format}, row ${row}`, expected.delete(row), true);
  }
}

function readBody(body: Uint8Array, format: WireFormat): Row[] {
  try {
    return READERS[format](Buffer.from(body.buffer, body.byteOffset, body.length));
  } catch {
    // The error is not used, because it may contain megabytes of text.
    throw new Error(`${format}: a body of ${body.length} bytes cannot be read`);
  }
}

/** A field of a message: a number of at most 53 bits, or its bytes. */
interface Field {
  readonly number: number;
  readonly value: number;
  readonly bytes: Buffer;
}

const NO_BYTES = Buffer.alloc(0);

class ProtobufReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  unsigned(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.#bytes[this.#at++];
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  signed(): number {
    const value = this.unsigned();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  lengthAndBytes(): Buffer {
    const length = this.unsigned();
    this.#at += length;
    checkResult('the body ends too early', this.#at <= this.#bytes.length, true);
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  double(): number {
    this.#at += 8;
    return this.#bytes.readDoubleLE(this.#at - 8);
  }

  float(): number {
    this.#at += 4;
    return this.#bytes.readFloatLE(this.#at - 4);
  }

  /** Returns all fields of the message. */
  fields(): Field[] {
    const fields: Field[] = [];
    while (!this.isAtEnd) {
      const tag = this.unsigned();
      const number = tag >> 3;
      const wireType = tag & 7;
      if (wireType === 0) fields.push({ number, value: this.unsigned(), bytes: NO_BYTES });
      else if (wireType === 1) fields.push({ number, value: this.double(), bytes: NO_BYTES });
      else if (wireType === 2) fields.push({ number, value: Number.NaN, bytes: this.lengthAndBytes() });
      else throw new Error(`wire type ${wireType}`);
    }
    return fields;
  }
}

function fieldsOf(bytes: Buffer): (number: number) => Field[] {
  const fields = new ProtobufReader(bytes).fields();
  return (number) => fields.filter((field) => field.number === number);
}

function readProtobuf(body: Buffer): Row[] {
  return fieldsOf(body)(1).map(({ bytes }) => {
    const series = fieldsOf(bytes);
    const [resource] = series(1).map((field) => fieldsOf(field.bytes));
    const [point] = series(4).map((field) => fieldsOf(field.bytes));
    const tags = series(3).map((field) => field.bytes.toString());
    checkResult('the resource', resource(1)[0].bytes.toString(), 'host');
    return [
      series(2)[0].bytes.toString(),
      TYPES[series(5)[0].value],
      tags,
      resource(2)[0].bytes.toString(),
      series(8)[0].value,
      point(2)[0].value,
      point(1)[0].value,
    ];
  });
}

function readColumnar(body: Buffer): Row[] {
  const data = fieldsOf(fieldsOf(body)(3)[0].bytes);
  const column = (number: number): ProtobufReader => new ProtobufReader(data(number)[0]?.bytes ?? NO_BYTES);
  // Indexes of dictionaries begin with 1.
  const dictionary = (number: number): string[] => {
    const entries = [''];
    for (const reader = column(number); !reader.isAtEnd; ) entries.push(reader.lengthAndBytes().toString());
    return entries;
  };
  const names = dictionary(1);
  const tags = dictionary(2);
  const sets: string[][] = [[]];
  for (const reader = column(3); !reader.isAtEnd; ) {
    let tag = 0;
    sets.push(
      Array.from({ length: reader.signed() }, () => {
        tag += reader.signed();
        return tags[tag];
      }),
    );
  }
  const host = dictionary(4)[column(7).signed()];
  const integers = column(17);
  const floats = column(18);
  const doubles = column(19);
  const [types, nameSteps, setSteps, resources, intervals, counts, times] = [10, 11, 12, 13, 14, 15, 16].map(column);
  const rows: Row[] = [];
  let name = 0;
  let set = 0;
  let seconds = 0;
  let resource = 0;
  while (!types.isAtEnd) {
    const type = types.unsigned();
    name += nameSteps.signed();
    set += setSteps.signed();
    seconds += times.signed();
    resource += resources.signed();
    checkResult('the resource', resource, 1);
    checkResult('the number of points', counts.unsigned(), 1);
    const kind = type & 0xf0;
    const value = kind === 0 ? 0 : kind === 0x10 ? integers.signed() : kind === 0x20 ? floats.float() : doubles.double();
    rows.push([names[name], TYPES[type & 0xf], sets[set], host, intervals.unsigned(), seconds, value]);
  }
  return rows;
}
