import { Buffer } from 'node:buffer';

// The frame of a body that carries rows as JSON, {"series":[row,row]}, and the halving of such a body.

export const SERIES_OPEN = '{"series":[';
export const SERIES_CLOSE = ']}';

const OPEN = Buffer.from(SERIES_OPEN);
const CLOSE = Buffer.from(SERIES_CLOSE);

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPENING_BRACKETS = new Set([0x5b, 0x7b]);
const CLOSING_BRACKETS = new Set([0x5d, 0x7d]);

/** A body before compression, and the number of its rows. */
export interface EncodedRows {
  readonly body: Uint8Array;
  readonly rows: number;
}

/**
 * Returns two bodies with half of the rows each, or undefined when the body has only one row or another frame. The rows are not
 * parsed, because a body may be megabytes long.
 */
export function halveSeries({ body, rows }: EncodedRows): [EncodedRows, EncodedRows] | undefined {
  const firstRows = rows >> 1;
  if (firstRows === 0 || !OPEN.equals(body.subarray(0, OPEN.length))) return undefined;
  const end = commaAfter(firstRows, body);
  if (end === undefined) return undefined;
  return [
    { body: Buffer.concat([body.subarray(0, end), CLOSE]), rows: firstRows },
    { body: Buffer.concat([OPEN, body.subarray(end + 1)]), rows: rows - firstRows },
  ];
}

/** Returns the index of the comma after this many rows, or undefined when there is none. */
function commaAfter(rows: number, body: Uint8Array): number | undefined {
  let depth = 0;
  let ended = 0;
  for (let i = OPEN.length; i < body.length; i++) {
    const byte = body[i];
    if (byte === QUOTE) {
      for (i++; body[i] !== QUOTE; i++) {
        if (i >= body.length) return undefined;
        if (body[i] === BACKSLASH) i++;
      }
    } else if (OPENING_BRACKETS.has(byte)) {
      depth++;
    } else if (CLOSING_BRACKETS.has(byte)) {
      depth--;
    } else if (byte === COMMA && depth === 0) {
      if (++ended === rows) return i;
    }
  }
  return undefined;
}
