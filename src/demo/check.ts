// Whether the numbers add up: what was counted on one side, and what the intake received.

import type { Telemetry } from '../index.js';
import type { Intake } from '../intake/index.js';
import type { SceneResult } from './scene.js';
import { countOf, isFailure, sumOf } from './seconds.js';

/** A number that two sides counted. */
export interface Comparison {
  readonly what: string;
  readonly counted: number;
  readonly received: number;
}

/** Compares the books of the service and its visitors, and what the client says it did, with what the intake received. */
export function compare({ books, load }: SceneResult, telemetry: Telemetry, intake: Intake): Comparison[] {
  const requests = intake.metric('shop.requests');
  const sizes = intake.distribution('shop.response.bytes');
  const counts = (name: string): number => sum(intake.metric(name).map(countOf));
  const accepted = intake.requests.filter(({ statusCode }) => statusCode === 202);
  return [
    { what: 'requests served', counted: books.requests, received: sum(requests.map(countOf)) },
    { what: 'answers to the visitors', counted: load.answers, received: counts('shop.request.seconds.count') },
    { what: 'failed requests', counted: books.failures, received: sum(requests.filter(isFailure).map(countOf)) },
    { what: 'database queries', counted: books.queries, received: counts('shop.db.query.seconds.count') },
    { what: 'bytes answered', counted: load.responseBytes, received: sum(sizes.map(sumOf)) },
    { what: 'deploys', counted: books.deploys, received: intake.events.length },
    { what: 'rows reported', counted: telemetry.rows.sent, received: sum(accepted.map(({ rowsKept }) => rowsKept)) },
    { what: 'bytes sent', counted: telemetry.bytesSent, received: sum(accepted.map(({ bodyBytes }) => bodyBytes)) },
  ];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
