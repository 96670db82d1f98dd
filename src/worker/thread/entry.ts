// The worker: a flush's way from raw slices on. Everything is loaded before the first message is read, and nothing is
// printed, because the application's thread may wait for this one at its exit, when it serves neither.

import { type MessagePort, workerData } from 'node:worker_threads';
import { WorkerMain } from './worker-main.js';

// Which would print them.
process.removeAllListeners('warning');
const port = workerData as MessagePort;
const side = new WorkerMain((message) => port.postMessage(message));
port.on('message', (message) => side.receive(message));
port.postMessage({ type: 'ready' });
