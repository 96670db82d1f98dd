// The programs of the fresh processes. Each sends one metric, compressed, and waits for the answer, as a small script or the
// first invocation of a function does.

const BODY = '{"series":[{"metric":"page.views","type":1,"points":[{"timestamp":1700000000,"value":1}]}]}';

/** Sends a metric by what Node.js has. */
const POST = `
  import { Agent, request } from 'node:http';
  import { gzip } from 'node:zlib';
  const agent = new Agent({ keepAlive: true });
  const post = () => new Promise((resolve, reject) => {
    gzip('${BODY}', (error, body) => {
      if (error) return reject(error);
      const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip', 'dd-api-key': 'key' };
      request(process.env.DD_URL + '/api/v2/series', { method: 'POST', agent, headers }, (response) => {
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
  'node:http': `${POST}\n  if (await post() !== 202) throw new Error('nothing was sent');\n  agent.destroy();`,
  wasm: client(`{ engine: 'wasm' }`, ''),
  js: client(`{ engine: 'js' }`, ''),
  worker: client('{}', `{ flushMode: 'worker' }`),
};

/** A handler that is called once. By contender; each ends as the function's process is frozen, so nothing is closed. */
export const LAMBDAS: Record<string, string> = {
  empty: PROGRAMS.empty,
  'node:http': `${POST}\n  const handler = async () => { await post(); return 'done'; };\n  await handler({}, {});\n  process.exit();`,
  wasm: `
    import { datadogLambdaWrapper, lambdaMetric } from 'threadstats/lambda';
    const handler = datadogLambdaWrapper(async () => { lambdaMetric('page.views', 1); return 'done'; });
    await handler({}, { getRemainingTimeInMillis: () => 10_000 });
    process.exit();`,
};
