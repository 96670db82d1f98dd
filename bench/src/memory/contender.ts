/** A client whose memory is measured. */
export interface MemoryContender {
  /** Adds 1 to the counter with these values of the tags `shard` and `customer`. */
  increment(shard: string, customer: string): void;
  /** Empties the client, and returns the number of contexts that it held. */
  drainContexts(): number | Promise<number>;
}
