import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runNode } from '../support/child-process.js';
import { isPureJs } from '../support/pure-js.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { CERTIFICATE } from './support/certificate.js';
import { serveProxy } from './support/proxy-server.js';
import { readBody, serve, serveConnections, serveSecurely } from './support/server.js';

// Child processes run the built code, on a Node.js with the same flags as this one.
const BUILT = new URL('../../build/package/index.js', import.meta.url);

/** Runs code that has a `reporter` and a `row` in a child process. Returns its output when it has ended by itself. */
async function run(url: URL, code: string, env: Record<string, string> = {}, addressKibibytes?: number): Promise<object> {
  const script = `
    import { createRequire } from 'node:module';
    import { HttpReporter } from ${JSON.stringify(BUILT.href)};
    const undiciIsLoaded = (file = '') => {
      return Object.keys(createRequire(${JSON.stringify(BUILT.href)}).cache).some((path) => path.includes('/undici/' + file));
    };
    const reporter = new HttpReporter({ apiKey: 'key', url: ${JSON.stringify(url.href)}, timeout: 5 });
    const row = { metric: 'm', points: [[10, 1]], type: 'gauge', host: null, device: null, tags: [], interval: 10 };
    ${code}`;
  const { stdout, stderr, exitCode } = await runNode(['--input-type=module', '--eval', script], { env, addressKibibytes });
  return { output: stdout + stderr, exitCode };
}

test('a process ends by itself while connections are idle', async () => {
  const server = await serve((request, response) => request.resume().on('end', () => response.writeHead(202).end()));
  const began = performance.now();
  const result = await run(
    server.url,
    `await Promise.all([reporter.flushMetrics([row]), reporter.flushMetrics([row])]);
     console.log(reporter.telemetry.payloads);`,
  );
  expect(result).toEqual({ output: '2\n', exitCode: 0 });
  // Idle connections are kept for much longer.
  expect(performance.now() - began).toBeLessThan(10_000);
});

test.each(['TCP', 'TLS'])('a process ends by itself while a tunnel through a proxy, reached by %s, is idle', async (way) => {
  const NODE_EXTRA_CA_CERTS = join(temporaryDirectory(), 'certificate.pem');
  writeFileSync(NODE_EXTRA_CA_CERTS, CERTIFICATE);
  const server = await serveSecurely((request, response) => request.resume().on('end', () => response.writeHead(202).end()));
  const proxy = await serveProxy({ secure: way === 'TLS' });
  const result = await run(
    server.url,
    `await reporter.flushMetrics([row]);
     await reporter.flushMetrics([row]);
     console.log(reporter.telemetry.payloads);`,
    { NODE_EXTRA_CA_CERTS, HTTPS_PROXY: proxy.url.origin },
  );
  expect(result).toEqual({ output: '2\n', exitCode: 0 });
  expect(proxy.requests).toHaveLength(1);
});

test('a process waits for its request in flight, and no longer', async () => {
  const bodies: Buffer[] = [];
  const server = await serve(async (request, response) => {
    bodies.push(await readBody(request));
    setTimeout(() => response.writeHead(202).end(), 50);
  });
  const result = await run(
    server.url,
    `process.once('beforeExit', () => reporter.flushMetrics([row]).then(() => console.log('delivered')));`,
  );
  expect(result).toEqual({ output: 'delivered\n', exitCode: 0 });
  expect(bodies).toHaveLength(1);
});

test('a process waits for a response that never comes, until the time is up', async () => {
  const server = await serveConnections(() => {});
  const result = await run(
    server.url,
    `const impatient = new HttpReporter({ apiKey: 'key', url: ${JSON.stringify(server.url.href)}, timeout: 0.2 });
     impatient.flushMetrics([row]).catch((error) => console.log(error.code));`,
  );
  expect(result).toEqual({ output: 'ERR_THREADSTATS_INTAKE_TIMEOUT\n', exitCode: 0 });
});

const BURST = 1500;
const burst = `await reporter.flushEvents(Array.from({ length: ${BURST} }, (_, i) => ({ title: String(i), text: 'x' })));`;

test(`undici is ${isPureJs() ? 'never loaded without WebAssembly' : 'loaded in a burst only, and not as a whole'}`, async () => {
  const server = await serve((request, response) => request.resume().on('end', () => response.writeHead(202).end()));
  const result = await run(
    server.url,
    `const before = Reflect.ownKeys(globalThis).length;
     await reporter.flushMetrics([row]);
     await reporter.flushEvents([{ title: 't', text: 'x' }]);
     console.log(undiciIsLoaded(), reporter.telemetry.payloads);
     ${burst}
     console.log(undiciIsLoaded(), undiciIsLoaded('index.js'), reporter.telemetry.payloads, Reflect.ownKeys(globalThis).length - before);`,
  );
  expect(result).toEqual({ output: `false 2\n${!isPureJs()} false ${BURST + 2} 0\n`, exitCode: 0 });
});

// Without room for the memory of a WebAssembly module, undici's parser would end the process.
test.runIf(process.platform === 'linux' && !isPureJs()).each([4, 8, 16, 32])(
  'a burst is delivered in %i GiB of address space, in which WebAssembly may have no memory',
  async (gibibytes) => {
    const server = await serve((request, response) => request.resume().on('end', () => response.writeHead(202).end()));
    const result = await run(server.url, `${burst} console.log(reporter.telemetry.payloads);`, {}, gibibytes * 2 ** 20);
    expect(result).toEqual({ output: `${BURST}\n`, exitCode: 0 });
  },
);
