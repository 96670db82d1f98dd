import type { IncomingMessage } from 'node:http';
import { findApiKey } from './api-key.js';
import type { Endpoint } from './endpoints.js';
import { errorBody, HttpError } from './http-error.js';
import type { ReceivedRows } from './received-rows.js';
import { checkEncoding, contentEncoding, decompress, parseJson, type RequestBody } from './request-body.js';
import type { HttpAnswer } from './scripted-answers.js';

/** The result of validating a request. */
export interface Validation {
  answer: HttpAnswer;
  /** The rows of an accepted request; empty for a refused one. */
  rows: ReceivedRows;
  /** 0 when the request was refused before its body was decompressed. */
  decompressedBytes: number;
  /** The reason why the request was refused; null when it was accepted. */
  refusal: string | null;
}

function checkEndpoint(request: IncomingMessage, endpoint: Endpoint | undefined): Endpoint {
  if (endpoint === undefined) throw new HttpError(404, 'Not Found');
  if (request.method !== endpoint.method) throw new HttpError(405, 'Method Not Allowed', { Allow: endpoint.method });
  return endpoint;
}

function checkApiKey(request: IncomingMessage, apiKey: string | undefined): void {
  const { key } = findApiKey(request);
  if (!key || (apiKey !== undefined && key !== apiKey)) throw new HttpError(403, 'Forbidden');
}

/**
 * Validates a request in this order: path and method, API key, encoding, size as sent, decompressed size, JSON, schema. When
 * `apiKey` is undefined, any non-empty key is accepted.
 */
export async function validateRequest(
  request: IncomingMessage,
  body: RequestBody,
  expected: { endpoint: Endpoint | undefined; apiKey: string | undefined },
): Promise<Validation> {
  let decompressedBytes = 0;
  try {
    const endpoint = checkEndpoint(request, expected.endpoint);
    checkApiKey(request, expected.apiKey);
    let rows: ReceivedRows = {};
    if (endpoint.parse !== undefined) {
      const encoding = contentEncoding(request);
      checkEncoding(encoding);
      if (body.bytes === null) throw new HttpError(413, `the body must be at most ${endpoint.maxBodyBytes} bytes as sent`);
      const bytes = await decompress(body.bytes, encoding, endpoint.maxDecompressedBytes);
      decompressedBytes = bytes.length;
      rows = endpoint.parse(parseJson(bytes));
    }
    const answer = { statusCode: endpoint.acceptedStatusCode, body: endpoint.acceptedBody };
    return { answer, rows, decompressedBytes, refusal: null };
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    const answer = { statusCode: error.statusCode, headers: error.headers, body: errorBody(error.message) };
    return { answer, rows: {}, decompressedBytes, refusal: error.message };
  }
}
