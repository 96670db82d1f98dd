import type { AnswerHeaders } from './scripted-answers.js';

/** Thrown for a request that the intake refuses. The message becomes the text in the response's `errors`. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly statusCode: number;
  readonly headers: AnswerHeaders;

  constructor(statusCode: number, message: string, headers: AnswerHeaders = {}) {
    super(message);
    this.statusCode = statusCode;
    this.headers = headers;
  }
}

/** Returns the body with which Datadog answers a refused request. */
export function errorBody(message: string): string {
  return JSON.stringify({ errors: [message] });
}
