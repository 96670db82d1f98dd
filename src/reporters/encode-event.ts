import type { EventRow } from '../rows.js';

/** The body of `POST /api/v1/events`, which takes one event a request. Its row was cut to the intake's limits when it was recorded. */
export function encodeEvent(event: EventRow): string {
  return JSON.stringify(event);
}
