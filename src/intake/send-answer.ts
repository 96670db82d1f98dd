import { Buffer } from 'node:buffer';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { HttpAnswer, ScriptedAnswer } from './scripted-answers.js';

const SLOW_BYTE_MILLISECONDS = 100;
const ENDLESS_CHUNK_BYTES = 16_384;

function sendHalf(response: ServerResponse, socket: Socket, body: Buffer): void {
  // At least one byte is announced, so that an empty body is cut short too.
  response.setHeader('Content-Length', Math.max(1, body.length));
  response.flushHeaders();
  response.write(body.subarray(0, body.length >> 1));
  // The callback of an empty write is called once all earlier writes have left.
  socket.write('', () => socket.destroy());
}

function sendSlowly(response: ServerResponse, body: Buffer): void {
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

function sendEndlessly(response: ServerResponse, body: string): void {
  const chunk = (body || ' ').repeat(Math.ceil(ENDLESS_CHUNK_BYTES / (body.length || 1)));
  const fill = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', fill);
  fill();
}

function sendHttpAnswer(answer: HttpAnswer, body: string, response: ServerResponse, socket: Socket): void {
  response.statusCode = answer.statusCode;
  response.setHeader('Content-Type', 'application/json');
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    if (value !== undefined) response.setHeader(name, value);
  }
  if (answer.delivery === 'half') sendHalf(response, socket, Buffer.from(body));
  else if (answer.delivery === 'slow') sendSlowly(response, Buffer.from(body));
  else if (answer.delivery === 'endless') sendEndlessly(response, body);
  else response.end(body);
}

/** Answers a request that has been read. An HTTP answer without a body is sent with `defaultBody`. */
export function sendAnswer(answer: ScriptedAnswer, response: ServerResponse, defaultBody: string): void {
  const { socket } = response.req;
  if ('fault' in answer) {
    if (answer.fault !== 'hang') socket.resetAndDestroy();
  } else if ('raw' in answer) {
    socket.end(answer.raw);
  } else {
    sendHttpAnswer(answer, answer.body ?? defaultBody, response, socket);
  }
}
