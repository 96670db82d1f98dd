// The programs of the fresh processes. Each sends one metric, compressed, and waits for the answer, as a small script or the
// first invocation of a function does. The request of node:http has the path, the headers, the encoding and the body of the
// client's.

import { hostname } from 'node:os';

const HOST = hostname();

const COUNTER = JSON.stringify({
  series: [
    {
      metric: 'page.views',
      type: 2,
      tags: [],
      resources: [{ type: 'host', name: HOST }],
      interval: 10,
      points: [{ timestamp: 1_700_000_000, value: 0.1 }],
    },
  ],
});

const DISTRIBUTION = JSON.stringify({
  series: [{ metric: 'page.views', type: 'distribution', tags: [], host: HOST, points: [[1_700_000_000, [1]]] }],
});

/** Sends a metric by what Node.js has. */
const post = (path: string, encoding: 'gzip' | 'deflate', body: string): string => `
  import { Agent, request } from 'node:http';
  import { ${encoding} } from 'node:zlib';
  const agent = new Agent({ keepAlive: true });
  const headers = {
    'DD-API-KEY': 'key',
    'Content-Type': 'application/json',
    'User-Agent': 'bench',
    'Content-Encoding': '${encoding}',
  };
  const post = () => new Promise((resolve, reject) => {
    ${encoding}('${body}', (error, body) => {
      if (error) return reject(error);
      request(process.env.DD_URL + '${path}', { method: 'POST', agent, headers }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode));
      }).on('error', reject).end(body);
    });
  });`;

const client = (options: string, start: string): string => `
  import { ThreadStats } from 'threadstats';
  const stats = new ThreadStats(${options}).start(${start});
  stats.increment('page.views');
  const { metrics } = await stats.flush(Infinity);
  if (metrics !== 1) throw new Error('nothing was sent');
  await stats.stop();`;

/** By contender. The first one does nothing, so its figures are what every process costs. */
export const PROGRAMS: Record<string, string> = {
  empty: `import 'node:events';`,
  'node:http': `${post('/api/v2/series', 'gzip', COUNTER)}
  if (await post() !== 202) throw new Error('nothing was sent');
  agent.destroy();`,
  wasm: client(`{ engine: 'wasm' }`, ''),
  js: client(`{ engine: 'js' }`, ''),
  worker: client('{}', `{ flushMode: 'worker' }`),
};

/** A handler that is called once. By contender; each ends as the function's process is frozen, so nothing is closed. */
export const LAMBDAS: Record<string, string> = {
  empty: PROGRAMS.empty,
  'node:http': `${post('/api/v1/distribution_points', 'deflate', DISTRIBUTION)}
  const handler = async () => { await post(); return 'done'; };
  await handler({}, {});
  process.exit();`,
  wasm: `
    import { datadogLambdaWrapper, lambdaMetric } from 'threadstats/lambda';
    const handler = datadogLambdaWrapper(async () => { lambdaMetric('page.views', 1); return 'done'; });
    await handler({}, { getRemainingTimeInMillis: () => 10_000 });
    process.exit();`,
};
