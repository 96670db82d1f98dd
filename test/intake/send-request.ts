import { type Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import type { Intake } from '../../src/intake/index.js';

export const API_KEY = 'f00dfeedc0ffee11deadbeef5eed1e55';

export interface Answer {
  statusCode: number;
  headers: IncomingHttpHeaders;
  text: string;
}

export interface SendOptions {
  method?: string;
  headers?: OutgoingHttpHeaders;
  body?: string | Uint8Array;
  agent?: Agent;
}

/** Sends one request with the API key. Rejects when the connection breaks before the answer is complete. */
export function send(
  intake: Intake,
  path: string,
  { method = 'POST', headers = {}, body, agent }: SendOptions = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sending = request(
      `${intake.url}${path}`,
      { method, headers: { 'DD-API-KEY': API_KEY, ...headers }, agent: agent ?? false },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve({ statusCode: response.statusCode ?? 0, headers: response.headers, text }));
        response.on('error', reject);
      },
    );
    sending.on('error', reject);
    sending.end(body);
  });
}

export function sendJson(intake: Intake, path: string, body: unknown): Promise<Answer> {
  return send(intake, path, { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
}

export const SERIES_V2 = { series: [{ metric: 'm', type: 3, points: [{ timestamp: 100, value: 1 }] }] };
