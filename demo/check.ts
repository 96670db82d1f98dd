// Checks that the intake has received what the shop counted.

import type { Telemetry } from 'threadstats';
import type { Intake } from 'threadstats/intake';
import type { SceneResult } from './scene.js';

/** A number that both sides counted. */
export interface Comparison {
  readonly what: string;
  readonly counted: number;
  readonly received: number;
}

/** Compares the counts of the service, of its visitors and of the client's telemetry with what Datadog would show of them. */
export function compare({ books, load }: SceneResult, telemetry: Telemetry, intake: Intake): Comparison[] {
  const stored = intake.stored();
  const accepted = intake.requests.filter(({ statusCode }) => statusCode === 202);
  return [
    { what: 'requests served', counted: books.requests, received: stored.total('shop.requests') },
    { what: 'responses to the visitors', counted: load.responses, received: stored.total('shop.request.seconds.count') },
    { what: 'failed requests', counted: books.failures, received: stored.total('shop.requests', ['status:503']) },
    { what: 'database queries', counted: books.queries, received: stored.total('shop.db.query.seconds.count') },
    { what: 'bytes of responses', counted: load.responseBytes, received: sum(stored.values('shop.response.bytes')) },
    { what: 'deploys', counted: books.deploys, received: intake.events.length },
    { what: 'rows reported', counted: telemetry.rows.sent, received: sum(accepted.map(({ rowsKept }) => rowsKept)) },
    { what: 'bytes sent', counted: telemetry.bytesSent, received: sum(accepted.map(({ bodyBytes }) => bodyBytes)) },
  ];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
