import type { OutgoingHttpHeaders } from 'node:http';

/** A request that the intake does not accept: the status it answers with, and the text of the answer's `errors`. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly statusCode: number;
  readonly headers: OutgoingHttpHeaders;

  constructor(statusCode: number, message: string, headers: OutgoingHttpHeaders = {}) {
    super(message);
    this.statusCode = statusCode;
    this.headers = headers;
  }
}
