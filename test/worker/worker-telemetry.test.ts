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

test('rows are pending until the worker has counted them as sent or dropped', () => {
  const sum = new WorkerTelemetry();
  sum.update({ ...nothing, payloads: 1, rows: counts({ sent: 2, pending: 1 }) }, false);
  expect(sum.total(5)).toMatchObject({ payloads: 1, rows: { sent: 2, pending: 3 } });
  expect(sum.total(5, { ...nothing, payloads: 2, rows: counts({ sent: 10, pending: 1 }) })).toMatchObject({
    payloads: 3,
    rows: { sent: 12, pending: 4 },
  });
});

test('the rows that were pending in a worker that ends are lost, except those that the next worker sends', () => {
  const sum = new WorkerTelemetry();
  sum.answer(8, new DeliveryError('', 5, 0, new Error(), 3));
  sum.update({ ...nothing, queueBytes: 10, rows: counts({ sent: 5, pending: 3 }) }, true);
  // The next flush has twelve rows. The worker has answered for six of them, and has sent two of the other six.
  sum.answer(6, new DeliveryError('', 3, 2, new Error(), 1));
  sum.update({ ...nothing, queueBytes: 10, rows: counts({ sent: 10, pending: 4 }, 2) }, false);
  sum.endWorker();
  expect(sum.total(6).rows).toMatchObject({ sent: 8, pending: 6, dropped: { refused: 2, workerEnded: 4 } });
  // The next worker sends the other six.
  sum.answer(6, undefined);
  sum.update({ ...nothing, rows: counts({ sent: 6 }) }, true);
  expect(sum.total(0).rows).toMatchObject({ sent: 14, pending: 0, dropped: { refused: 2, workerEnded: 4 } });
});

test('rows that a worker left in the spool are taken over by the next worker', () => {
  const sum = new WorkerTelemetry();
  sum.answer(3, new DeliveryError('', 1, 0, new Error(), 2));
  sum.update({ ...nothing, rows: counts({ sent: 1, pending: 2 }) }, true);
  sum.endWorker();
  expect(sum.total(0).rows).toMatchObject({ sent: 1, pending: 0, spooled: 2, dropped: { workerEnded: 0 } });
  sum.update({ ...nothing, rows: counts({ sent: 1, pending: 1, takenOver: 2 }) }, true);
  expect(sum.total(0).rows).toMatchObject({ sent: 2, pending: 1, spooled: 2, takenOver: 2 });
});

test('rows that no worker will send any more count as dropped', () => {
  const sum = new WorkerTelemetry();
  sum.update({ ...nothing, rows: counts({ sent: 2, pending: 1 }) }, false);
  sum.dropPending(5);
  sum.answer(5, new DeliveryError('', 0, 5, new Error()));
  expect(sum.total(0).rows).toMatchObject({ sent: 2, pending: 0, dropped: { closed: 3 } });
});
