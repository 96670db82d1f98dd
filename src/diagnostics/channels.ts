// What the client does, for others to watch: programs by node:diagnostics_channel, humans by NODE_DEBUG=threadstats. While
// nobody watches, each costs one check.

import { debuglog } from 'node:util';
import type { ChannelMessages } from './channel-messages.js';

type Name = keyof ChannelMessages;

interface Channel {
  readonly hasSubscribers: boolean;
  publish(message: unknown): void;
}

// Looked up, and not imported: a runtime may lack it.
const diagnostics = process.getBuiltinModule?.('node:diagnostics_channel');
const log = debuglog('threadstats');

// Held here, for Node.js forgets a channel that nobody holds.
const flushes = open('threadstats:flush');
const payloads = open('threadstats:payload');
const drops = open('threadstats:drop');
const errors = open('threadstats:error');

let isDropPublished = false;

function open(name: Name): Channel {
  return diagnostics?.channel(name) ?? { hasSubscribers: false, publish() {} };
}

export function publishFlush(message: ChannelMessages['threadstats:flush']): void {
  const { metrics, distributions, events, pending, milliseconds } = message;
  log(
    'flush: %d metrics, %d distributions, %d events, %d pending, %d ms',
    metrics,
    distributions,
    events,
    pending,
    Math.round(milliseconds),
  );
  if (flushes.hasSubscribers) flushes.publish(message);
}

export function publishPayload(message: ChannelMessages['threadstats:payload']): void {
  const { path, bytes, rows, statusCode, errorCode, outcome, attempt, milliseconds } = message;
  const result = [outcome, statusCode, errorCode].filter((part) => part !== undefined).join(' ');
  log('payload: %s, %d rows, %d bytes, try %d: %s, %d ms', path, rows, bytes, attempt, result, Math.round(milliseconds));
  if (payloads.hasSubscribers) payloads.publish(message);
}

/** @param isFirst Whether it is the first for its reason: NODE_DEBUG shows no others. */
export function publishDrop(what: 'sample' | 'event' | 'row', reason: string, count: number, isFirst: boolean): void {
  if (isFirst) log('drop: %d %s, %s; further ones are counted only', count, what, reason);
  // Not now: the engine and the reporter drop amid their work, and a subscriber may record, flush or stop.
  if (drops.hasSubscribers && !isDropPublished) queueMicrotask(() => publishNow({ what, reason, count }));
}

function publishNow(message: ChannelMessages['threadstats:drop']): void {
  // A subscriber that records may make the client drop in its turn, without end.
  isDropPublished = true;
  try {
    drops.publish(message);
  } finally {
    isDropPublished = false;
  }
}

export function publishError(error: Error): void {
  log('error: %s: %s', (error as { code?: unknown }).code ?? error.name, error.message);
  if (errors.hasSubscribers) errors.publish({ error });
}

/** Publishes what happens to payloads and to dropped rows. */
export interface Publisher {
  publishPayload(message: ChannelMessages['threadstats:payload']): void;
  publishDrop(what: 'sample' | 'event' | 'row', reason: string, count: number, isFirst: boolean): void;
}

/** Publishes on the channels of this thread. */
export const channels: Publisher = { publishPayload, publishDrop };
