// Compiles and runs every program of the README and of docs/, and checks that it does what the document says.

import { Agent } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Intake } from '../../src/intake/index.js';
import { allBlocks, documents } from './blocks.js';
import { Programs, type Run, type RunOptions } from './programs.js';

let programs: Programs;
beforeAll(async () => {
  programs = await Programs.prepare();
});
afterAll(() => programs?.remove());

const covered = new Set<string>();

/**
 * Answers requests as Express 4 and 5 do. The first one matches a route of a router, which answers; the second one matches the
 * same route, which throws, so that the router is left before the answer; the third one matches no route; of the fourth one, the
 * client goes away before the answer.
 */
const EXPRESS_APPLICATION = `
import { createServer, get } from 'node:http';
import { recordRequests } from './express.js';

const server = createServer((request, response) => {
  request.baseUrl = '';
  recordRequests(request, response, () => {
    if (request.url === '/none') {
      response.statusCode = 404;
      response.end();
      return;
    }
    request.baseUrl = '/items';
    request.route = { path: '/:id' };
    if (request.route.path !== '/:id') throw new Error('Express reads the route, too');
    if (request.url === '/items/8') {
      request.baseUrl = '';
      response.statusCode = 500;
    }
    if (request.url === '/items/9') response.write('half');
    else response.end();
  });
}).listen(0, '127.0.0.1', async () => {
  for (const path of ['/items/7', '/items/8', '/none', '/items/9']) {
    const options = { host: '127.0.0.1', port: server.address().port, path, agent: false };
    await new Promise((resolve) => get(options, (response) => {
      response.once('data', () => response.destroy()).on('end', resolve).on('close', resolve).on('error', () => {});
    }));
  }
  server.close();
});
`;

/** A server like Express's, which ends at a signal. */
const EXPRESS_SHUTDOWN = `
import { createServer } from 'node:http';
import { recordRequests } from './express.js';
import { stopAtSignal } from './express-shutdown.js';

const server = createServer((request, response) => {
  recordRequests(request, response, () => request.resume().on('end', () => response.end('hello\\n')));
});
stopAtSignal(server.listen(0, '127.0.0.1', () => console.log(server.address().port)));
`;

function program(file: string, check: (run: Run) => void, options?: RunOptions, when = ''): void {
  covered.add(file);
  test.concurrent(`${file} ${when}`.trimEnd(), async () => {
    const run = await programs.run(file, options);
    expect(run.stderr).toBe('');
    expect(run.exitCode).toBe(0);
    expect(run.intake.requests.filter(({ statusCode }) => statusCode === null || statusCode >= 300)).toEqual([]);
    check(run);
  });
}

/** Returns the only row of this name. Fails when there is none, or more than one. */
function metric(intake: Intake, name: string): { value: number; type: string; tags: string[]; host: string | null } {
  const [row, ...others] = intake.metric(name);
  if (row === undefined || others.length > 0) expect.fail(`${others.length + (row ? 1 : 0)} rows of ${name}`);
  return { value: row.points[0][1], type: row.type, tags: row.tags, host: row.host };
}

describe('the documents', () => {
  program('quick-start.mjs', ({ stdout }) => {
    expect(stdout.split('\n')).toContain('shop.page.views rate 0.1 route:/home,team:core');
    expect(documents.get('README.md')).toContain(`\n\`\`\`text\n${stdout}\`\`\`\n`);
  });

  program(
    'express.ts',
    ({ intake }) => {
      const seconds = intake.distribution('web.request.seconds');
      expect(seconds.map(({ tags }) => tags.toSorted())).toEqual([
        ['method:get', 'route:/items/:id', 'status:200'],
        ['method:get', 'route:/items/:id', 'status:500'],
        ['method:get', 'route:unmatched', 'status:404'],
        ['method:get', 'route:/items/:id', 'status:aborted'],
      ]);
    },
    { main: EXPRESS_APPLICATION },
  );

  program('recording.ts', ({ intake }) => {
    expect(metric(intake, 'orders')).toEqual({ value: 1, type: 'count', tags: [], host: 'web-1' });
    expect(metric(intake, 'orders.cents')).toMatchObject({ value: 1999, tags: ['currency:eur'] });
    expect(metric(intake, 'carts.open').value).toBe(-1);
    expect(metric(intake, 'pool.idle')).toEqual({ value: 4, type: 'gauge', tags: ['pool:db'], host: 'db-1' });
    expect(metric(intake, 'users.seen')).toMatchObject({ value: 2, type: 'gauge' });
    expect(metric(intake, 'basket.items.avg').value).toBe(3);
    expect(metric(intake, 'payment.seconds.max').value).toBe(0.231);
    const [row] = intake.distribution('upload.bytes');
    expect(row).toMatchObject({ type: 'distribution', tags: ['bucket:images'], points: [[expect.any(Number), [52_113]]] });
    expect(intake.requests.find(({ path }) => path === '/api/v1/distribution_points')?.encoding).toBe('deflate');
  });

  program('events.ts', ({ intake }) => {
    expect(intake.events).toEqual([
      {
        title: 'Deployed',
        text: 'Version 42 went out',
        alert_type: 'success',
        aggregation_key: 'deploy',
        tags: ['version:42', 'env:staging'],
        host: 'a-machine',
      },
    ]);
  });

  program('timers.ts', ({ intake, stdout }) => {
    expect(stdout).toBe('true\nADA\n');
    for (const name of ['import.seconds', 'render.seconds', 'lookup.seconds']) {
      expect(metric(intake, `${name}.count`).value).toBe(0.1);
      expect(metric(intake, `${name}.max`).value).toBeGreaterThanOrEqual(0);
      expect(metric(intake, `${name}.max`).value).toBeLessThan(5);
    }
  });

  program('decorators.ts', ({ intake, stdout }) => {
    expect(stdout).toBe('12 declined\n');
    expect(metric(intake, 'checkout.total.seconds.count').value).toBe(1);
    expect(metric(intake, 'checkout.pay.seconds.count')).toMatchObject({ value: 1, tags: ['provider:acme'] });
    expect(intake.metrics).toHaveLength(2);
  });

  program('decorators-experimental.ts', ({ intake, stdout }) => {
    expect(stdout).toBe("[ 'threads' ]\n");
    expect(metric(intake, 'search.seconds.count').value).toBe(1);
  });

  program('handles.ts', ({ intake }) => {
    expect(metric(intake, 'requests')).toMatchObject({ value: 999, type: 'count', tags: ['route:/home'] });
    expect(metric(intake, 'connections').value).toBe(9);
    expect(metric(intake, 'visitors').value).toBe(50);
    expect(metric(intake, 'response.bytes.avg').value).toBe(512 + 499.5);
    expect(metric(intake, 'request.seconds.count')).toMatchObject({ value: 1001, tags: ['route:/home'] });
    const [row] = intake.distribution('upload.bytes');
    expect(row.host).toBe('edge-1');
    expect(row.points[0][1]).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  });

  program('child.ts', ({ intake }) => {
    expect(metric(intake, 'shop.billing.open').tags).toEqual(['country:ee', 'component:invoices', 'team:core']);
  });

  program('manual-flush.ts', ({ intake, stdout }) => {
    expect(stdout).toBe('0\n1\n1\n');
    const points = intake.metric('temperature').map((row) => row.points[0]);
    expect(points.map(([, value]) => value)).toEqual([21, 22]);
    expect(points[0][0] % 60).toBe(0);
    // The points are ten minutes apart, or eleven if a minute ended in between.
    expect([600, 660]).toContain(points[1][0] - points[0][0]);
  });

  const answers: string[] = [];
  program(
    'shutdown.ts',
    ({ intake, stdout }) => {
      expect(JSON.parse(stdout)).toMatchObject({ address: '127.0.0.1' });
      expect(answers).toEqual(Array(2 + IN_PROGRESS).fill('hello\n'));
      expect(intake.stored().total('requests')).toBe(2 + IN_PROGRESS);
    },
    {
      whenItPrints: async (line, signal) => {
        const { port } = JSON.parse(line);
        for (let i = 0; i < 2; i++) answers.push(await fetchText(`http://127.0.0.1:${port}/`));
        const requests = await Promise.all(Array.from({ length: IN_PROGRESS }, () => beginRequest(port)));
        signal('SIGTERM');
        while (await accepts(port));
        for (const { text } of await Promise.all(requests.map((end) => end()))) answers.push(text);
      },
    },
  );

  const expressAnswers: Answer[] = [];
  program(
    'express-shutdown.ts',
    ({ intake }) => {
      // The second one was sent over the connection of the first one, after the signal.
      expect(expressAnswers).toMatchObject([{ text: 'hello\n' }, { text: 'hello\n', connection: 'close' }]);
      const values = intake.distribution('web.request.seconds').flatMap(({ points }) => points.flatMap(([, seconds]) => seconds));
      expect(values).toHaveLength(2);
    },
    {
      main: EXPRESS_SHUTDOWN,
      whenItPrints: async (line, signal) => {
        const port = Number(line);
        const agent = new Agent({ keepAlive: true, maxSockets: 1 });
        const end = await beginRequest(port, agent);
        signal('SIGTERM');
        while (await accepts(port));
        expressAnswers.push(await end());
        expressAnswers.push(await (await beginRequest(port, agent))());
      },
    },
  );

  program('lost.ts', ({ stdout }) => {
    expect(documents.get('docs/production.md')).toContain(`\n\`\`\`text\n${stdout}\`\`\`\n`);
  });

  // A terminal sends SIGINT to the whole group at Ctrl-C, an orchestrator SIGTERM to the primary process only.
  for (const [signal, isGroup] of [
    ['SIGTERM', false],
    ['SIGINT', true],
  ] as const) {
    let answers: string[] = [];
    program(
      'cluster.ts',
      ({ intake }) => {
        const stored = intake.stored();
        for (const number of [0, 1]) {
          const answered = answers.filter((answer) => answer === `worker ${number}\n`).length;
          expect(answered).toBeGreaterThan(0);
          expect(stored.total('requests', [`worker:${number}`])).toBe(answered);
        }
      },
      {
        isGroup,
        whenItPrints: async (port, send) => {
          // The second worker may listen a little later.
          while (new Set(answers).size < 2) answers = [...answers, await fetchText(`http://127.0.0.1:${port}/`)];
          send(signal);
        },
      },
      `at ${signal}`,
    );
  }

  program('telemetry.ts', ({ stdout }) => {
    expect(stdout.match(/Dropped/g)).toHaveLength(1);
    expect(stdout).toContain('telemetry.dropped.badValue');
    expect(stdout).toContain('{ samples: 3, applied: 1, badValue: 2, sent: 1, payloads: 1 }');
  });

  program('channels.ts', ({ intake, stdout }) => {
    // There are more rows if an interval ended in between.
    expect(stdout).toMatch(/^\/api\/v1\/events 1 accepted\n\/api\/v2\/series (11|21) accepted\n$/);
    expect(intake.metric('threadstats.flushes').length).toBeGreaterThan(0);
  });

  program('custom-reporter.ts', ({ intake, stdout }) => {
    expect(stdout).toBe('queue.depth 17 gauge queue:mail\n');
    expect(metric(intake, 'queue.depth').value).toBe(17);
    expect(intake.requests[0].encoding).toBe('deflate');
  });

  program('memory-reporter.test.ts', ({ stdout }) => expect(stdout).toContain('# pass 1\n'));
  // Up to Node.js 22, the mock timers of node:test are experimental.
  const env = { NODE_OPTIONS: '--disable-warning=ExperimentalWarning' };
  program('fake-timers.test.ts', ({ stdout }) => expect(stdout).toContain('# pass 1\n'), { env });
  program('mock-agent.test.ts', ({ stdout }) => expect(stdout).toContain('# pass 1\n'));
  program('intake.test.ts', ({ stdout }) => expect(stdout).toContain('# pass 2\n'));
  program('metrics.mjs', ({ intake }) => expect(intake.metrics).toEqual([]));
  program('import.test.mjs', ({ stdout }) => expect(stdout).toContain('# pass 1\n'));
  program('stored.test.ts', ({ stdout }) => expect(stdout).toContain('# pass 1\n'));

  program(
    'lambda.ts',
    ({ intake, stdout }) => {
      expect(stdout).toBe('{ statusCode: 200 } 1\n');
      const [row] = intake.distribution('order.items');
      expect(row).toMatchObject({ tags: ['shop:tartu'], points: [[expect.any(Number), [3]]] });
    },
    { main: "import * as lambda from './lambda.js'; console.log(await lambda.handler({ items: 3 }), lambda.handler.length);" },
  );

  program('from-datadog-metrics.ts', ({ intake }) => {
    expect(metric(intake, 'shop.requests_served')).toEqual({
      value: 1,
      type: 'count',
      tags: ['route:/home', 'env:staging'],
      host: 'web-1',
    });
    expect(metric(intake, 'shop.memory.rss').value).toBeGreaterThan(0);
    expect(metric(intake, 'shop.service_time.median').value).toBe(0.248);
    expect(intake.metrics).toHaveLength(2 + 6 + 4);
    expect(intake.distribution('shop.service_time.all')).toHaveLength(1);
  });

  program('from-hot-shots.ts', ({ intake }) => {
    expect(metric(intake, 'shop.page.views')).toMatchObject({ value: 0.2, type: 'rate', tags: ['route:/home', 'team:core'] });
    expect(metric(intake, 'shop.queue.depth').value).toBe(17);
    expect(metric(intake, 'shop.users').value).toBe(1);
    expect(metric(intake, 'shop.render.seconds.count').value).toBe(0.2);
    expect(metric(intake, 'shop.render.seconds.max').value).toBe(0.25);
    expect(metric(intake, 'shop.billing.lines.95percentile').tags).toEqual(['component:invoices', 'team:core']);
    expect(intake.metrics).toHaveLength(3 + 5 + 5);
    expect(intake.events).toMatchObject([{ title: 'Deployed', alert_type: 'success', tags: ['version:42', 'team:core'] }]);
  });

  program('from-datadogpy.ts', ({ intake }) => {
    expect(metric(intake, 'shop.page.views')).toMatchObject({ value: 0.1, tags: ['route:/home', 'team:core'] });
    expect(metric(intake, 'shop.queue.depth').value).toBe(17);
    expect(intake.events).toMatchObject([{ title: 'Deployed', alert_type: 'success', tags: ['team:core'] }]);
    expect(metric(intake, 'shop.render.seconds.count').value).toBe(0.1);
    expect(metric(intake, 'shop.import.seconds.count').value).toBe(0.1);
  });

  program(
    'cloudflare.mjs',
    ({ intake, stdout }) => {
      expect(stdout).toBe('hello\n');
      expect(metric(intake, 'requests').value).toBe(0.1);
    },
    {
      main: `
        import worker from './cloudflare.mjs';
        const waits = [];
        const response = await worker.fetch(undefined, {}, { waitUntil: (promise) => waits.push(promise) });
        await Promise.all(waits);
        console.log(await response.text());`,
    },
  );

  program('require.cjs', ({ intake, stdout }) => {
    expect(stdout).toBe('wasm\n');
    expect(metric(intake, 'orders').value).toBe(0.1);
  });

  test('contain no other programs, and no two with the same name', () => {
    const files = allBlocks().map(({ file }) => file);
    expect([...files].sort()).toEqual([...covered].sort());
  });
});

/** Requests that are in progress when the server begins to drain. */
const IN_PROGRESS = 50;

interface Answer {
  text: string;
  /** The header of this name. */
  connection: string | undefined;
}

/** Begins a request, and resolves when the server has its headers, to a function that ends it and resolves to the answer. */
async function beginRequest(port: number, agent = new Agent({ keepAlive: true })): Promise<() => Promise<Answer>> {
  const { request } = await import('node:http');
  const outgoing = request({ port, host: '127.0.0.1', method: 'POST', headers: { Expect: '100-continue' }, agent });
  const answer = new Promise<Answer>((resolve, reject) => {
    outgoing.on('error', reject).on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ text, connection: response.headers.connection })).on('error', reject);
    });
  });
  await new Promise((resolve) => outgoing.on('continue', resolve).flushHeaders());
  return () => {
    outgoing.end('body');
    return answer;
  };
}

/** Tells whether a server still accepts connections. */
function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

/** Uses `node:http` without keep-alive, because `fetch` needs WebAssembly. */
async function fetchText(url: string): Promise<string> {
  const { get } = await import('node:http');
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve(text));
    }).on('error', reject);
  });
}
