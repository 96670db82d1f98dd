import { expect, test } from 'vitest';
import { DeliveryError } from '../../src/diagnostics/errors.js';
import { RowCounter, type RowCounts } from '../../src/diagnostics/row-counts.js';
import { WorkerTelemetry } from '../../src/worker/worker-telemetry.js';

const nothing = { payloads: 0, bytesSent: 0, retries: 0, queueBytes: 0 };

function counts(values: Partial<Record<keyof RowCounts, number>>, refused = 0): RowCounts {
  const rows = new RowCounter();
  rows.dropped.refused = refused;
  return rows.plus({ ...values, dropped: undefined });
}

test('rows that nobody has told of are pending', () => {
  const sum = new WorkerTelemetry();
  sum.given = 5;
  sum.update({ ...nothing, payloads: 1, rows: counts({ sent: 2, pending: 1 }) }, false);
  expect(sum.total(undefined)).toMatchObject({ payloads: 1, rows: { sent: 2, pending: 3 } });
  expect(sum.total({ ...nothing, payloads: 2, rows: counts({ sent: 10, pending: 1 }) })).toMatchObject({
    payloads: 3,
    rows: { sent: 12, pending: 4 },
  });
});

test('a worker that ends takes along what was pending there, but for what it had not answered for', () => {
  const sum = new WorkerTelemetry();
  sum.given = 20;
  sum.update({ ...nothing, queueBytes: 10, rows: counts({ sent: 5, pending: 3 }) }, true);
  // Of the twelve rows of the next flush it has answered for six, and has sent two of the other six.
  sum.answer(6, new DeliveryError('', 3, 2, new Error(), 1));
  sum.update({ ...nothing, queueBytes: 10, rows: counts({ sent: 10, pending: 4 }, 2) }, false);
  sum.endWorker();
  expect(sum.total(undefined).rows).toMatchObject({ sent: 8, pending: 6, dropped: { refused: 2, workerEnded: 4 } });
  // The next one sends the other six.
  sum.update({ ...nothing, rows: counts({ sent: 6 }) }, true);
  expect(sum.total(undefined).rows).toMatchObject({ sent: 14, pending: 0, dropped: { refused: 2, workerEnded: 4 } });
});

test('what it has left in the spool, the next one takes over', () => {
  const sum = new WorkerTelemetry();
  sum.given = 3;
  sum.update({ ...nothing, rows: counts({ sent: 1, pending: 2 }) }, true);
  sum.endWorker();
  expect(sum.total(undefined).rows).toMatchObject({ sent: 1, pending: 0, spooled: 2, dropped: { workerEnded: 0 } });
  sum.update({ ...nothing, rows: counts({ sent: 1, pending: 1, takenOver: 2 }) }, true);
  expect(sum.total(undefined).rows).toMatchObject({ sent: 2, pending: 1, spooled: 2, takenOver: 2 });
});
