import { ENDPOINTS } from '../../../build/internals.js';
import { createColumnarEncoder } from './columnar.js';
import type { Encoder } from './encoder.js';
import { type Flush, type FlushShape, makeFlush } from './flushes.js';
import { createJsonEncoder } from './json.js';
import { createProtobufEncoder } from './protobuf.js';
import { checkBodies, type WireFormat } from './read-rows.js';
import { CellSorter, type SortOrder } from './sorting.js';

export interface Contender {
  readonly format: WireFormat;
  /** The order of rows; as the engine has them by default. */
  readonly order?: SortOrder;
  /** True if each slice is sorted on its own. Otherwise encoding can only begin when all slices have been read. */
  readonly isSlicewise?: boolean;
}

/** The work of a contender with one flush. */
export interface WireWork {
  /** Sorts and encodes the flush. A body is valid during the call only. */
  encode(onBody: (body: Uint8Array) => void): void;
  /** The bodies of the requests, before compression. */
  readonly bodies: readonly Uint8Array[];
  /** The limits of the endpoint. */
  readonly limits: { readonly maxBodyBytes: number; readonly maxSentBytes: number };
}

/** @param isChecked True to check the rows in the bodies, which takes longer than all the rest. */
export function openWork(shape: FlushShape, contender: Contender, isChecked: boolean): WireWork {
  const { format, order, isSlicewise } = contender;
  const flush = makeFlush(shape);
  const { slices, context } = flush;
  const encoder = createEncoder(format, flush);
  const sorter = order && new CellSorter(context.contexts, order);
  const groups = isSlicewise ? slices.map((slice) => [slice]) : [slices];
  const encode = (onBody: (body: Uint8Array) => void): void => {
    encoder.encode(sorter === undefined ? slices : sorter.sortEach(groups), onBody);
  };
  const bodies: Uint8Array[] = [];
  encode((body) => bodies.push(new Uint8Array(body)));
  if (isChecked) checkBodies(flush, bodies, format);
  return { encode, bodies, limits: ENDPOINTS[format === 'v1' ? 'v1' : 'v2'] };
}

function createEncoder(format: WireFormat, { context }: Flush): Encoder {
  if (format === 'protobuf') return createProtobufEncoder(context);
  return format === 'columnar' ? createColumnarEncoder(context) : createJsonEncoder(format, context);
}
