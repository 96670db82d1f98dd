import { sharedByCopies } from '../runtime/shared.js';

/** A client that reports to a destination, as far as the other clients need it. It may belong to another copy of this package. */
export interface DestinationClient {
  /** POSIX seconds at which the client had points. */
  readonly seconds: ReadonlySet<number>;
  /** Texts that identify the client's series. */
  readonly series: { has(text: string): boolean };
  /** Tells the client that another one, which was there before, reports a series of its own. */
  tellOfSeries(name: string, tags: readonly string[]): void;
}

/**
 * A place where the points of several clients of this process may meet: one account at one intake, or one reporter of the
 * application, with the same host, device and constant tags.
 */
export interface Destination {
  /** The clients that report to it now, the first one first. */
  readonly clients: Set<DestinationClient>;
  /** POSIX seconds at which clients that have ended had points, the oldest entry first. */
  readonly endedSeconds: Set<number>;
  /** True once a client was told that points replace each other here. */
  isTold: boolean;
}

/** What tells one destination from another. */
export interface DestinationSettings {
  /** Names the intake and the account, or is the reporter of the application. */
  readonly target: string | object;
  readonly host: string | undefined;
  readonly device: string | null;
  readonly constantTags: readonly string[];
}

/** Most destinations without a client that are remembered. */
const MAX_UNUSED = 256;

interface Registry {
  readonly byName: Map<string, Destination>;
  readonly byReporter: WeakMap<object, Map<string, Destination>>;
}

let shared: Registry | undefined;

/** Returns the destination, and the map in which it is kept. */
function find({ target, host, device, constantTags }: DestinationSettings) {
  shared ??= sharedByCopies('destinations:1', () => ({ byName: new Map(), byReporter: new WeakMap() }));
  let destinations = shared.byName;
  if (typeof target === 'object') {
    destinations = shared.byReporter.get(target) ?? new Map<string, Destination>();
    shared.byReporter.set(target, destinations);
  }
  const name = typeof target === 'string' ? target : '';
  const key = JSON.stringify([name, host, device, ...[...constantTags].sort()]);
  const destination = destinations.get(key) ?? { clients: new Set(), endedSeconds: new Set(), isTold: false };
  return { destinations, key, destination };
}

/** Adds a client to its destination, and returns that. */
export function joinDestination(settings: DestinationSettings, client: DestinationClient): Destination {
  const { destinations, key, destination } = find(settings);
  destinations.set(key, destination);
  destination.clients.add(client);
  return destination;
}

/** Removes a client from its destination, which is remembered as the latest that was left. */
export function leaveDestination(settings: DestinationSettings, client: DestinationClient): void {
  const { destinations, key, destination } = find(settings);
  destination.clients.delete(client);
  destinations.delete(key);
  destinations.set(key, destination);
  let unused = 0;
  for (const each of destinations.values()) if (each.clients.size === 0) unused++;
  for (const [otherKey, { clients }] of destinations) {
    if (unused <= MAX_UNUSED) break;
    if (clients.size > 0) continue;
    destinations.delete(otherKey);
    unused--;
  }
}
