/** The contexts of a slice that the receiver does not know, or knows by an id that has since been given to another context. */
export interface ContextDelta {
  /** For each context: its id, the id of its metric, the index of its host, the number of its tags, and the ids of the tags. */
  readonly records: Int32Array;
  /** The hosts as JSON without the quotes. */
  readonly hosts: readonly string[];
  /** Names of metrics that the receiver does not know, as JSON without the quotes. */
  readonly names: readonly (readonly [metricId: number, json: string])[];
  /** The ids of tags that the receiver does not know. */
  readonly tagIds: readonly number[];
  /** The tags with these ids, as JSON without the quotes. */
  readonly tags: readonly string[];
}
