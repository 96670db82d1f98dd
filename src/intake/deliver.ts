import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { HttpAnswer, ScriptedAnswer } from './answers.js';

const SLOW_BYTE_MILLISECONDS = 100;
const ENDLESS_CHUNK_BYTES = 16_384;

function deliverHalf(response: ServerResponse, socket: Socket, body: Buffer): void {
  // At least one byte is announced, so that an empty body is cut short too.
  response.setHeader('Content-Length', Math.max(1, body.length));
  response.flushHeaders();
  response.write(body.subarray(0, body.length >> 1));
  // An empty write ends once those before it have left.
  socket.write('', () => socket.destroy());
}

function deliverSlowly(response: ServerResponse, body: Buffer): void {
  response.setHeader('Content-Length', body.length);
  response.flushHeaders();
  let bytesSent = 0;
  const timer = setInterval(() => {
    if (bytesSent === body.length) response.end();
    else response.write(body.subarray(bytesSent, ++bytesSent));
  }, SLOW_BYTE_MILLISECONDS);
  timer.unref();
  response.once('close', () => clearInterval(timer));
}

function deliverEndlessly(response: ServerResponse, body: string): void {
  const chunk = (body || ' ').repeat(Math.ceil(ENDLESS_CHUNK_BYTES / (body.length || 1)));
  const fill = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', fill);
  fill();
}

function deliverHttp(answer: HttpAnswer, body: string, response: ServerResponse, socket: Socket): void {
  response.statusCode = answer.statusCode;
  response.setHeader('Content-Type', 'application/json');
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    if (value !== undefined) response.setHeader(name, value);
  }
  if (answer.delivery === 'half') deliverHalf(response, socket, Buffer.from(body));
  else if (answer.delivery === 'slow') deliverSlowly(response, Buffer.from(body));
  else if (answer.delivery === 'endless') deliverEndlessly(response, body);
  else response.end(body);
}

/** Gives an answer to a request that was read; `defaultBody` goes out with an HTTP answer that has none. */
export function deliver(answer: ScriptedAnswer, response: ServerResponse, defaultBody: string): void {
  const { socket } = response.req;
  if ('fault' in answer) {
    if (answer.fault !== 'hang') socket.resetAndDestroy();
  } else if ('raw' in answer) {
    socket.end(answer.raw);
  } else {
    deliverHttp(answer, answer.body ?? defaultBody, response, socket);
  }
}
