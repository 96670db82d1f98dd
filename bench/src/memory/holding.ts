/** A client whose memory is measured. */
export interface Holding {
  /** Counts one, in the context with the tags `shard` and `customer`. */
  increment(shard: string, customer: string): void;
  /** Empties it, and gives how many contexts it held. */
  contexts(): number | Promise<number>;
}
