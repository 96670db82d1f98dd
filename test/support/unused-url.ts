import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that a system gives to servers which ask for any, so that no other test gets the port meanwhile. */
const FIRST_PORT = 20_000;
const PORTS = 10_000;

let attempts = 0;

/** A URL on the loopback at which nothing listens. */
export async function unusedUrl(): Promise<URL> {
  for (;;) {
    // Other processes of the test run begin elsewhere.
    const port = FIRST_PORT + ((process.pid * 31 + attempts++) % PORTS);
    const server = createServer();
    try {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    } catch {
      continue;
    }
    server.close();
    await once(server, 'close');
    return new URL(`http://127.0.0.1:${port}`);
  }
}
