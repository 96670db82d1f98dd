import { setTimeout as sleep } from 'node:timers/promises';

/** Number of queries that run at a time; others queue. */
const CONNECTIONS = 8;

/** Simulates a database: a queue and a few connections, each busy for as long as its query takes. */
export class Database {
  readonly #queue: (() => void)[] = [];
  #idleConnections = CONNECTIONS;

  /** Number of queries that wait for a connection. */
  get queueDepth(): number {
    return this.#queue.length;
  }

  /** Waits for a connection and holds it for this time. */
  async query(milliseconds: number): Promise<void> {
    if (this.#idleConnections > 0) this.#idleConnections--;
    else await new Promise<void>((resolve) => this.#queue.push(resolve));
    await sleep(milliseconds);
    // The connection goes straight to the query that has waited longest, so that no new one can overtake it.
    const next = this.#queue.shift();
    if (next === undefined) this.#idleConnections++;
    else next();
  }
}
