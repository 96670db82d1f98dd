// The worker's entry point. The build bundles this folder, with everything that it imports, into one text: see build.mjs.
//
// Everything is loaded before the first message is read, and nothing is printed, because at its exit the main thread may wait for
// the worker, and then serves neither. This folder may import everything that worker/ may, but of worker/ itself only the
// messages.

import { type MessagePort, workerData } from 'node:worker_threads';
import { WorkerMain } from './worker-main.js';

// Warnings would be printed.
process.removeAllListeners('warning');
const port = workerData as MessagePort;
const main = new WorkerMain((message) => port.postMessage(message));
port.on('message', (message) => main.receive(message));
port.postMessage({ type: 'ready' });
