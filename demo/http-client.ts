import { Agent, request } from 'node:http';

/** A response of the shop whose body has been read. */
export interface ShopResponse {
  readonly status: number;
  readonly bodyBytes: number;
}

/** Sends requests to one server over connections that are kept alive. */
export class HttpClient {
  readonly #origin: string;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(origin: string) {
    this.#origin = origin;
  }

  send(method: 'GET' | 'POST', path: string, headers: Record<string, string>): Promise<ShopResponse> {
    return new Promise((resolve, reject) => {
      const sent = request(`${this.#origin}${path}`, { method, headers, agent: this.#agent }, (response) => {
        let bodyBytes = 0;
        response.on('data', (chunk: Buffer) => {
          bodyBytes += chunk.length;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, bodyBytes }));
        response.on('error', reject);
      });
      sent.on('error', reject).end();
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
