import { setTimeout as sleep } from 'node:timers/promises';

/** Queries that run at a time; further ones queue up. */
const CONNECTIONS = 8;

/** Stands for a database: a few connections, each busy for as long as a query takes, and a queue before them. */
export class Database {
  readonly #queue: (() => void)[] = [];
  #idleConnections = CONNECTIONS;

  /** Queries that wait for a connection. */
  get queueDepth(): number {
    return this.#queue.length;
  }

  /** Waits for a connection, and keeps it for that long. */
  async query(milliseconds: number): Promise<void> {
    if (this.#idleConnections > 0) this.#idleConnections--;
    else await new Promise<void>((resolve) => this.#queue.push(resolve));
    await sleep(milliseconds);
    // Whoever waits longest gets this connection as it is, so that nobody slips in between.
    const next = this.#queue.shift();
    if (next === undefined) this.#idleConnections++;
    else next();
  }
}
