const HEAD = Buffer.from('{"series":[');
const TAIL = Buffer.from(']}');

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const BRACKETS_OPEN = new Set([0x5b, 0x7b]);
const BRACKETS_CLOSE = new Set([0x5d, 0x7d]);

/** A body and its rows. */
export interface Part {
  readonly body: Uint8Array;
  readonly rows: number;
}

/**
 * Two bodies with a half of the rows each. Undefined when there is no more than one row, or when the body is not one that
 * carries rows. Rows are not parsed: a body may have megabytes.
 */
export function halve({ body, rows }: Part): [Part, Part] | undefined {
  const firstRows = rows >> 1;
  if (firstRows === 0 || !HEAD.equals(body.subarray(0, HEAD.length))) return undefined;
  const end = endOfRow(body, firstRows);
  if (end === undefined) return undefined;
  return [
    { body: Buffer.concat([body.subarray(0, end), TAIL]), rows: firstRows },
    { body: Buffer.concat([HEAD, body.subarray(end + 1)]), rows: rows - firstRows },
  ];
}

/** The place of the comma after so many rows; undefined when there is none. */
function endOfRow(body: Uint8Array, rows: number): number | undefined {
  let depth = 0;
  let ended = 0;
  for (let i = HEAD.length; i < body.length; i++) {
    const byte = body[i];
    if (byte === QUOTE) {
      for (i++; body[i] !== QUOTE; i++) {
        if (i >= body.length) return undefined;
        if (body[i] === BACKSLASH) i++;
      }
    } else if (BRACKETS_OPEN.has(byte)) {
      depth++;
    } else if (BRACKETS_CLOSE.has(byte)) {
      depth--;
    } else if (byte === COMMA && depth === 0) {
      if (++ended === rows) return i;
    }
  }
  return undefined;
}
