// Makes the client observable: for programs by node:diagnostics_channel, and for people by NODE_DEBUG=threadstats. While nobody
// observes it, each function costs little more than a check.

import { builtin, optionalBuiltin } from '../runtime/builtin.js';
import { queueMicrotask } from '../runtime/real-timers.js';
import { isRequestBound } from '../runtime/request-bound.js';
import type { ChannelMessages } from './channel-messages.js';

type Name = keyof ChannelMessages;
type DropMessage = ChannelMessages['threadstats:drop'];

interface Channel {
  readonly hasSubscribers: boolean;
  publish(message: unknown): void;
}

/**
 * Publishes what happens to payloads and rows. A worker thread has a publisher of its own, because subscribers live in the main
 * thread.
 */
export interface Publisher {
  publishPayload(message: ChannelMessages['threadstats:payload']): void;
  /** @param isFirst True for the first drop with this reason, which is the only one that NODE_DEBUG shows. */
  publishDrop(what: DropMessage['what'], reason: string, count: number, isFirst: boolean): void;
}

type Log = (format: string, ...values: unknown[]) => void;

// Looked up instead of imported, because a runtime may lack it, and because an import of all that node:util has takes time. workerd
// prints these messages whether or not NODE_DEBUG asks for them.
const debug: (Log & { readonly enabled?: boolean }) | undefined = isRequestBound()
  ? undefined
  : optionalBuiltin('node:util')?.debuglog('threadstats');
const log: Log = debug ?? (() => {});

// Kept in variables, because Node.js forgets a channel that nobody references.
const flushes = open('threadstats:flush');
const payloads = open('threadstats:payload');
const drops = open('threadstats:drop');
const errors = open('threadstats:error');

let isDropPublished = false;

function open(name: Name): Channel {
  try {
    return builtin('node:diagnostics_channel').channel(name);
  } catch {
    // The runtime lacks the module.
    return { hasSubscribers: false, publish() {} };
  }
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

/** Whether somebody subscribes to payloads, or NODE_DEBUG shows them. */
export function isPayloadObserved(): boolean {
  return payloads.hasSubscribers || (debug?.enabled ?? false);
}

export function publishPayload(message: ChannelMessages['threadstats:payload']): void {
  const { path, bytes, rows, statusCode, errorCode, outcome, attempt, milliseconds } = message;
  const result = [outcome, statusCode, errorCode].filter((part) => part !== undefined).join(' ');
  log('payload: %s, %d rows, %d bytes, try %d: %s, %d ms', path, rows, bytes, attempt, result, Math.round(milliseconds));
  if (payloads.hasSubscribers) payloads.publish(message);
}

export function publishDrop(what: DropMessage['what'], reason: string, count: number, isFirst: boolean): void {
  if (isFirst) log('drop: %d %s, %s; further ones are counted only', count, what, reason);
  // In a microtask, because the engine and the reporter drop in the middle of their work, and a subscriber may record, flush or
  // stop.
  if (drops.hasSubscribers && !isDropPublished) queueMicrotask(() => publishNow({ what, reason, count }));
}

/** Publishes to this process's channels. */
export const channels: Publisher = { publishPayload, publishDrop };

function publishNow(message: DropMessage): void {
  // A subscriber that records may cause another drop. If that were published, too, this might never end.
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
