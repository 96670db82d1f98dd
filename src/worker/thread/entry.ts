// The worker's entry point. The build bundles this folder, with everything that it imports, into one text: see
// scripts/build-worker.mjs. The folder may import everything that worker/ may, and of worker/ itself the messages, the
// AcceptedRequests, the AcceptedLog, the closed flag and the RawSlicePipeline.
//
// Everything is loaded before the first message is read, and nothing is printed: at the exit of the process the main thread
// blocks until the worker has closed, and can neither load nor print for it.

import { type MessagePort, workerData } from 'node:worker_threads';
import { WorkerMain } from './worker-main.js';

// The listener that is removed prints warnings.
process.removeAllListeners('warning');
const port = workerData as MessagePort;
const main = new WorkerMain((message) => port.postMessage(message));
port.on('message', (message) => main.receive(message));
port.postMessage({ type: 'ready' });
