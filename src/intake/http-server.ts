import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { builtin } from '../runtime/builtin.js';
import { findApiKey, redactHeaders, redactTarget } from './api-key.js';
import { type Endpoint, findEndpoint } from './endpoints.js';
import { errorBody } from './http-error.js';
import { contentEncoding, readBody, readFirstChunk } from './request-body.js';
import type { RequestLog } from './request-log.js';
import type { AnswerScript, ScriptedAnswer } from './scripted-answers.js';
import { sendAnswer } from './send-answer.js';
import { validateRequest } from './validate-request.js';

// Not imported, because an import of node:http ends Node.js 22 under `--jitless`.
const { createServer, STATUS_CODES } = builtin('node:http');

export interface ServerOptions {
  apiKey: string | undefined;
  port: number;
  log: RequestLog;
  script: AnswerScript;
}

export interface RunningServer {
  url: string;
  /** Stops listening, and breaks all connections. */
  close(): Promise<void>;
}

function defaultBodyFor(answer: ScriptedAnswer, endpoint: Endpoint | undefined): string {
  const statusCode = 'statusCode' in answer ? (answer.statusCode ?? 0) : 0;
  if (statusCode < 300) return endpoint?.acceptedBody ?? '{"status":"ok"}';
  return errorBody(STATUS_CODES[statusCode] ?? String(statusCode));
}

async function handleRequest(request: IncomingMessage, response: ServerResponse, options: ServerOptions): Promise<void> {
  const arrivedAtMilliseconds = Date.now();
  const target = request.url ?? '';
  const pathname = target.split('?', 1)[0];
  const endpoint = findEndpoint(pathname);
  const scripted = options.script.take(pathname);
  const isResetMidBody = scripted !== undefined && 'fault' in scripted && scripted.fault === 'reset-mid-body';

  const body = await (isResetMidBody ? readFirstChunk(request) : readBody(request, endpoint?.maxBodyBytes ?? 0));
  const { apiKeyIn } = findApiKey(request);
  const validation = body.isComplete ? await validateRequest(request, body, { endpoint, apiKey: options.apiKey }) : undefined;

  const answer = scripted ?? validation?.answer;
  // A client that has closed the connection gets no answer, so its request counts as not answered.
  const isReachable = !request.socket.destroyed;
  const statusCode = (isReachable && answer !== undefined && 'statusCode' in answer && answer.statusCode) || null;
  const isAccepted = statusCode !== null && statusCode < 300;
  options.log.add(
    {
      method: request.method ?? '',
      path: redactTarget(target),
      apiKeyIn,
      headers: redactHeaders(request.headers),
      encoding: contentEncoding(request),
      bodyBytes: body.bodyBytes,
      decompressedBytes: validation?.decompressedBytes ?? 0,
      statusCode,
      refusal: validation?.refusal ?? null,
      arrivedAtMilliseconds,
    },
    (isAccepted && validation?.rows) || {},
  );
  if (isReachable && answer !== undefined) sendAnswer(answer, response, defaultBodyFor(answer, endpoint));
}

/** Starts the HTTP server on the loopback. Rejects when it cannot listen on the port. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const server = createServer((request, response) => void handleRequest(request, response, options));
  const sockets = new Set<Socket>();
  // An intake that was not closed must not keep the process alive.
  server.unref();
  server.on('connection', (socket: Socket) => {
    socket.unref();
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(options.port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      // The server emits 'close' before its sockets do, and the listeners of their 'close' stop what is still being sent.
      const closing = [server, ...sockets].map((part) => new Promise((resolve) => part.once('close', resolve)));
      server.close();
      for (const socket of sockets) socket.destroy();
      await Promise.all(closing);
    },
  };
}
