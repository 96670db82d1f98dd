import { once } from 'node:events';
import { setEnvironmentData, type Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import type { FromWorker } from '../../src/worker/messages.js';
import { WorkerThread } from '../../src/worker/worker-thread.js';
import { replaceWorkers } from './support.js';

test('a thread that is terminated amid a batch of messages passes on none of the others', async () => {
  const posted = new Int32Array(new SharedArrayBuffer(4));
  setEnvironmentData('posted', posted);
  onTestFinished(() => setEnvironmentData('posted', undefined));
  let worker: Worker | undefined;
  replaceWorkers((real) => {
    worker = real(`
      const { workerData: port, getEnvironmentData } = require('node:worker_threads');
      for (let i = 0; i < 10; i++) port.postMessage({ type: 'ready' });
      const posted = getEnvironmentData('posted');
      Atomics.store(posted, 0, 1);
      Atomics.notify(posted, 0);
      setInterval(() => {}, 1000);`);
    return worker;
  });
  const messages: FromWorker[] = [];
  const onMessage = (message: FromWorker): void => {
    messages.push(message);
    thread.terminate();
  };
  const thread = new WorkerThread({ onMessage, onEnd: () => {} });
  // All messages are there before this thread reads the first one.
  Atomics.wait(posted, 0, 0, 20_000);
  await once(worker!, 'exit');
  expect(messages).toHaveLength(1);
});
