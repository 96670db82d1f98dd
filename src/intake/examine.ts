import type { IncomingMessage } from 'node:http';
import type { HttpAnswer } from './answers.js';
import { checkEncoding, decompress, encodingOf, parseJson, type SentBody } from './body.js';
import type { Endpoint } from './endpoints.js';
import type { ReceivedRows } from './received.js';
import { Refusal } from './refusal.js';

/** What the intake thinks of a request. */
export interface Verdict {
  answer: HttpAnswer;
  /** Rows of an acceptable request, none of a refused one. */
  rows: ReceivedRows;
  decompressedBytes: number;
  refusal: string | null;
}

export function errorBody(message: string): string {
  return JSON.stringify({ errors: [message] });
}

function checkEndpoint(request: IncomingMessage, endpoint: Endpoint | undefined): Endpoint {
  if (endpoint === undefined) throw new Refusal(404, 'Not Found');
  if (request.method !== endpoint.method) throw new Refusal(405, 'Method Not Allowed', { Allow: endpoint.method });
  return endpoint;
}

function checkKey(request: IncomingMessage, apiKey: string | undefined): void {
  const key = request.headers['dd-api-key'];
  if (!key || (apiKey !== undefined && key !== apiKey)) throw new Refusal(403, 'Forbidden');
}

/**
 * Checks a request in the intake's order: path and method, key, encoding, size as sent, size once decompressed, JSON,
 * schema. Without `apiKey` any key will do, but one there must be.
 */
export async function examine(
  request: IncomingMessage,
  sent: SentBody,
  expected: { endpoint: Endpoint | undefined; apiKey: string | undefined },
): Promise<Verdict> {
  let decompressedBytes = 0;
  try {
    const endpoint = checkEndpoint(request, expected.endpoint);
    checkKey(request, expected.apiKey);
    let rows: ReceivedRows = {};
    if (endpoint.parse !== undefined) {
      const encoding = encodingOf(request);
      checkEncoding(encoding);
      if (sent.bytes === null) throw new Refusal(413, `the body must be at most ${endpoint.maxBodyBytes} bytes as sent`);
      const bytes = await decompress(sent.bytes, encoding, endpoint.maxDecompressedBytes);
      decompressedBytes = bytes.length;
      rows = endpoint.parse(parseJson(bytes));
    }
    const answer = { statusCode: endpoint.acceptedStatusCode, body: endpoint.acceptedBody };
    return { answer, rows, decompressedBytes, refusal: null };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const answer = { statusCode: error.statusCode, headers: error.headers, body: errorBody(error.message) };
    return { answer, rows: {}, decompressedBytes, refusal: error.message };
  }
}
