import { Agent, request } from 'node:http';

/** A response of the shop whose body has been read. */
export interface ShopResponse {
  readonly status: number;
  readonly bodyBytes: number;
}

/** Sends requests to one server over connections that are kept alive. */
export interface HttpClient {
  send(method: 'GET' | 'POST', path: string, headers: Record<string, string>): Promise<ShopResponse>;
  close(): Promise<void>;
}

/** Opens a client by undici, or by `node:http` on a runtime without WebAssembly, which undici needs. */
export async function openHttpClient(origin: string): Promise<HttpClient> {
  if (!('WebAssembly' in globalThis)) return openNodeClient(origin);
  const { Pool } = await import('undici');
  const pool = new Pool(origin);
  return {
    async send(method, path, headers) {
      const { statusCode, body } = await pool.request({ method, path, headers });
      return { status: statusCode, bodyBytes: (await body.arrayBuffer()).byteLength };
    },
    close: () => pool.close(),
  };
}

function openNodeClient(origin: string): HttpClient {
  const agent = new Agent({ keepAlive: true });
  return {
    send: (method, path, headers) =>
      new Promise((resolve, reject) => {
        const sent = request(`${origin}${path}`, { method, headers, agent }, (response) => {
          let bodyBytes = 0;
          response.on('data', (chunk: Buffer) => {
            bodyBytes += chunk.length;
          });
          response.on('end', () => resolve({ status: response.statusCode ?? 0, bodyBytes }));
          response.on('error', reject);
        });
        sent.on('error', reject).end();
      }),
    close: async () => agent.destroy(),
  };
}
