import { expect, test } from 'vitest';
import type { Slice } from '../../src/engine/engine.js';
import { COUNTER, DISTRIBUTION, KIND_BITS } from '../../src/model/kinds.js';
import { MemoryPool } from '../../src/runtime/memory-pool.js';
import { type Call, UnansweredWork } from '../../src/worker/unanswered-work.js';
import { WorkerSliceSink } from '../../src/worker/worker-slice-sink.js';

/** A sink with two rows of metrics and one of distributions. */
function sinkWithRows(): WorkerSliceSink {
  const seriesByKind: unknown[] = [];
  seriesByKind[COUNTER] = [{}];
  const owner = { addSlice: () => false, send: async () => {} };
  const memory = new MemoryPool((bytes) => new SharedArrayBuffer(bytes));
  const sink = new WorkerSliceSink(1, { seriesByKind } as never, owner, memory);
  const codes = Int32Array.of(COUNTER, (1 << KIND_BITS) | COUNTER, (2 << KIND_BITS) | DISTRIBUTION);
  const slice: Slice = {
    startSeconds: 0,
    length: 3,
    codes,
    ends: Int32Array.of(1, 2, 4),
    values: new Float64Array(4),
    continues: false,
  };
  sink.add(slice);
  return sink;
}

function call(message: Call['message'], sink?: WorkerSliceSink): Call {
  return { message, sink, resolve() {}, reject() {} };
}

test('rows are unanswered from the moment at which they are added', () => {
  const work = new UnansweredWork();
  work.addSink(sinkWithRows());
  expect(work.rows).toBe(3);
});

test('rows that are being sent are not counted twice', () => {
  const work = new UnansweredWork();
  const sink = sinkWithRows();
  work.addSink(sink);
  work.addCall(call({ type: 'send', callId: 2, sinkId: 1, sort: 'metrics' }, sink));
  expect(work.rows).toBe(3);
});

test('an answer is for the rows of one sort', () => {
  const work = new UnansweredWork();
  const sink = sinkWithRows();
  work.addSink(sink);
  work.addCall(call({ type: 'send', callId: 2, sinkId: 1, sort: 'metrics' }, sink));
  work.addCall(call({ type: 'send', callId: 3, sinkId: 1, sort: 'distributions' }, sink));
  work.takeCall(2);
  expect(work.rows).toBe(1);
  expect(sink.unansweredSorts).toEqual(['distributions']);
});

test('events are unanswered until their call is', () => {
  const work = new UnansweredWork();
  work.addCall(call({ type: 'flushEvents', callId: 1, events: [{ title: 'a', text: '' }] }));
  expect(work.rows).toBe(1);
  work.takeCall(1);
  expect(work.rows).toBe(0);
});

test('a sink is kept while a call names it', () => {
  const work = new UnansweredWork();
  const sink = sinkWithRows();
  work.addSink(sink);
  work.addCall(call({ type: 'send', callId: 2, sinkId: 1, sort: 'metrics' }, sink));
  expect(work.removeIfIdle(sink)).toBe(false);
  work.takeCall(2);
  expect(work.removeIfIdle(sink)).toBe(true);
  expect(work.isEmpty).toBe(true);
});
