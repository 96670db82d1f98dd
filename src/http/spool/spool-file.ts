// The format of a spool file.
//
// Name:     threadstats1-CREATED-ROWS-BYTES-INTAKE-RANDOM.STATE, where 1 is the version of this format, CREATED is the time of
//           creation in POSIX milliseconds (so that names sort by age), BYTES is the file's size, INTAKE is a hash of the base
//           URL, and STATE is
//             ready          the payload waits
//             UNTIL.claimed  a process sends the payload, and others leave it alone until then (POSIX milliseconds)
//             UNTIL.writing  a process writes the file, and is presumed dead after that time
//             corrupt        the file was found damaged
// Content:  the SHA-256 of everything after the first line feed; a line of JSON; the body as it is sent. There is no API key.

import { Buffer } from 'node:buffer';
import { builtin } from '../../runtime/builtin.js';
import type { Compression } from '../compress.js';
import { isEndpointPath } from '../endpoints.js';
import type { StoredPayload } from '../payload.js';

/** The content of a file's name. */
export interface SpoolEntry {
  /** The name without its state. It never changes. */
  readonly id: string;
  readonly createdMilliseconds: number;
  readonly rows: number;
  readonly bytes: number;
  readonly intakeHash: string;
  readonly state: 'ready' | 'claimed' | 'writing' | 'corrupt';
  /** POSIX milliseconds until which a file in the state `claimed` or `writing` is left alone; 0 in other states. */
  readonly untilMilliseconds: number;
}

const NAME =
  /^(threadstats1-(\d{14})-(\d{1,9})-(\d{1,9})-([0-9a-f]{16})-[0-9a-f]{16})\.(?:(ready|corrupt)|(\d{14})\.(claimed|writing))$/;
const CHECKSUM_CHARACTERS = 64;
const LINE_FEED = 10;
const MAX_MILLISECONDS = 99_999_999_999_999;

/** Returns undefined for the name of a file that is not the spool's. */
export function parseName(name: string): SpoolEntry | undefined {
  const match = NAME.exec(name);
  if (match === null) return undefined;
  const [, id, created, rows, bytes, intakeHash, lasting, until = '0', passing] = match;
  return {
    id,
    createdMilliseconds: Number(created),
    rows: Number(rows),
    bytes: Number(bytes),
    intakeHash,
    state: (lasting ?? passing) as SpoolEntry['state'],
    untilMilliseconds: Number(until),
  };
}

export function formatName({ id, state, untilMilliseconds }: SpoolEntry): string {
  return state === 'claimed' || state === 'writing' ? `${id}.${digits(untilMilliseconds)}.${state}` : `${id}.${state}`;
}

/** Returns the part of a file's name that identifies the intake. */
export function hashIntake(baseUrl: string): string {
  return checksum(Buffer.from(baseUrl)).slice(0, 16);
}

/** A file that is yet to be written. */
export interface SpoolFile {
  readonly entry: SpoolEntry;
  readonly head: Uint8Array;
  readonly body: Uint8Array;
}

/** Makes a file of a payload. */
export function fileOf({ body, ...payload }: StoredPayload, baseUrl: string): SpoolFile {
  const head = Buffer.from(`${JSON.stringify({ intake: baseUrl, ...payload, bodyBytes: body.length })}\n`);
  const createdMilliseconds = Math.floor(payload.createdSeconds * 1000);
  const bytes = CHECKSUM_CHARACTERS + 1 + head.length + body.length;
  const intakeHash = hashIntake(baseUrl);
  const random = builtin('node:crypto').randomBytes(8).toString('hex');
  const id = `threadstats1-${digits(createdMilliseconds)}-${payload.rows}-${bytes}-${intakeHash}-${random}`;
  const entry = { id, createdMilliseconds, rows: payload.rows, bytes, intakeHash, state: 'ready', untilMilliseconds: 0 } as const;
  return { entry, head, body };
}

/** Returns the content of a file, in parts. */
export function encodeFile({ head, body }: SpoolFile): Uint8Array[] {
  return [Buffer.from(`${checksum(head, body)}\n`), head, body];
}

/** Returns the payload of a file, or undefined when the file is damaged or contradicts its name. */
export function decodeFile(file: Uint8Array, entry: SpoolEntry, baseUrl: string): StoredPayload | undefined {
  if (file.length !== entry.bytes || file[CHECKSUM_CHARACTERS] !== LINE_FEED) return undefined;
  const rest = file.subarray(CHECKSUM_CHARACTERS + 1);
  if (Buffer.from(file.subarray(0, CHECKSUM_CHARACTERS)).toString('latin1') !== checksum(rest)) return undefined;
  const headBytes = rest.indexOf(LINE_FEED);
  const body = rest.subarray(headBytes + 1);
  const head = parseHead(rest.subarray(0, headBytes));
  if (head === undefined) return undefined;
  const { intake, path, compression, rows, createdSeconds, bodyBytes } = head;
  const isGood =
    intake === baseUrl && isEndpointPath(path) && isCompression(compression) && rows === entry.rows && bodyBytes === body.length;
  if (!isGood || typeof createdSeconds !== 'number') return undefined;
  return { path, compression, body, rows: entry.rows, createdSeconds };
}

function parseHead(head: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(head).toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function isCompression(value: unknown): value is Compression {
  return value === 'gzip' || value === 'deflate' || value === 'none';
}

function checksum(...parts: readonly Uint8Array[]): string {
  const hash = builtin('node:crypto').createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** Formats a time for a name. A time out of range, from a wrong clock, is clamped. */
function digits(milliseconds: number): string {
  return String(Math.min(Math.max(milliseconds, 0), MAX_MILLISECONDS)).padStart(14, '0');
}
