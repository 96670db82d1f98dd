import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { AnswerScript, ScriptedAnswer } from './answers.js';
import { encodingOf, readBody, readBodyBeginning } from './body.js';
import { deliver } from './deliver.js';
import { type Endpoint, findEndpoint } from './endpoints.js';
import { errorBody, examine } from './examine.js';
import type { Received } from './received.js';

const REDACTED = '[redacted]';

export interface ServerOptions {
  apiKey: string | undefined;
  port: number;
  received: Received;
  script: AnswerScript;
}

export interface RunningServer {
  url: string;
  /** Breaks every connection. */
  close(): Promise<void>;
}

function redactPath(target: string): string {
  return target.replace(/([?&](?:api_key|application_key)=)[^&]*/gi, `$1${REDACTED}`);
}

function redactHeaders(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return 'dd-api-key' in headers ? { ...headers, 'dd-api-key': REDACTED } : { ...headers };
}

function defaultBodyFor(answer: ScriptedAnswer, endpoint: Endpoint | undefined): string {
  const statusCode = 'statusCode' in answer ? (answer.statusCode ?? 0) : 0;
  if (statusCode < 300) return endpoint?.acceptedBody ?? '{"status":"ok"}';
  return errorBody(STATUS_CODES[statusCode] ?? String(statusCode));
}

async function handle(request: IncomingMessage, response: ServerResponse, options: ServerOptions): Promise<void> {
  const arrivedAtMilliseconds = Date.now();
  const target = request.url ?? '';
  const pathname = target.split('?', 1)[0];
  const endpoint = findEndpoint(pathname);
  const scripted = options.script.take(pathname);
  const midBody = scripted !== undefined && 'fault' in scripted && scripted.fault === 'reset-mid-body';

  const sent = await (midBody ? readBodyBeginning(request) : readBody(request, endpoint?.maxBodyBytes ?? 0));
  const verdict = sent.complete ? await examine(request, sent, { endpoint, apiKey: options.apiKey }) : undefined;

  const answer = scripted ?? verdict?.answer;
  // A client that is gone by now learns nothing, so that its request counts as not answered.
  const reachable = !request.socket.destroyed;
  const statusCode = (reachable && answer !== undefined && 'statusCode' in answer && answer.statusCode) || null;
  const accepted = statusCode !== null && statusCode < 300;
  options.received.add(
    {
      method: request.method ?? '',
      path: redactPath(target),
      headers: redactHeaders(request.headers),
      encoding: encodingOf(request),
      bodyBytes: sent.bodyBytes,
      decompressedBytes: verdict?.decompressedBytes ?? 0,
      statusCode,
      refusal: verdict?.refusal ?? null,
      arrivedAtMilliseconds,
    },
    (accepted && verdict?.rows) || {},
  );
  if (reachable && answer !== undefined) deliver(answer, response, defaultBodyFor(answer, endpoint));
}

/** Starts the HTTP server on the loopback; rejects when it cannot listen on the port. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const server = createServer((request, response) => void handle(request, response, options));
  const sockets = new Set<Socket>();
  // A forgotten intake must not keep its process alive.
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
      // The server's own 'close' comes before those of its sockets, which end what still goes on for them.
      const closing = [server, ...sockets].map((part) => new Promise((resolve) => part.once('close', resolve)));
      server.close();
      for (const socket of sockets) socket.destroy();
      await Promise.all(closing);
    },
  };
}
